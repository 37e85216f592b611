"""What runs found over time: `history.jsonl`, one line a run, appended to and never rewritten.

The file may be shared, merged and cut off: it is untrusted input, and what cannot be read is skipped.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tuner.comparison import conditions_of
from tuner.document import finite
from tuner.errors import UsageError
from tuner.records import Condition, DurationSummary, Estimate, RunWarning, TuningResult
from tuner.units import check_memory_mb

HISTORY_FILE = "history.jsonl"
SCHEMA_VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
_LONGEST_LINE = 64 * 1024
_TEXT_LIMIT = 2_000
_LINES_NAMED = 5


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One run: what it recommends and what that is expected to take, of which commit, under which conditions.

    `commit` is None outside of a repository; `current_memory_mb` where today's size is not known.
    """

    created_at: str
    function: str
    target: str
    commit: str | None
    memory_mb: int
    current_memory_mb: int | None
    duration_ms: DurationSummary
    cost_usd_per_million: Estimate
    relative: bool
    tool_version: str
    conditions: Mapping[str, Condition]


@dataclass(frozen=True, slots=True)
class History:
    """The entries of a file that can be read, oldest first, and a warning about those that cannot."""

    entries: tuple[HistoryEntry, ...]
    warnings: tuple[RunWarning, ...] = ()

    def of(self, function: str) -> tuple[HistoryEntry, ...]:
        """The runs of one function, by its name or its target."""
        return tuple(e for e in self.entries if function in (e.function, e.target))


def entry_of(result: TuningResult, commit: str | None) -> HistoryEntry | None:
    """The line of a run; None where the recommended size has no duration or no cost."""
    chosen, today = result.recommendation.candidate, result.measurements.current
    if chosen.duration_ms is None or chosen.cost_usd_per_million is None:
        return None
    return HistoryEntry(
        created_at=result.created_at,
        function=result.measurements.function,
        target=result.measurements.target,
        commit=commit,
        memory_mb=chosen.memory_mb,
        current_memory_mb=today.memory_mb if today else None,
        duration_ms=chosen.duration_ms,
        cost_usd_per_million=chosen.cost_usd_per_million,
        relative=result.measurements.relative,
        tool_version=result.tool_version,
        conditions=conditions_of(result),
    )


def append_entry(entry: HistoryEntry, folder: Path) -> None:
    """Add a line to the folder's history. Raises `OSError` when that cannot be written.

    The line is written at once, so that runs that end together do not tear each other's; where an earlier
    line was cut off, this one begins below it.
    """
    line = json.dumps(entry_document(entry), allow_nan=False, separators=(",", ":"))
    descriptor = os.open(folder / HISTORY_FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        os.write(descriptor, (_start(descriptor) + line + "\n").encode())
    finally:
        os.close(descriptor)


def _start(descriptor: int) -> str:
    """What has to precede a new line: nothing, or the end of one that was cut off."""
    if os.lseek(descriptor, 0, os.SEEK_END) == 0:
        return ""
    os.lseek(descriptor, -1, os.SEEK_END)
    return "" if os.read(descriptor, 1) == b"\n" else "\n"


def read_history(folder: Path) -> History:
    """The history in a folder; lines that are torn or foreign are named in a warning.

    Raises `UsageError` when there is none.
    """
    path = folder / HISTORY_FILE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"'{path}' is larger than {MAX_BYTES // 1024**2} MB, so it is no history")
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError as error:
        raise UsageError(f"there is no history in '{folder}'", "each tuner run adds a line to it") from error
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from error
    entries, skipped = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entries.append(_parse(line))
        except (ValueError, RecursionError):
            skipped.append(number)
    # Two branches that were merged may have put their lines in any order.
    entries.sort(key=lambda entry: datetime.fromisoformat(entry.created_at))
    return History(tuple(entries), _skipped(path, skipped))


def entry_document(entry: HistoryEntry) -> dict[str, Any]:
    """An entry as JSON values, which `read_history` reads."""
    document = {"schema_version": SCHEMA_VERSION, **asdict(entry)}
    return {key: finite(value) for key, value in document.items()}


def _skipped(path: Path, numbers: list[int]) -> tuple[RunWarning, ...]:
    if not numbers:
        return ()
    named = ", ".join(map(str, numbers[:_LINES_NAMED]))
    more = f" and {len(numbers) - _LINES_NAMED} more" if len(numbers) > _LINES_NAMED else ""
    lines = f"line {named}" if len(numbers) == 1 else f"lines {named}{more}"
    return (
        RunWarning(
            "W-HISTORY",
            f"{lines} of '{path}' cannot be read and {'is' if len(numbers) == 1 else 'are'} left out",
            "they were cut off, or written by something else; the file is left as it is",
        ),
    )


def _parse(line: bytes) -> HistoryEntry:
    """An entry from its line. Raises `ValueError` for anything else."""
    if len(line) > _LONGEST_LINE:
        raise ValueError("too long")
    values = json.loads(line)
    if not isinstance(values, dict) or values.get("schema_version") != SCHEMA_VERSION:
        raise ValueError("not an entry of this version")
    created_at = datetime.fromisoformat(_text(values, "created_at"))
    if created_at.tzinfo is None:
        raise ValueError("a time without its zone")
    today, conditions = values.get("current_memory_mb"), values.get("conditions")
    return HistoryEntry(
        created_at=created_at.isoformat(),
        function=_text(values, "function"),
        target=_text(values, "target"),
        commit=None if values.get("commit") is None else _text(values, "commit"),
        memory_mb=check_memory_mb(_number(values, "memory_mb")),
        current_memory_mb=None if today is None else check_memory_mb(_number(values, "current_memory_mb")),
        duration_ms=DurationSummary(**_numbers(values, "duration_ms", DurationSummary)),
        cost_usd_per_million=Estimate(**_numbers(values, "cost_usd_per_million", Estimate)),
        relative=values.get("relative") is True,
        tool_version=_text(values, "tool_version"),
        conditions=_conditions(conditions),
    )


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
        raise ValueError(f"{key} is no text")
    return value


def _number(values: Mapping[str, Any], key: str) -> float:
    value = values.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{key} is no positive number")
    return float(value)


def _numbers(values: Mapping[str, Any], key: str, record: type) -> dict[str, float]:
    found = values.get(key)
    if not isinstance(found, dict):
        raise ValueError(f"{key} is no object")
    return {field.name: _number(found, field.name) for field in fields(record)}


def _conditions(found: Any) -> dict[str, Condition]:
    if not isinstance(found, dict):
        raise ValueError("conditions is no object")
    for key, value in found.items():
        if isinstance(value, str):
            _text(found, key)
        elif value is not None and not isinstance(value, bool | int | float):
            raise ValueError(f"{key} is no plain value")
    return found
