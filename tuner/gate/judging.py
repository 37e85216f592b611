"""One measurement and its rules: is each line crossed, kept, or still in doubt? Pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuner.gate.failures import Failures, count_failures
from tuner.gate.rules import Rule, Threshold
from tuner.gate.samples import Sample
from tuner.gate.sightings import Look, Sighting, change_seen, noise_of, plain_value, value_seen
from tuner.gate.verdicts import Answer, Finding, Range
from tuner.gate.wording import budget_sentence, growth_sentence

_NO_GAIN = -math.inf


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one measurement says of every rule, and how its calls ended."""

    findings: tuple[Finding, ...]
    failures: Failures

    @property
    def suspicious(self) -> bool:
        """Whether it says that there is a regression."""
        return self.failures.regressed or any(f.crossed and f.decides for f in self.findings)

    @property
    def passed(self) -> bool:
        """Whether it says that every line that can fail the gate is kept."""
        kept = (Answer.PASS, Answer.IMPROVEMENT)
        return not self.failures.regressed and all(f.answer in kept for f in self.findings if f.decides)


def assess(rules: Sequence[Rule], look: Look) -> Assessment:
    """What was measured says of the rules."""
    return Assessment(tuple(judge(rule, look) for rule in rules), count_failures(look.samples.calls))


def judge(rule: Rule, look: Look) -> Finding:
    """What was measured says of one rule."""
    sample = look.samples.of(rule.metric)
    if sample is None:
        return _nothing_to_judge(rule, look)
    if rule.threshold is None:
        return _judge_budget(rule, sample, look)
    return _judge_growth(rule, rule.threshold, sample, look)


def witness_to_hear(sightings: Sequence[Sighting], line: float) -> Sighting:
    """The quietest witness on the same side of the line as the metric itself, which comes last.

    CPU time cannot acquit a function that now waits longer, nor the bulk one whose tail has grown: where
    what the calls show directly is across the line, only that counts.
    """
    above = sightings[-1].value > line
    return next(seen for seen in sightings if (seen.value > line) == above)


def _judge_growth(rule: Rule, threshold: Threshold, sample: Sample, look: Look) -> Finding:
    metric = rule.metric
    before, after = plain_value(metric, sample.baseline), plain_value(metric, sample.contender)
    allowed = threshold.fraction_of(before)
    line = math.log1p(allowed)
    seen = witness_to_hear(change_seen(metric, sample, look), line)
    gain = math.log1p(-allowed) if allowed < 1 else _NO_GAIN
    answer = _answer(seen, line, gain)
    change = _as_fractions(seen)
    return Finding(
        rule=rule,
        answer=answer,
        reason=growth_sentence(metric, answer, change, allowed),
        count=sample.count,
        baseline=before,
        contender=after,
        allowed=allowed,
        change=change,
        witness=seen.witness,
        noise=noise_of(sample),
        visible=_finite(math.expm1(line + seen.value - seen.low)),
    )


def _judge_budget(rule: Rule, sample: Sample, look: Look) -> Finding:
    metric, limit = rule.metric, rule.limit or 0.0
    seen = value_seen(metric, sample, look)
    answer = _answer(seen, math.log(limit), _NO_GAIN)
    value = Range(*(math.exp(log) for log in (seen.value, seen.low, seen.high)))
    before = plain_value(metric, sample.baseline)
    return Finding(
        rule=rule,
        answer=answer,
        reason=budget_sentence(metric, answer, value, limit, before),
        count=sample.count,
        baseline=before,
        contender=plain_value(metric, sample.contender),
        value=value,
        witness=seen.witness,
        noise=noise_of(sample),
    )


def _answer(seen: Sighting, line: float, gain: float) -> Answer:
    if seen.low > line:
        return Answer.REGRESSION
    if seen.high < gain:
        return Answer.IMPROVEMENT
    return Answer.PASS if seen.high < line else Answer.INCONCLUSIVE


def _nothing_to_judge(rule: Rule, look: Look) -> Finding:
    """Too little so far is in doubt; a metric that no call states is not comparable, and never kept."""
    if look.samples.states(rule.metric):
        return Finding(rule, Answer.INCONCLUSIVE, f"too few calls to judge {rule.metric}")
    why = f"{rule.metric} cannot be compared: no successful call of both versions states it"
    return Finding(rule, Answer.NOT_COMPARABLE, why)


def _as_fractions(seen: Sighting) -> Range:
    return Range(*(math.expm1(log) for log in (seen.value, seen.low, seen.high)))


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
