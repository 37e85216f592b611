"""A comparison as strings, formatted once: what every rendering of it lays out."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.comparison import Comparison, Contrast, Difference, NamedRun
from tuner.records import Candidate
from tuner.reporting.changes import change_cells
from tuner.reporting.compare.phrases import METHOD, NAME_LIMIT, build_sentence
from tuner.reporting.headline import Fact, Span
from tuner.reporting.method import RELATIVE_NOTICE
from tuner.reporting.rows import Column, Row, Table, cost_title
from tuner.reporting.view import Notice
from tuner.reporting.wording import NOTHING, clean, condition_text, duration_range, title_of, usd_range
from tuner.units import format_duration, format_memory, format_usd


@dataclass(frozen=True, slots=True)
class CompareView:
    """Every string of a comparison; a table that has no row is None."""

    title: str
    sentences: tuple[tuple[Span, ...], ...]
    relative_notice: str | None
    warnings: tuple[Notice, ...]
    recommended: Table
    sizes: Table | None
    disagreements: Table | None
    runs: tuple[Fact, ...]
    method: tuple[str, ...]
    chart_description: str

    @property
    def answers(self) -> tuple[str, ...]:
        """The sentences as plain text."""
        return tuple("".join(span.text for span in sentence) for sentence in self.sentences)


def build_compare_view(comparison: Comparison) -> CompareView:
    """The strings of a comparison."""
    first = comparison.first
    names = [_name(run) for run in comparison.runs]
    sentences = tuple(build_sentence(comparison, contrast) for contrast in comparison.contrasts)
    said = " ".join(span.text for sentence in sentences for span in sentence)
    return CompareView(
        title=f"{', '.join(names[1:])} against {names[0]}",
        sentences=sentences,
        relative_notice=RELATIVE_NOTICE if first.result.measurements.relative else None,
        warnings=tuple(
            Notice(w.code, clean(w.message), clean(w.hint) if w.hint else None) for w in comparison.warnings
        ),
        recommended=_recommended(comparison),
        sizes=_sizes(comparison),
        disagreements=_disagreements(comparison, names),
        runs=tuple(_run(run) for run in comparison.runs),
        method=METHOD,
        chart_description=f"Duration and cost of {', '.join(names)} by memory size. {said}",
    )


def _name(run: NamedRun) -> str:
    return clean(run.name, limit=NAME_LIMIT)


def _recommended(comparison: Comparison) -> Table:
    first = comparison.first
    contrasts: list[Contrast | None] = [None, *comparison.contrasts]
    return Table(
        columns=(
            Column("run", 0, numeric=False),
            Column("memory", 0),
            Column("mean", 8),
            Column("95 % interval", 3),
            Column("p95", 5),
            Column(cost_title(first.result), 7),
            Column("cost interval", 2),
            Column("change of duration", 9),
            Column("its interval", 4),
            Column("change of cost", 10),
            Column("its interval", 6),
        ),
        rows=tuple(
            Row((_name(run), *_candidate(run), *_changes(contrast.recommended if contrast else None)))
            for run, contrast in zip(comparison.runs, contrasts, strict=True)
        ),
    )


def _candidate(run: NamedRun) -> tuple[str, ...]:
    chosen = run.result.recommendation.candidate
    duration, cost = chosen.duration_ms, chosen.cost_usd_per_million
    return (
        format_memory(chosen.memory_mb),
        _mean(chosen),
        duration_range(duration.low, duration.high) if duration else NOTHING,
        format_duration(duration.p95) if duration else NOTHING,
        _cost(chosen),
        usd_range(cost) if cost else NOTHING,
    )


def _changes(found: Difference | None) -> tuple[str, ...]:
    """The cells of a change; empty for the run that the others are compared with."""
    if found is None:
        return ("",) * 4
    return (*change_cells(found.duration), *change_cells(found.cost))


def _sizes(comparison: Comparison) -> Table | None:
    """Each size that a run shares with the first one, and what they were found to do there."""
    first = _name(comparison.first)
    found = [(contrast.run, size) for contrast in comparison.contrasts for size in contrast.sizes]
    found.sort(key=lambda each: each[1].after.memory_mb)
    if not found:
        return None
    several = len(comparison.contrasts) > 1
    unit = cost_title(comparison.first.result).removeprefix("$ ")
    columns = (
        Column("memory", 0),
        *([Column("run", 9, numeric=False)] if several else []),
        Column(f"mean of {first}", 3),
        Column("its mean", 3),
        Column("change of duration", 8),
        Column("its interval", 6),
        Column(f"$ of {first}", 2),
        Column(f"its $ {unit}", 2),
        Column("change of cost", 8),
        Column("its interval", 6),
    )
    rows = [
        Row(
            (
                format_memory(each.after.memory_mb),
                *([_name(run)] if several else []),
                _mean(each.before),
                _mean(each.after),
                *change_cells(each.duration),
                _cost(each.before),
                _cost(each.after),
                *change_cells(each.cost),
            )
        )
        for run, each in found
    ]
    return Table(columns, tuple(rows))


def _mean(candidate: Candidate) -> str:
    return format_duration(candidate.duration_ms.mean) if candidate.duration_ms else NOTHING


def _cost(candidate: Candidate) -> str:
    cost = candidate.cost_usd_per_million
    return format_usd(cost.mean) if cost else NOTHING


def _disagreements(comparison: Comparison, names: list[str]) -> Table | None:
    if not comparison.disagreements:
        return None
    return Table(
        columns=tuple(Column(title, 0, numeric=False) for title in ("condition", *names)),
        rows=tuple(
            Row((title_of(each.key), *(condition_text(value) for value in each.values)))
            for each in comparison.disagreements
        ),
    )


def _run(run: NamedRun) -> Fact:
    """Where the numbers of a run come from."""
    result = run.result
    text = f"{clean(result.command)}, tuner {clean(result.tool_version)}, {clean(result.created_at)}"
    return Fact(_name(run), text)
