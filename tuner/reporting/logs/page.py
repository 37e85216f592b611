"""The findings of logs as words and tables, for the terminal and Markdown alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tuner.logs.findings import FunctionFindings, LogFindings, PeakBasis, SizeFindings
from tuner.records import Outcome, RunWarning
from tuner.reporting.headline import Fact, Span, format_timeout
from tuner.reporting.rows import Column, Row, Table
from tuner.reporting.wording import NOTHING, OUTCOME_WORDS, clean, enumerated
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

IN_FULL = 5
"""So many functions are shown in full, those that cost most; the others are a row of the table."""
ROWS = 100

METHOD = (
    "Percentiles are of every invocation, cold ones included; a duration is the handler's, without init. "
    "They come from bins 0.4 % wide, and are at most that far from the exact ones.",
    "Cost is what was billed in the period at list prices, with the request charge. The free tier, "
    "provisioned concurrency and storage are not in REPORT records.",
    "A text REPORT line does not say that a function raised an error: such calls count as ok.",
)
PEAK_METHOD = {
    PeakBasis.RECORDS: "Peak concurrency is the most invocations in progress at once, each from its start, "
    "init included, to the time of its record.",
    PeakBasis.METRIC: "Peak concurrency is the highest ConcurrentExecutions that CloudWatch has of any "
    "minute.",
    PeakBasis.MEAN: "Peak concurrency is the mean of the busiest period, by Little's law: the true one is no "
    "lower.",
}


@dataclass(frozen=True, slots=True)
class FunctionPage:
    """One function in full: its facts, a table of its memory sizes and versions, and why."""

    title: str
    facts: tuple[Fact, ...]
    sizes: Table
    versions: Table | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogPage:
    """Everything that there is to say, as strings."""

    answer: tuple[Span, ...]
    functions: Table | None
    in_full: tuple[FunctionPage, ...]
    unreadable: tuple[str, ...]
    warnings: tuple[RunWarning, ...]
    method: tuple[str, ...]


def log_page(found: LogFindings) -> LogPage:
    """The page of what logs say; the functions that cost most come first."""
    bases = {function.peak_basis for function in found.functions}
    return LogPage(
        answer=_answer(found),
        functions=_overview(found.functions) if len(found.functions) > 1 else None,
        in_full=tuple(_in_full(function) for function in found.functions[:IN_FULL]),
        unreadable=tuple(clean(sample) for sample in found.unreadable.samples),
        warnings=found.warnings,
        method=(*METHOD, *(PEAK_METHOD[basis] for basis in PeakBasis if basis in bases)),
    )


def _answer(found: LogFindings) -> tuple[Span, ...]:
    invocations = sum(function.invocations for function in found.functions)
    costs = [function.cost_usd for function in found.functions if function.cost_usd is not None]
    first = min((f.first_us for f in found.functions if f.first_us is not None), default=None)
    last = max((f.last_us for f in found.functions if f.last_us is not None), default=None)
    period = (
        f" from {_minute(first)} to {_minute(last)} UTC" if first is not None and last is not None else ""
    )
    if len(found.functions) == 1:
        whose = clean(found.functions[0].function)
    else:
        whose = f"{format_count(len(found.functions))} functions"
    spans = [
        Span(f"{whose}: "),
        Span(
            f"{format_count(invocations)} {'invocation' if invocations == 1 else 'invocations'}", strong=True
        ),
        Span(period),
    ]
    if costs:
        spans += [Span(", "), Span(format_usd(float(sum(costs))), strong=True), Span(" at list price")]
    spans.append(Span("."))
    if found.unreadable.lines:
        spans.append(Span(f" {format_count(found.unreadable.lines)} lines look like a record and are none."))
    if found.interrupted:
        spans.append(
            Span(f" Interrupted after {format_count(found.read.files_read)} of {found.read.files:,} files.")
        )
    return tuple(spans)


def _overview(functions: Sequence[FunctionFindings]) -> Table:
    columns = (
        Column("function", 0, numeric=False),
        Column("invocations", 0),
        Column("memory", 0),
        Column("p50", 4),
        Column("p99", 5),
        Column("peak memory", 3),
        Column("failed", 6),
        Column("cost", 8),
        Column("peak at once", 2),
        Column("memory floor", 7),
        Column("timeout", 7),
        Column("best memory", 7),
    )
    hidden = len(functions) - ROWS
    return Table(
        columns=columns,
        rows=tuple(Row(_overview_cells(found)) for found in functions[:ROWS]),
        left_out=f"{format_count(hidden)} more functions are in --json." if hidden > 0 else None,
    )


def _overview_cells(found: FunctionFindings) -> tuple[str, ...]:
    size, advice = found.current, found.advice
    failed = sum(n for s in found.by_memory for outcome, n in s.outcomes.items() if outcome is not Outcome.OK)
    return (
        clean(found.function, limit=64),
        format_count(found.invocations),
        _memory(size.memory_mb),
        format_duration(size.duration_ms.percentiles["p50"]),
        format_duration(size.duration_ms.percentiles["p99"]),
        _memory(size.used_max_mb),
        format_count(failed) if failed else "",
        NOTHING if found.cost_usd is None else format_usd(float(found.cost_usd)),
        NOTHING if found.peak_concurrency is None else format_count(found.peak_concurrency),
        _memory(advice.memory_floor_mb if advice else None),
        NOTHING if advice is None or advice.timeout_s is None else format_timeout(advice.timeout_s),
        _memory(advice.memory.memory_mb if advice else None),
    )


def _in_full(found: FunctionFindings) -> FunctionPage:
    return FunctionPage(
        title=clean(found.function),
        facts=_facts(found),
        sizes=_sizes(found),
        versions=_versions(found) if len({v.version for v in found.by_version}) > 1 else None,
        reasons=found.advice.reasons if found.advice else (),
    )


def _facts(found: FunctionFindings) -> tuple[Fact, ...]:
    advice = found.advice
    facts = []
    if advice:
        best = advice.memory.memory_mb
        facts.append(Fact("Memory", f"{_memory(best)} is best" if best else "not known from these logs"))
        facts.append(Fact("Memory floor", _memory(advice.memory_floor_mb)))
        facts.append(
            Fact("Timeout", NOTHING if advice.timeout_s is None else format_timeout(advice.timeout_s))
        )
        reserved, provisioned = advice.reserved_concurrency, advice.provisioned_concurrency
        facts.append(Fact("Reserved concurrency", NOTHING if reserved is None else format_count(reserved)))
        facts.append(
            Fact("Provisioned concurrency", NOTHING if provisioned is None else format_count(provisioned))
        )
    if found.peak_concurrency is not None:
        facts.append(Fact("Peak concurrency", format_count(found.peak_concurrency)))
    if found.load:
        facts.append(Fact("Hours of the day (UTC)", _hours(found.load.hours_of_day)))
    return tuple(facts)


def _sizes(found: FunctionFindings) -> Table:
    columns = (
        Column("memory", 0),
        Column("invocations", 0),
        Column("outcomes", 9, numeric=False),
        Column("mean", 4),
        Column("p50", 8),
        Column("p90", 2),
        Column("p95", 5),
        Column("p99", 8),
        Column("p99.9", 3),
        Column("max", 7),
        Column("cold", 6),
        Column("init p50", 5),
        Column("restore p50", 1),
        Column("peak memory", 7),
        Column("compute", 4),
        Column("requests", 4),
        Column("cost", 9),
    )
    rows = tuple(Row(_size_cells(size)) for size in found.by_memory)
    kept = [
        i for i, column in enumerate(columns) if column.rank == 0 or any(r.cells[i] != NOTHING for r in rows)
    ]
    return Table(tuple(columns[i] for i in kept), tuple(Row(tuple(r.cells[i] for i in kept)) for r in rows))


def _size_cells(size: SizeFindings) -> tuple[str, ...]:
    spread = size.duration_ms
    cold = size.cold_ms.count if size.cold_ms else 0
    amounts = {item.name: float(item.amount) for item in size.bill}
    requests = amounts.pop("Requests", None)
    return (
        _memory(size.memory_mb),
        format_count(size.invocations),
        _outcomes(size),
        _duration(spread.mean),
        *(_duration(value) for value in spread.percentiles.values()),
        _duration(spread.max),
        format_percent(cold / size.invocations) if cold else NOTHING,
        _duration(size.init_ms.percentiles["p50"] if size.init_ms else None),
        _duration(size.restore_ms.percentiles["p50"] if size.restore_ms else None),
        _memory(size.used_max_mb),
        format_usd(sum(amounts.values())) if amounts else NOTHING,
        NOTHING if requests is None else format_usd(requests),
        NOTHING if size.cost_usd is None else format_usd(float(size.cost_usd)),
    )


def _versions(found: FunctionFindings) -> Table:
    columns = (
        Column("version", 0, numeric=False),
        Column("memory", 0),
        Column("invocations", 0),
        Column("failed", 4),
        Column("mean", 3),
        Column("p50", 6),
        Column("p95", 5),
        Column("p99", 6),
        Column("max", 2),
    )
    rows = tuple(
        Row(
            (
                clean(v.version or NOTHING, limit=20),
                _memory(v.memory_mb),
                format_count(v.invocations),
                format_count(v.failed) if v.failed else "",
                _duration(v.duration_ms.mean),
                *(_duration(v.duration_ms.percentiles[name]) for name in ("p50", "p95", "p99")),
                _duration(v.duration_ms.max),
            )
        )
        for v in found.by_version
    )
    return Table(columns, rows)


def _outcomes(size: SizeFindings) -> str:
    failed = [(o, n) for o, n in size.outcomes.items() if o is not Outcome.OK and n]
    return enumerated(f"{format_count(n)} {OUTCOME_WORDS[o]}" for o, n in failed) if failed else "all ok"


def _hours(hours: Sequence[int]) -> str:
    """The load by parts of the day, those without a call left out."""
    total = sum(hours)
    parts = [(start, sum(hours[start : start + 4])) for start in range(0, 24, 4)]
    return ", ".join(
        f"{start:02d}\u2013{start + 4:02d} {format_percent(n / total)}" for start, n in parts if n
    )


def _minute(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")


def _memory(memory_mb: int | None) -> str:
    return NOTHING if memory_mb is None else format_memory(memory_mb)


def _duration(duration_ms: float | None) -> str:
    return NOTHING if duration_ms is None else format_duration(duration_ms)
