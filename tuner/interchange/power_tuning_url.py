"""The visualization address of AWS Lambda Power Tuning, whose fragment holds the results.

`https://lambda-power-tuning.show/#SIZES;DURATIONS;COSTS`: each part is base64 of little-endian numbers, the
sizes [MB] as int16, durations [ms] and costs [USD] of an invocation as float32. The fragment never leaves the
machine: https://github.com/alexcasalboni/aws-lambda-power-tuning/blob/master/README-INPUT-OUTPUT.md
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Sequence

from tuner.errors import UsageError
from tuner.interchange.means import Mean, checked_means

SITE = "https://lambda-power-tuning.show/"
_PARTS = ("memory sizes", "durations", "costs")
_HINT = "copy the whole address, from https:// to the end of its last part"
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def is_address(text: str) -> bool:
    """Whether a text is one web address and nothing else."""
    return _ADDRESS.fullmatch(text.strip()) is not None


def encode(means: Sequence[Mean]) -> str:
    """The address that shows these means; a cost that is not known is shown as none."""
    columns = (
        struct.pack(f"<{len(means)}h", *(mean.memory_mb for mean in means)),
        struct.pack(f"<{len(means)}f", *(mean.duration_ms for mean in means)),
        struct.pack(f"<{len(means)}f", *(mean.cost_usd or 0.0 for mean in means)),
    )
    return f"{SITE}#{';'.join(base64.b64encode(column).decode() for column in columns)}"


def decode(address: str) -> tuple[Mean, ...]:
    """The means in an address, by ascending size. Raises `UsageError` for one that is cut off or damaged."""
    parts = address.strip().partition("#")[2].split(";")
    if len(parts) != len(_PARTS):
        raise UsageError(
            f"the address has {len(parts) if parts != [''] else 'no'} of the three parts "
            "sizes;durations;costs after its #",
            _HINT,
        )
    sizes, durations, costs = (
        _numbers(part, kind, name) for part, kind, name in zip(parts, "hff", _PARTS, strict=True)
    )
    if not len(sizes) == len(durations) == len(costs):
        raise UsageError(
            f"the address has {len(sizes)} memory sizes, {len(durations)} durations and {len(costs)} costs",
            _HINT,
        )
    return checked_means(zip(sizes, durations, costs, strict=True), "the address")


def _numbers(part: str, kind: str, name: str) -> tuple[float, ...]:
    try:
        content = base64.b64decode(part, validate=True)
    except (binascii.Error, ValueError):
        raise UsageError(f"the {name} in the address are not base64, or cut off", _HINT) from None
    width = struct.calcsize(f"<{kind}")
    if len(content) % width:
        raise UsageError(
            f"the {name} in the address have {len(content)} bytes, no multiple of {width}", _HINT
        )
    return struct.unpack(f"<{len(content) // width}{kind}", content)
