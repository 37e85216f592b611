"""The note that a run leaves in a description: which run it was, and what to set back.

`$LATEST` carries it while its memory size is changed, and every version that a run publishes does. So
another run sees that the function is busy, and a lost machine's journal is not needed to restore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tuner.platforms.aws.journal import LatestSettings

DESCRIPTION_MAX = 256  # characters (UpdateFunctionConfiguration)
_MARK = re.compile(
    r"tuner (?P<run>[0-9a-f]{12}): measuring (?P<now>\d{3,5}) MB(?P<copy> \(\d+\))?, "
    r"was (?P<memory>\d{3,5}) MB and (?P<timeout>\d{1,3}) s(?P<rest>\. .*|…)?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says. `original_description` is None where it was too long to be kept in it."""

    run_id: str
    memory_mb: int
    original_memory_mb: int
    original_timeout_s: int
    original_description: str | None


def mark(run_id: str, memory_mb: int, original: LatestSettings, *, copy: int = 0) -> str:
    """The description of a run's version, the `copy`-th of its memory size, and of `$LATEST` meanwhile."""
    number = f" ({copy})" if copy else ""
    text = (
        f"tuner {run_id}: measuring {memory_mb} MB{number}, "
        f"was {original.memory_mb} MB and {original.timeout_s} s"
    )
    whole = f"{text}. {original.description}" if original.description else text
    return whole if len(whole) <= DESCRIPTION_MAX else f"{text}…"


def read_mark(description: str) -> Mark | None:
    """What a description says of a run; None for one that is not a run's."""
    match = _MARK.fullmatch(description)
    if match is None:
        return None
    rest = match["rest"] or ""
    return Mark(
        match["run"],
        int(match["now"]),
        int(match["memory"]),
        int(match["timeout"]),
        None if rest == "…" else rest.removeprefix(". "),
    )
