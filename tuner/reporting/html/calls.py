"""The single invocations of a page's second chart, thinned where they are too many to tell apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, TypeVar

from tuner.records import Invocation, Outcome, TuningResult
from tuner.reporting.rows import failure_words
from tuner.units import format_count, format_memory

_T = TypeVar("_T")

MOST_DOTS = 3_000
MOST_SIZES = 40


class Kind(StrEnum):
    """What a dot stands for."""

    WARM = "warm"
    COLD = "cold"
    LEFT_OUT = "left out"
    FAILED = "failed"


def calls_data(result: TuningResult) -> dict[str, Any]:
    """A row a measured size with the durations [ms] of its calls by kind; `note` says what is not drawn.

    A cold call's duration is what its caller waits for: its init and the handler.
    """
    groups: dict[int, dict[Kind, list[float]]] = defaultdict(lambda: defaultdict(list))
    for call in result.measurements.invocations:
        found = groups[call.memory_mb]  # a size where nothing has a duration still has a row
        if call.duration_ms is not None:
            kind = _kind(call)
            found[kind].append(_wait_ms(call) if kind is Kind.COLD else call.duration_ms)
    sizes = _spread(sorted(groups), MOST_SIZES)
    calls = sum(len(durations) for size in sizes for durations in groups[size].values())
    lanes = max(1, sum(len(groups[size]) for size in sizes))
    most = MOST_DOTS // lanes if calls > MOST_DOTS else calls
    by_size = {c.memory_mb: c for c in result.candidates}
    rows = [
        {
            "mb": size,
            "memory": format_memory(size),
            "failure": failure_words(by_size[size]) if size in by_size else None,
            **{str(kind): _spread(sorted(groups[size][kind]), most) for kind in Kind},
        }
        for size in sizes
    ]
    drawn = sum(len(groups[size][kind][:most]) for size in sizes for kind in Kind)
    return {"rows": rows, "kinds": _kinds(rows), "note": _note(len(groups), len(sizes), calls, drawn)}


def _kind(call: Invocation) -> Kind:
    if call.outcome is not Outcome.OK:
        return Kind.FAILED
    if call.cold:
        return Kind.COLD
    return Kind.WARM if call.warm_sample else Kind.LEFT_OUT


def _wait_ms(call: Invocation) -> float:
    return (call.duration_ms or 0.0) + (call.init_duration_ms or 0.0) + (call.restore_duration_ms or 0.0)


def _kinds(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [str(kind) for kind in Kind if any(row[str(kind)] for row in rows)]


def _spread(ordered: Sequence[_T], most: int) -> list[_T]:
    """At most so many, evenly over the order, with the first and the last."""
    if len(ordered) <= most:
        return list(ordered)
    step = (len(ordered) - 1) / max(1, most - 1)
    return [ordered[round(i * step)] for i in range(most)]


def _note(sizes: int, shown: int, calls: int, drawn: int) -> str | None:
    notes = []
    if shown < sizes:
        notes.append(f"{format_count(shown)} of {format_count(sizes)} measured sizes are drawn.")
    if drawn < calls:
        notes.append(
            f"{format_count(drawn)} of {format_count(calls)} invocations are drawn, evenly over the "
            "durations of each size, the fastest and the slowest included."
        )
    return " ".join(notes) or None
