"""Cold starts by memory size: a table of their own, shown where they were asked for."""

from __future__ import annotations

from tuner.records import Candidate, TuningResult
from tuner.reporting.rows import Column, Row, Table, cost_title
from tuner.reporting.wording import NOTHING
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd


def build_cold_table(result: TuningResult) -> Table | None:
    """The sizes that were started cold; None unless --cold-starts or --cold-share asked for them."""
    share = _share(result)
    rows = [candidate for candidate in result.candidates if candidate.cold is not None]
    if not rows or (share is None and result.options.get("cold_starts") is None):
        return None
    columns = [
        Column("memory", 0),
        Column("cold starts", 0),
        Column("cold mean", 0),
        Column("cold p95", 3),
        Column("cold init", 2),
        Column(f"cold {cost_title(result)}", 1),
    ]
    if share is not None:
        words = f"at {format_percent(share)} cold"
        columns += [Column(f"mean {words}", 4), Column(f"{cost_title(result)} {words}", 4)]
    chosen = result.recommendation.candidate.memory_mb
    return Table(tuple(columns), tuple(Row(_cells(row, share), row.memory_mb == chosen) for row in rows))


def _share(result: TuningResult) -> float | None:
    return next((c.mixture.cold_share for c in result.candidates if c.mixture), None)


def _cells(row: Candidate, share: float | None) -> tuple[str, ...]:
    cold, mixed = row.cold, row.mixture
    if cold is None:
        raise AssertionError("only sizes with cold starts have a row")
    cells = (
        format_memory(row.memory_mb),
        format_count(cold.calls),
        format_duration(cold.duration_ms.mean),
        format_duration(cold.duration_ms.p95),
        format_duration(row.init_duration_ms.mean) if row.init_duration_ms else NOTHING,
        format_usd(cold.cost_usd_per_million),
    )
    if share is None:
        return cells
    if mixed is None:
        return (*cells, NOTHING, NOTHING)
    return (*cells, format_duration(mixed.duration_ms), format_usd(mixed.cost_usd_per_million))
