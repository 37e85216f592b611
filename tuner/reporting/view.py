"""A result as strings, formatted once: what every rendering of a report lays out."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.records import Candidate, RunWarning, TuningResult
from tuner.reporting.cold import build_cold_table
from tuner.reporting.headline import (
    Fact,
    Pick,
    Span,
    build_facts,
    build_headline,
    build_picks,
    million_invocations,
)
from tuner.reporting.method import RELATIVE_NOTICE, build_method, build_spent
from tuner.reporting.rows import (
    Table,
    build_table,
    cost_title,
    failure_words,
    function_message,
    has_only_failed,
    is_ruled_out,
)
from tuner.reporting.wording import clean, condition_text, title_of
from tuner.units import format_duration, format_memory

SAID_IN_TEXT = frozenset({"W-RELATIVE", "W-SMALL-TAIL"})
"""Warnings that a report says in words of its own: in its notice, and among the reasons of the timeout."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A size that cannot be recommended or that failed: why, and the function's own last words."""

    memory: str
    why: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning: its stable code, what happened, what to do."""

    code: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ReportView:
    """Every string of a report, on one line each and free of control characters."""

    function: str
    headline: tuple[Span, ...]
    relative_notice: str | None
    facts: tuple[Fact, ...]
    reasons: tuple[str, ...]
    timeout_reasons: tuple[str, ...]
    concurrency: tuple[str, ...]
    table: Table
    cold: Table | None
    cost_title: str
    picks: tuple[Pick, ...]
    excluded: tuple[Exclusion, ...]
    warnings: tuple[Notice, ...]
    method: tuple[str, ...]
    conditions: tuple[Fact, ...]
    spent: str
    command: str
    provenance: str
    chart_description: str

    @property
    def answer(self) -> str:
        """The headline as plain text."""
        return "".join(span.text for span in self.headline)


def build_view(result: TuningResult) -> ReportView:
    """The strings of a report; the only place where a result is put into words."""
    return ReportView(
        function=clean(result.measurements.function),
        headline=build_headline(result),
        relative_notice=RELATIVE_NOTICE if result.measurements.relative else None,
        facts=build_facts(result),
        reasons=tuple(clean(reason) for reason in result.recommendation.reasons),
        timeout_reasons=tuple(clean(reason) for reason in result.timeout.reasons),
        concurrency=_concurrency(result),
        table=build_table(result),
        cold=build_cold_table(result),
        cost_title=cost_title(result),
        picks=build_picks(result),
        excluded=_excluded(result),
        warnings=_warnings(result),
        method=build_method(result),
        conditions=_conditions(result),
        spent=build_spent(result),
        command=clean(result.command, limit=4_000),
        provenance=f"tuner {clean(result.tool_version)}, {clean(result.created_at)}",
        chart_description=_chart_description(result),
    )


def _concurrency(result: TuningResult) -> tuple[str, ...]:
    if result.invocations_per_month is None:
        return ()
    # It needs numpy, which most reports do without.
    from tuner.reporting.concurrency.in_run import build_concurrency

    return build_concurrency(result, result.invocations_per_month)


def _excluded(result: TuningResult) -> tuple[Exclusion, ...]:
    exclusions = []
    for candidate in sorted(result.candidates, key=lambda c: c.memory_mb):
        failure = failure_words(candidate)
        # Of a size where everything failed there is nothing to add.
        ruled_out = is_ruled_out(candidate) and not has_only_failed(candidate)
        rejected = clean(candidate.rejected or "") if ruled_out else None
        why = "; ".join(words for words in (failure, rejected) if words)
        if why:
            message = function_message(result, candidate.memory_mb) if failure else None
            exclusions.append(Exclusion(format_memory(candidate.memory_mb), why, message))
    return tuple(exclusions)


def _warnings(result: TuningResult) -> tuple[Notice, ...]:
    # A stage may pass on what an earlier one said; the reader needs it once.
    every = (*result.warnings, *result.timeout.warnings, *result.measurements.warnings)
    return tuple(_notice(warning) for warning in dict.fromkeys(every) if warning.code not in SAID_IN_TEXT)


def _notice(warning: RunWarning) -> Notice:
    return Notice(clean(warning.code), clean(warning.message), clean(warning.hint) if warning.hint else None)


def _conditions(result: TuningResult) -> tuple[Fact, ...]:
    known = {
        "target": result.measurements.target,
        "platform": result.measurements.platform,
        **result.measurements.conditions,
        **result.conditions,
    }
    return tuple(Fact(title_of(key), condition_text(value)) for key, value in known.items())


def _chart_description(result: TuningResult) -> str:
    """The chart in words, for those who cannot see it."""
    known = sorted((c for c in result.candidates if c.duration_ms), key=lambda c: c.memory_mb)
    chosen, today = result.recommendation.candidate, result.current
    sentences = [f"Expected duration and cost of {clean(result.measurements.function)} by memory size."]
    if len(known) > 1:
        sentences.append(f"From {_numbers(result, known[0])} to {_numbers(result, known[-1])}.")
    sentences.append(f"Recommended: {_numbers(result, chosen)}.")
    if today and today.memory_mb != chosen.memory_mb:
        sentences.append(f"Today: {_numbers(result, today)}.")
    return " ".join(sentences)


def _numbers(result: TuningResult, candidate: Candidate) -> str:
    parts = [format_memory(candidate.memory_mb)]
    if candidate.duration_ms:
        parts.append(format_duration(candidate.duration_ms.mean))
    elif failure := failure_words(candidate):
        parts.append(failure)
    if candidate.cost_usd_per_million:
        parts.append(million_invocations(result, candidate.cost_usd_per_million.mean))
    return ", ".join(parts)
