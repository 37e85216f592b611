"""What a gate found as strings, formatted once: what every rendering of it lays out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tuner.gate import Ending, Finding, Side, Verdict
from tuner.gate.result import GateResult
from tuner.reporting.gate.comparison import Comparison, compare_rule, draw_intervals
from tuner.reporting.gate.durations import describe_durations
from tuner.reporting.gate.headline import build_advice, build_headline
from tuner.reporting.gate.phrases import (
    ENDING_WORDS,
    WITNESS_WORDS,
    failed_calls,
    rule_text,
    version_text,
)
from tuner.reporting.gate.standing import compares_anything, verdict_name
from tuner.reporting.headline import Fact, Span
from tuner.reporting.view import Notice
from tuner.reporting.wording import clean, condition_text, title_of
from tuner.units import counted, format_duration, format_percent, format_usd

RELATIVE_NOTICE = (
    "Measured in a local sandbox: the change from one version to the other is true, "
    "its milliseconds and dollars are not those on AWS."
)

_LONGEST_MARKED = 300


@dataclass(frozen=True, slots=True)
class GateView:
    """Every string of a gate's report, on one line each and free of control characters.

    `verdict` is the stable name of the answer, `headline` the answer in a sentence and `advice` what to do
    about it. `intervals` are lines of characters of one width.
    """

    function: str
    marker: str
    verdict: str
    headline: tuple[Span, ...]
    advice: str | None
    notice: str | None
    rows: tuple[Comparison, ...]
    intervals: tuple[str, ...]
    reasons: tuple[str, ...]
    warnings: tuple[Notice, ...]
    facts: tuple[Fact, ...]
    rules: tuple[str, ...]
    conditions: tuple[Fact, ...]
    command: str
    spent: str
    provenance: str
    chart_description: str

    @property
    def answer(self) -> str:
        """The headline as plain text."""
        return "".join(span.text for span in self.headline)


def build_gate_view(result: GateResult) -> GateView:
    """The strings of a gate's report; the only place where its result is put into words."""
    verdict = result.verdict
    return GateView(
        function=clean(result.function),
        marker=comment_marker(result.function),
        verdict=verdict_name(result),
        headline=build_headline(result),
        advice=build_advice(result),
        notice=RELATIVE_NOTICE if result.relative else None,
        rows=_rows(verdict) if verdict else (),
        intervals=draw_intervals(verdict.findings) if verdict else (),
        reasons=tuple(map(clean, verdict.reasons)) if verdict else (),
        warnings=_warnings(result),
        facts=_facts(result),
        rules=tuple(rule_text(rule) for rule in result.rules.rules),
        conditions=_conditions(result),
        command=clean(result.command, limit=4_000),
        spent=_spent(result),
        provenance=f"tuner {clean(result.tool_version)}, {clean(result.created_at)}",
        chart_description=describe_durations(result),
    )


def comment_marker(function: str) -> str:
    """The hidden line by which a comment on this function is found again; nothing in a name can end it."""
    raw = function.encode("utf-8", "surrogatepass")
    name = quote(raw, safe=" :/,@").replace("--", "%2D%2D")
    if len(name) > _LONGEST_MARKED:
        name = hashlib.sha256(raw).hexdigest()
    return f"<!-- tuner-gate: {name} -->"


def _rows(verdict: Verdict) -> tuple[Comparison, ...]:
    """Nothing where no rule has a number: a table of dashes says less than the sentence above it."""
    if not compares_anything(verdict):
        return ()
    return tuple(compare_rule(finding, verdict) for finding in verdict.findings)


def _warnings(result: GateResult) -> tuple[Notice, ...]:
    crossed = result.verdict.warnings if result.verdict else ()
    return (
        *(Notice(f"{finding.rule.metric}", clean(finding.reason)) for finding in crossed),
        *(
            Notice(clean(w.code), clean(w.message), clean(w.hint) if w.hint else None)
            for w in dict.fromkeys(result.warnings)
        ),
    )


def _facts(result: GateResult) -> tuple[Fact, ...]:
    """What was compared and what stands behind the answer."""
    facts = [Fact("Now", version_text(result.contender, result.created_at))]
    if result.baseline:
        facts.insert(0, Fact("Baseline", version_text(result.baseline, result.created_at)))
    if verdict := result.verdict:
        facts += _evidence(verdict)
    if accepted := result.acknowledged:
        facts.append(Fact("Accepted", f"{clean(accepted.reason)} ({clean(accepted.at)})"))
    return tuple(facts)


def _evidence(verdict: Verdict) -> list[Fact]:
    facts = [Fact("Measured", _measured(verdict))]
    if confirmation := _confirmation(verdict):
        facts.append(Fact("Confirmation", confirmation))
    if verdict.noise is not None:
        noise = f"the durations of one pair differ from the next's by {format_percent(verdict.noise)}"
        facts.append(Fact("Noise floor", noise))
    if visible := _visible(verdict.findings):
        facts.append(Fact("Smallest visible growth", visible))
    if heard := _witnesses(verdict.findings):
        facts.append(Fact("Seen in", heard))
    failures = [f"{side}: {failed_calls(verdict.failures.of(side))}" for side in Side]
    facts.append(Fact("Failures", "; ".join(failures)))
    said = [f"{side}: {clean(words)}" for side in Side if (words := verdict.failures.of(side).said)]
    if said:
        facts.append(Fact("Last failure", "; ".join(said)))
    alarm = (
        f"a change exactly at a threshold is called a regression at most {format_percent(verdict.alarm_rate)}"
        " of the time, the same code far more rarely"
    )
    return [*facts, Fact("False alarms", alarm)]


def _measured(verdict: Verdict) -> str:
    environments = f"{counted(verdict.environments, 'environment')} of each version"
    if verdict.ended_by is Ending.SAVED:
        return f"earlier, in {environments}; what was saved cannot be measured again"
    pairs = counted(verdict.pairs, "pair")
    return f"{pairs} of calls in {environments}, until {ENDING_WORDS[verdict.ended_by]}"


def _confirmation(verdict: Verdict) -> str | None:
    """What a fresh measurement said of the lines that the first one had found crossed."""
    again = [f.confirmation for f in verdict.findings if f.confirmation]
    if not verdict.confirmation_pairs and not again:
        return None
    said = "; ".join(clean(finding.reason) for finding in again)
    pairs = f"{counted(verdict.confirmation_pairs, 'fresh pair')} of calls"
    return f"{pairs}: {said}" if said else pairs


def _visible(findings: Sequence[Finding]) -> str:
    return ", ".join(
        f"{f.rule.metric} {format_percent(f.visible)}"
        for f in findings
        if f.visible is not None and f.decides
    )


def _witnesses(findings: Sequence[Finding]) -> str:
    return "; ".join(
        f"{f.rule.metric}: {WITNESS_WORDS[f.witness]}" for f in findings if f.witness and f.decides
    )


def _conditions(result: GateResult) -> tuple[Fact, ...]:
    known = {"target": result.target, "platform": result.platform, **result.conditions}
    return tuple(Fact(title_of(key), condition_text(value)) for key, value in known.items())


def _spent(result: GateResult) -> str:
    spent = result.spent
    paid = "not billed" if spent.cost_usd is None else f"for {format_usd(spent.cost_usd)}"
    took = format_duration(spent.seconds * 1000)
    return f"{counted(spent.invocations, 'invocation')} in {took}, {paid}"
