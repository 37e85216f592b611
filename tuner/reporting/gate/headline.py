"""The answer of a gate in one sentence, and what to do about it."""

from __future__ import annotations

from tuner.gate import Answer, Ending, Finding, Severity, Verdict
from tuner.gate.result import GateResult
from tuner.reporting.gate.phrases import failed_calls, from_to, grown
from tuner.reporting.gate.standing import (
    Standing,
    compares_anything,
    fails_more_often,
    regressed_findings,
    standing_of,
)
from tuner.reporting.headline import Span
from tuner.reporting.wording import clean, enumerated
from tuner.units import format_percent

_Sentence = tuple[Span, ...]

_RAISE = {
    Ending.MAX_PAIRS: "Allow more with --max-pairs, or accept a wider threshold.",
    Ending.MAX_SECONDS: "Allow more with --max-seconds, or accept a wider threshold.",
    Ending.MAX_SPEND: "Allow more with --max-spend, or accept a wider threshold.",
}


def build_headline(result: GateResult) -> _Sentence:
    """`my-func got 12 % dearer: $4.10 → $4.60 per million, surely above the 10 % allowed.`"""
    name, verdict = clean(result.function), result.verdict
    if verdict is None:
        missing = result.baseline is None
        found = "has nothing to compare with" if missing else "cannot be compared"
        return _sentence(f"{name} {found}", _because(result.note))
    if verdict.unusable:
        said = enumerated(map(clean, verdict.reasons))
        return _sentence(f"{name} could not be measured", _end(said))
    sentences = {
        Answer.REGRESSION: _regression,
        Answer.IMPROVEMENT: _improvement,
        Answer.PASS: _passed,
        Answer.INCONCLUSIVE: _in_doubt,
        Answer.NOT_COMPARABLE: _not_comparable,
    }
    sentence = sentences[verdict.answer](verdict, name)
    if result.acknowledged:
        return (*sentence, Span(f" Accepted: {_end(clean(result.acknowledged.reason))}"))
    return sentence


def build_advice(result: GateResult) -> str | None:
    """What to do next, where the answer alone does not say it."""
    verdict = result.verdict
    if result.baseline_written:
        return f"The baseline was written to {clean(result.baseline_written)}."
    if verdict is not None:
        return _advice(result, verdict)
    if result.baseline is None:
        return "Name a revision with --against, or write a baseline with --update-baseline."
    return "Measure the baseline anew with --update-baseline."


def _advice(result: GateResult, verdict: Verdict) -> str | None:
    if verdict.broken and verdict.broken.hint:
        return _end(_capital(clean(verdict.broken.hint)))
    if verdict.answer is Answer.IMPROVEMENT:
        saved = result.baseline is not None and result.baseline.measured_at is not None
        which = "the baseline" if saved else "the baseline file, if there is one,"
        return f"Update {which} with --update-baseline, or the gain can be lost again unnoticed."
    if verdict.answer is Answer.REGRESSION and not result.acknowledged:
        return 'If it is meant, accept it with --acknowledge "REASON".'
    if verdict.answer is Answer.INCONCLUSIVE:
        return _RAISE.get(verdict.ended_by, "Measure again, on a quieter machine if there is one.")
    return None


def _regression(verdict: Verdict, name: str) -> _Sentence:
    if fails_more_often(verdict):
        failures = verdict.failures
        before, after = failed_calls(failures.baseline), failed_calls(failures.contender)
        return _sentence(f"{name} fails more often", f"{after}; before, {before}.")
    leading, *others = regressed_findings(verdict)
    also = f"; {enumerated(_named(f) for f in others)} too" if others else ""
    text = f"{from_to(leading)}, surely above the {_line(leading)}{also}."
    return _sentence(f"{name} {_verb(leading)}", text)


def _improvement(verdict: Verdict, name: str) -> _Sentence:
    leading, *others = (f for f in verdict.findings if f.decides and standing_of(f, verdict) is Standing.GAIN)
    also = f"; {enumerated(_named(f) for f in others)} too" if others else ""
    gain = f"surely a gain of more than {format_percent(leading.allowed or 0.0)}"
    return _sentence(f"{name} {_verb(leading)}", f"{from_to(leading)}, {gain}{also}.")


def _passed(verdict: Verdict, name: str) -> _Sentence:
    kept = [f for f in verdict.findings if f.decides]
    leading = next((f for f in kept if f.change), kept[0])
    text = from_to(leading)
    if leading.change:
        text += f" ({format_percent(leading.change.estimate, signed=True)})"
    text += f", within the {_line(leading)}"
    if leading.visible is not None:
        text += f"; a growth of {format_percent(leading.visible)} or more would have been seen"
    if verdict.warnings:
        text += f"; a warning for {enumerated(map(_named, verdict.warnings))}"
    return _sentence(f"No regression in {name}", f"{text}.")


def _in_doubt(verdict: Verdict, name: str) -> _Sentence:
    said = verdict.reasons[0] if verdict.reasons else "too little was measured"
    return _sentence(f"Inconclusive for {name}", _end(clean(said)))


def _not_comparable(verdict: Verdict, name: str) -> _Sentence:
    if not compares_anything(verdict):
        return _sentence(f"Nothing was compared for {name}", "no call of both versions succeeded.")
    return _sentence(f"{name} cannot be compared", _end(enumerated(map(clean, verdict.reasons))))


def _verb(finding: Finding) -> str:
    if finding.rule.severity is Severity.BUDGET:
        return f"exceeds its budget for {finding.rule.metric}"
    change = finding.change.estimate if finding.change else 0.0
    return f"got {grown(finding.rule.metric, change)}"


def _line(finding: Finding) -> str:
    """What may be reached: `10 % allowed`, `budget of $4.00`."""
    if finding.rule.limit is not None:
        return f"budget of {finding.rule.metric.format_amount(finding.rule.limit)}"
    return f"{format_percent(finding.allowed or 0.0)} allowed"


def _named(finding: Finding) -> str:
    """`p95 +9.0 %`, `the budget for p95`."""
    if finding.change is None:
        return f"the budget for {finding.rule.metric}"
    return f"{finding.rule.metric} {format_percent(finding.change.estimate, signed=True)}"


def _sentence(strong: str, rest: str) -> _Sentence:
    return (Span(strong, strong=True), Span(f": {rest}"))


def _because(note: str | None) -> str:
    """Why nothing was compared, without the words that the sentence begins with."""
    said = clean(note or "no reason was given")
    return _end(said.removeprefix("nothing to compare with: ").removeprefix("not comparable: "))


def _end(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
