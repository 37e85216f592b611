"""A fleet as words and rows, for every format that people read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import tuner
from tuner.fleet.records import (
    Campaign,
    Confidence,
    Ending,
    Flag,
    FlagCode,
    Fleet,
    FleetFunction,
    Saving,
)
from tuner.records import Estimate, RunWarning
from tuner.reporting.headline import Fact, Span
from tuner.reporting.rows import Column, Row, Table
from tuner.reporting.wording import NOTHING, clean, usd_range
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

FLAG_WORDS = {
    FlagCode.UNDER_PROVISIONED: "memory nearly full",
    FlagCode.OVER_PROVISIONED: "memory hardly used",
    FlagCode.TIMEOUT_NEAR_TAIL: "timeout near the tail",
    FlagCode.TIMEOUT_TOO_LONG: "timeout far too long",
    FlagCode.BILLED_ERRORS: "many billed errors",
    FlagCode.THROTTLED: "throttled",
    FlagCode.SWITCHED_OFF: "switched off",
    FlagCode.DEPRECATED_RUNTIME: "deprecated runtime",
    FlagCode.NEVER_INVOKED: "never invoked",
    FlagCode.ARM64_CANDIDATE: "arm64 candidate",
}

_CONFIDENCE_METHOD = (
    "Confidence: measured is a curve through sizes that production ran at; fitted is the curve of a run; "
    "bounded means that one size was seen, so only the most that could be saved is known (≤); not known is "
    "no number at all.",
    "Functions stand by what tuning saves, or where only a bound is known by that bound; then by cost.",
)
_METHOD = {
    "logs": (
        "A month is 30 days in proportion to the time that the logs cover, at list prices with the request "
        "charge. The free tier, provisioned concurrency and storage are not in REPORT records.",
    ),
    "aws": (
        "Invocations, durations and errors are CloudWatch's; p95 is that of the worst day. Cost is duration "
        "x memory at list prices, with requests, storage above 512 MB and provisioned concurrency. Init and "
        "the rounding up to whole milliseconds are not in the metrics, so a bill is a little higher. The "
        "free tier is left out.",
        "CloudWatch does not say how much memory a call used; the logs do: tuner fleet ./export.",
    ),
    "targets": (),
}


@dataclass(frozen=True, slots=True)
class FunctionLine:
    """One function: the cells of its row, what it can be filtered by, and the sentences behind it."""

    cells: tuple[str, ...]
    confidence: str
    flags: tuple[Flag, ...]
    why: tuple[str, ...]
    search: str


@dataclass(frozen=True, slots=True)
class FleetView:
    """Everything that there is to say, as strings."""

    title: str
    headline: tuple[Span, ...]
    columns: tuple[Column, ...]
    lines: tuple[FunctionLine, ...]
    flags: tuple[tuple[FlagCode, str, int], ...]
    confidences: tuple[tuple[str, int], ...]
    run: tuple[Fact, ...]
    failed: tuple[str, ...]
    warnings: tuple[RunWarning, ...]
    method: tuple[str, ...]
    footer: str

    def table(self, most: int) -> Table:
        """The first rows as a table of texts."""
        hidden = len(self.lines) - most
        return Table(
            self.columns,
            tuple(Row(line.cells) for line in self.lines[:most]),
            f"{format_count(hidden)} more are in --json and --report." if hidden > 0 else None,
        )


_COLUMNS = (
    Column("function", 0, numeric=False),
    Column("saves a month", 0),
    Column("95 % interval", 5),
    Column("confidence", 10, numeric=False),
    Column("cost a month", 9),
    Column("memory", 8),
    Column("best memory", 7),
    Column("invocations a month", 6),
    Column("flags", 11, numeric=False),
    Column("mean", 3),
    Column("p95", 3),
    Column("max", 2),
    Column("failed", 5),
    Column("peak memory", 2),
    Column("runtime", 2, numeric=False),
    Column("architecture", 1, numeric=False),
    Column("region", 4, numeric=False),
)


def fleet_view(fleet: Fleet) -> FleetView:
    """The view of a fleet; columns in which nothing is known are left out."""
    cells = [_cells(function) for function in fleet.functions]
    kept = [
        i
        for i, column in enumerate(_COLUMNS)
        if column.rank == 0 or any(row[i] not in ("", NOTHING) for row in cells)
    ]
    lines = tuple(
        FunctionLine(
            cells=tuple(row[i] for i in kept),
            confidence=str(function.saving.confidence),
            flags=function.flags,
            why=tuple(_why(function)),
            search=" ".join((row[0], *row[-3:], function.observed.account or "")).lower(),
        )
        for row, function in zip(cells, fleet.functions, strict=True)
    )
    headline = tuple(_headline(fleet))
    raised = Counter(flag.code for function in fleet.functions for flag in function.flags)
    confidences = Counter(str(function.saving.confidence) for function in fleet.functions)
    return FleetView(
        title="".join(span.text for span in headline),
        headline=headline,
        columns=tuple(_COLUMNS[i] for i in kept),
        lines=lines,
        flags=tuple((code, FLAG_WORDS[code], raised[code]) for code in FlagCode if raised[code]),
        confidences=tuple((str(c), confidences[c]) for c in Confidence if confidences[c]),
        run=tuple(_run(fleet.campaign)) if fleet.campaign else (),
        failed=_failed(fleet),
        warnings=fleet.warnings,
        method=(*_CONFIDENCE_METHOD, *_METHOD[fleet.source]),
        footer=f"tuner {tuner.__version__}" + (f", prices of {fleet.price_date}" if fleet.price_date else ""),
    )


def _headline(fleet: Fleet) -> Iterator[Span]:
    functions = fleet.functions
    yield Span(f"{format_count(len(functions))} {'function' if len(functions) == 1 else 'functions'}", True)
    costs = [float(f.cost_usd) for f in functions if f.cost_usd is not None]
    if costs:
        plural = "costs" if len(functions) == 1 else "cost"
        yield Span(f" {plural} ")
        yield Span(f"{format_usd(sum(costs))} a month", strong=True)
        unpriced = len(functions) - len(costs)
        yield Span(f" ({format_count(unpriced)} not known)" if unpriced else "")
    # What may as well be nothing is no saving.
    known = [f.saving.mean for f in functions if f.saving.mean is not None and (f.saving.low or 0) > 0]
    bounds = [f.saving.high for f in functions if f.saving.mean is None and f.saving.high]
    yield Span(". " if known or bounds else ".")
    if known:
        yield Span(f"Tuning {format_count(len(known))} of them saves ")
        yield Span(f"{format_usd(sum(known))} a month", strong=True)
        yield Span("; " if bounds else ".")
    if bounds:
        others = ("other" if len(bounds) == 1 else "others") if known else "of them"
        yield Span(
            f"{format_count(len(bounds))} {others} could save at most "
            f"{format_usd(sum(bounds))} a month with less memory: measure to know."
        )
    if fleet.interrupted:
        yield Span(" Interrupted: this is what was known by then.")


def _cells(function: FleetFunction) -> tuple[str, ...]:
    seen, saving = function.observed, function.saving
    monthly = seen.invocations_per_month
    return (
        clean(seen.function, limit=64),
        saving_words(saving),
        _interval(saving),
        str(saving.confidence),
        NOTHING if function.cost_usd is None else format_usd(float(function.cost_usd)),
        _memory(seen.memory_mb),
        _memory(function.best_memory_mb),
        NOTHING if monthly is None else format_count(monthly),
        ", ".join(FLAG_WORDS[flag.code] for flag in function.flags),
        _duration(seen.mean_ms),
        _duration(seen.p95_ms),
        _duration(seen.max_ms),
        format_percent(seen.failed_share) if seen.failed_share else NOTHING,
        _memory(seen.max_memory_used_mb),
        clean(seen.runtime, limit=20) if seen.runtime else NOTHING,
        seen.architecture or NOTHING,
        seen.region or NOTHING,
    )


def saving_words(saving: Saving) -> str:
    """`$12.30`, at most `≤ $12.30` where only a bound is known."""
    if saving.mean is not None:
        return format_usd(saving.mean)
    return NOTHING if saving.high is None else f"≤ {format_usd(saving.high)}"


def _interval(saving: Saving) -> str:
    if saving.mean is None or saving.low is None or saving.high is None:
        return NOTHING
    return usd_range(Estimate(saving.mean, saving.low, saving.high))


def _run(campaign: Campaign) -> Iterator[Fact]:
    counts = Counter(attempt.ending for attempt in campaign.attempts.values())
    words = {
        Ending.DONE: "tuned",
        Ending.FAILED: "failed",
        Ending.INTERRUPTED: "interrupted",
        Ending.NOT_STARTED: "not started",
    }
    yield Fact("Run", ", ".join(f"{counts[end]} {words[end]}" for end in Ending if counts[end]))
    bound = "" if campaign.max_spend_usd is None else f" of at most {format_usd(campaign.max_spend_usd)}"
    yield Fact("Spent", f"{format_usd(campaign.spent_usd)}{bound}")
    yield Fact("Run files", clean(campaign.folder))


def _failed(fleet: Fleet) -> tuple[str, ...]:
    """Why a function that was to be tuned was not."""
    if fleet.campaign is None:
        return ()
    names = {f.observed.key: f.observed.function for f in fleet.functions}
    return tuple(
        clean(f"{names.get(key, key)}: {attempt.message}" + (f" ({attempt.hint})" if attempt.hint else ""))
        for key, attempt in fleet.campaign.attempts.items()
        if attempt.ending is not Ending.DONE
    )


def _why(function: FleetFunction) -> Iterator[str]:
    """The sentences behind a row: why that saving, and what its flags mean."""
    yield from map(clean, function.reasons)
    for flag in function.flags:
        text = clean(flag.text)
        yield f"{text[:1].upper()}{text[1:]}."


def _memory(memory_mb: int | None) -> str:
    return NOTHING if memory_mb is None else format_memory(memory_mb)


def _duration(duration_ms: float | None) -> str:
    return NOTHING if duration_ms is None else format_duration(duration_ms)
