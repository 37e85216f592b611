"""What production says of a function at one memory size: bins of its calls, and the hours they came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuner.logs.archive import Archive
from tuner.logs.condensing import BINNED, LOAD
from tuner.logs.findings import FunctionFindings
from tuner.records import Outcome


@dataclass(frozen=True, slots=True)
class Hour:
    """Warm calls of one hour, with the sums of what they took and what was billed [ms]."""

    calls: int
    duration_ms: float
    billed_ms: float


@dataclass(frozen=True, slots=True)
class Live:
    """Production at the size that was recommended.

    `bins` are the warm calls that succeeded, by rising duration: mean [ms] and number. `calls_by_memory` has
    every size that was seen.
    """

    function: str
    memory_mb: int
    bins: tuple[tuple[float, int], ...]
    hours: tuple[Hour, ...]
    used_max_mb: int | None
    out_of_memory: int
    calls_by_memory: Mapping[int | None, int]
    first_us: int | None
    last_us: int | None

    @property
    def calls(self) -> int:
        """The warm calls that succeeded."""
        return sum(calls for _, calls in self.bins)


def live_evidence(archive: Archive, found: FunctionFindings, memory_mb: int) -> Live:
    """What a condensed archive says of the function at a memory size."""
    own = f"function = {archive.functions[found.function]} AND memory_mb = {memory_mb} AND NOT cold"
    bins = archive.rows(
        f"SELECT sum(total) / sum(calls) AS mean, sum(calls)::BIGINT AS calls FROM {BINNED['duration_ms']} "
        f"WHERE {own} AND outcome = 'ok' GROUP BY bucket ORDER BY bucket"
    )
    hours = archive.rows(
        "SELECT sum(invocations)::BIGINT AS calls, sum(duration_sum_ms) AS duration_ms, "
        f"sum(billed_sum_ms)::DOUBLE AS billed_ms FROM {LOAD} WHERE {own} GROUP BY hour "
        "HAVING sum(billed_sum_ms) > 0 ORDER BY hour"
    )
    size = next((size for size in found.by_memory if size.memory_mb == memory_mb), None)
    return Live(
        function=found.function,
        memory_mb=memory_mb,
        bins=tuple((row["mean"], row["calls"]) for row in bins),
        hours=tuple(Hour(row["calls"], row["duration_ms"], row["billed_ms"]) for row in hours),
        used_max_mb=size.used_max_mb if size else None,
        out_of_memory=size.outcomes.get(Outcome.OUT_OF_MEMORY, 0) if size else 0,
        calls_by_memory={size.memory_mb: size.invocations for size in found.by_memory},
        first_us=found.first_us,
        last_us=found.last_us,
    )
