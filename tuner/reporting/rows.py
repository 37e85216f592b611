"""The table of memory sizes: which are shown, and the strings in its cells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tuner.records import Basis, Candidate, Outcome, TuningResult
from tuner.reporting.wording import (
    NOTHING,
    OUTCOME_WORDS,
    clean,
    duration_range,
    enumerated,
    format_vcpus,
    usd_range,
)
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

ROWS_SHOWN = 25
"""Up to so many candidates are all shown; of more, only those a reader would look for."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `rank` says how long it is kept where the width is short: rank 0 is never dropped."""

    title: str
    rank: int
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One memory size: a string per column."""

    cells: tuple[str, ...]
    recommended: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The columns that have something to say, the rows, and a sentence about rows left out."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    left_out: str | None = None


@dataclass(frozen=True, slots=True)
class CostReference:
    """The size whose cost is called 100 % where only proportions are true."""

    title: str
    usd_per_million: float


def build_table(result: TuningResult) -> Table:
    """Every candidate worth a row; columns in which nothing is known are left out."""
    shown = _shown(result)
    hidden = len(result.candidates) - len(shown)
    columns = _columns(result)
    cells = [_cells(result, candidate) for candidate in shown]
    kept = [
        i
        for i, column in enumerate(columns)
        if column.rank == 0 or any(c[i] not in {"", NOTHING} for c in cells)
    ]
    return Table(
        columns=tuple(columns[i] for i in kept),
        rows=tuple(
            Row(
                cells=tuple(row[i] for i in kept),
                recommended=candidate.memory_mb == result.recommendation.candidate.memory_mb,
                failed=has_only_failed(candidate),
            )
            for row, candidate in zip(cells, shown, strict=True)
        ),
        left_out=f"{format_count(hidden)} more fitted sizes are in the run file." if hidden else None,
    )


def cost_title(result: TuningResult) -> str:
    """`$ per million`; of a relative run with the reminder that these are not the dollars of a bill."""
    return "$ per million at list price" if result.measurements.relative else "$ per million"


def has_only_failed(candidate: Candidate) -> bool:
    """Whether the size was invoked and no invocation succeeded."""
    return bool(candidate.outcomes) and not candidate.outcomes.get(Outcome.OK)


def is_ruled_out(candidate: Candidate) -> bool:
    """Whether a reason of its own keeps the size from being recommended; being extrapolated is none."""
    return candidate.rejected is not None and candidate.basis is not Basis.EXTRAPOLATED


def failure_words(candidate: Candidate) -> str | None:
    """`out of memory, 3 of 3 invocations`; None where nothing failed."""
    failed = Counter({o: n for o, n in candidate.outcomes.items() if o is not Outcome.OK and n})
    if not failed:
        return None
    total = sum(candidate.outcomes.values())
    words = [
        f"{OUTCOME_WORDS[outcome]}, {format_count(n)} of {format_count(total)}"
        for outcome, n in sorted(failed.items(), key=lambda item: (-item[1], item[0]))
    ]
    return f"{'; '.join(words)} invocations"


def function_message(result: TuningResult, memory_mb: int) -> str | None:
    """The error most invocations of a size ended with, in the function's own words."""
    messages = Counter(
        clean(": ".join(part for part in (i.error_type, i.error_message) if part), limit=200)
        for i in result.measurements.at(memory_mb)
        if i.outcome is not Outcome.OK and (i.error_type or i.error_message)
    )
    return messages.most_common(1)[0][0] if messages else None


def _shown(result: TuningResult) -> tuple[Candidate, ...]:
    candidates = sorted(result.candidates, key=lambda candidate: candidate.memory_mb)
    if len(candidates) <= ROWS_SHOWN:
        return tuple(candidates)
    named = {r.candidate.memory_mb for r in (result.recommendation, *result.strategies.values())}
    if result.measurements.current:
        named.add(result.measurements.current.memory_mb)
    return tuple(c for c in candidates if c.basis is not Basis.FITTED or c.outcomes or c.memory_mb in named)


def _columns(result: TuningResult) -> tuple[Column, ...]:
    relative = result.measurements.relative
    list_price = " at list price" if relative else ""
    reference = cost_reference(result)
    return (
        Column("memory", 0),
        Column("note", 12, numeric=False),
        Column("vCPU", 6),
        Column("basis", 8),
        Column("mean", 0),
        Column("95 % interval", 9),
        Column("p95", 5),
        Column("init", 1),
        Column("peak memory", 1),
        Column(reference.title if reference else "relative cost", 10),
        Column(cost_title(result), 2 if relative else 10),
        Column("cost interval", 2),
        Column(f"$ per month{list_price}", 1 if relative else 4),
        Column("Pareto front", 3),
    )


def _cells(result: TuningResult, candidate: Candidate) -> tuple[str, ...]:
    duration, cost, init = candidate.duration_ms, candidate.cost_usd_per_million, candidate.init_duration_ms
    return (
        format_memory(candidate.memory_mb),
        _note(result, candidate),
        format_vcpus(candidate.vcpus),
        _basis(result, candidate),
        format_duration(duration.mean) if duration else NOTHING,
        duration_range(duration.low, duration.high) if duration else NOTHING,
        format_duration(duration.p95) if duration else NOTHING,
        format_duration(init.mean) if init else NOTHING,
        NOTHING if candidate.max_memory_used_mb is None else format_memory(candidate.max_memory_used_mb),
        _relative_cost(result, candidate),
        format_usd(cost.mean) if cost else NOTHING,
        usd_range(cost) if cost else NOTHING,
        NOTHING if candidate.cost_usd_per_month is None else format_usd(candidate.cost_usd_per_month),
        "yes" if candidate.on_pareto_front else "",
    )


def _basis(result: TuningResult, candidate: Candidate) -> str:
    """How many warm samples a measured size rests on, or `mean`; the basis of the others."""
    if candidate.basis is not Basis.MEASURED:
        return candidate.basis.value
    if result.measurements.holds_means:
        return "mean"
    return f"n = {format_count(len(result.measurements.warm(candidate.memory_mb)))}"


def cost_reference(result: TuningResult) -> CostReference | None:
    """Today's size, or the recommended one where the cost of today's is not known."""
    for name, candidate in (("today", result.current), ("recommended", result.recommendation.candidate)):
        if candidate and candidate.cost_usd_per_million and candidate.cost_usd_per_million.mean > 0:
            return CostReference(f"cost, {name} = 100 %", candidate.cost_usd_per_million.mean)
    return None


def _relative_cost(result: TuningResult, candidate: Candidate) -> str:
    reference = cost_reference(result)
    if not result.measurements.relative or not reference or not candidate.cost_usd_per_million:
        return NOTHING
    return format_percent(candidate.cost_usd_per_million.mean / reference.usd_per_million)


def _note(result: TuningResult, candidate: Candidate) -> str:
    size, today = candidate.memory_mb, result.measurements.current
    notes = []
    if size == result.recommendation.candidate.memory_mb:
        notes.append("recommended")
    if today and size == today.memory_mb:
        notes.append("today")
    picks = [
        strategy.value
        for strategy, pick in result.strategies.items()
        if pick.candidate.memory_mb == size and strategy is not result.recommendation.strategy
    ]
    if picks:
        notes.append(f"{enumerated(picks)} pick")
    if failure := failure_words(candidate):
        notes.append(failure.removesuffix(" invocations"))
    elif is_ruled_out(candidate):
        notes.append("ruled out")
    return ", ".join(notes)
