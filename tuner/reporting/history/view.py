"""A history as strings, formatted once: what every rendering of it lays out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tuner.changes import is_sure
from tuner.history import HistoryEntry
from tuner.records import RunWarning
from tuner.reporting.changes import cost_in_words, interval_in_words, speed_in_words
from tuner.reporting.headline import Span
from tuner.reporting.method import RELATIVE_NOTICE
from tuner.reporting.rows import Column, Row, Table
from tuner.reporting.view import Notice
from tuner.reporting.wording import clean, condition_text, duration_range, enumerated, title_of, usd_range
from tuner.trend import ConditionChange, Step, change_since
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

METHOD = (
    "Each run stands at the size that it recommends; cost is that of a million invocations there.",
    "A change is against the last run before under the same conditions, by the ratio of means. It is named "
    "where its 95 % interval, which follows from the intervals of both runs (G. Y. Zou and A. Donner, 2008), "
    "does not hold zero.",
    "p95 is the quantile of the calls of a run and has no interval, so it is shown and not judged.",
    "Across new conditions nothing is compared: a new price is no regression.",
)
_SHORT_COMMIT = 9


@dataclass(frozen=True, slots=True)
class HistoryView:
    """Every string of a history. `left_out` says how many earlier runs are not shown."""

    function: str
    headline: tuple[Span, ...]
    relative_notice: str | None
    warnings: tuple[Notice, ...]
    table: Table
    changes: tuple[str, ...]
    left_out: str | None
    method: tuple[str, ...]
    cost_label: str
    chart_description: str

    @property
    def answer(self) -> str:
        """The headline as plain text."""
        return "".join(span.text for span in self.headline)


def build_history_view(
    function: str, steps: Sequence[Step], *, hidden: int = 0, warnings: Sequence[RunWarning] = ()
) -> HistoryView:
    """The strings of a history that has at least one run; `hidden` runs before it are not shown."""
    headline = _headline(clean(function), steps)
    relative = steps[-1].entry.relative
    return HistoryView(
        function=clean(function),
        headline=headline,
        relative_notice=RELATIVE_NOTICE if relative else None,
        warnings=tuple(Notice(w.code, clean(w.message), clean(w.hint) if w.hint else None) for w in warnings),
        table=_table(steps, relative=relative),
        changes=tuple(filter(None, map(_change, steps))),
        left_out=f"{format_count(hidden)} earlier {_runs(hidden)} not shown." if hidden else None,
        method=METHOD,
        cost_label=_cost_title(relative=relative),
        chart_description="Cost and duration from run to run. " + "".join(span.text for span in headline),
    )


def _runs(count: int) -> str:
    return "run is" if count == 1 else "runs are"


def _headline(function: str, steps: Sequence[Step]) -> tuple[Span, ...]:
    """`my-func costs $1.02 per million, p95 82.0 ms; since 2026-10-01 12 % dearer (8.0 % to 16 %).`"""
    last = steps[-1].entry
    cost = f"{format_usd(last.cost_usd_per_million.mean)} {_cost_title(relative=last.relative)[2:]}"
    now = f" costs {cost}, p95 {format_duration(last.duration_ms.p95)}"
    start = (Span(function, strong=True), Span(now))
    since = change_since(steps)
    if since is None or since.against is None:
        words = "the only run" if len(steps) == 1 else "the first run under new conditions"
        return (*start, Span(f": {words}."))
    sure = _sure(since)
    words = " and ".join(sure) if sure else "no change beyond the noise"
    return (*start, Span(f"; since {_day(since.against)} "), Span(words, strong=True), Span("."))


def _sure(step: Step) -> list[str]:
    pairs = ((cost_in_words, step.cost), (speed_in_words, step.duration))
    return [words(change) for words, change in pairs if change and is_sure(change)]


def _table(steps: Sequence[Step], *, relative: bool) -> Table:
    columns = (
        Column("run", 0, numeric=False),
        Column("commit", 9, numeric=False),
        Column("memory", 7),
        Column(_cost_title(relative=relative), 10),
        Column("cost interval", 4),
        Column("mean", 8),
        Column("95 % interval", 3),
        Column("p95", 10),
        Column("against the run before", 12, numeric=False),
    )
    return Table(columns, tuple(_row(step) for step in steps))


def _cost_title(*, relative: bool) -> str:
    return "$ per million at list price" if relative else "$ per million"


def _row(step: Step) -> Row:
    entry = step.entry
    duration, cost = entry.duration_ms, entry.cost_usd_per_million
    return Row(
        (
            _minute(entry),
            clean(entry.commit or "")[:_SHORT_COMMIT],
            format_memory(entry.memory_mb),
            format_usd(cost.mean),
            usd_range(cost),
            format_duration(duration.mean),
            duration_range(duration.low, duration.high),
            format_duration(duration.p95),
            _note(step),
        )
    )


def _note(step: Step) -> str:
    """A change in few words; the list of changes has the intervals."""
    if step.new_conditions:
        return "new conditions"
    named = (("cost", step.cost), ("mean", step.duration))
    return ", ".join(
        f"{noun} {format_percent(change.mean, signed=True)}"
        for noun, change in named
        if change and is_sure(change)
    )


def _change(step: Step) -> str | None:
    """What changed at a run, in full; None where nothing did beyond the noise."""
    where = f"{_minute(step.entry)} {clean(step.entry.commit or '')[:_SHORT_COMMIT]}".rstrip()
    if step.new_conditions:
        return (
            f"{where}: {enumerated(map(_condition, step.new_conditions))}; not compared with the run before"
        )
    if not step.sure:
        return None
    doubt = [
        f"{noun} the same inside the noise ({interval_in_words(change)})"
        for noun, change in (("cost", step.cost), ("mean duration", step.duration))
        if change and not is_sure(change)
    ]
    return f"{where}: {'; '.join((' and '.join(_sure(step)), *doubt))}"


def _condition(change: ConditionChange) -> str:
    before, after = (clean(condition_text(value), limit=24) for value in (change.before, change.after))
    return f"{title_of(change.key)} {before} → {after}"


def _minute(entry: HistoryEntry) -> str:
    return f"{datetime.fromisoformat(entry.created_at):%Y-%m-%d %H:%M}"


def _day(entry: HistoryEntry) -> str:
    return f"{datetime.fromisoformat(entry.created_at):%Y-%m-%d}"


def point_label(entry: HistoryEntry) -> str:
    """What stands under a point of the chart: the commit, else the day."""
    return clean(entry.commit)[:7] if entry.commit else _day(entry)[5:]
