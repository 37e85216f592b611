"""Is the new version worse? Errors and throttles counted, durations and cost by the gate. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from cost_models.pricing import Prices
from tuner.gate.boundaries import look_levels
from tuner.gate.design import ALARM_RATE
from tuner.gate.failures import chance_of_more
from tuner.gate.metrics import Metric
from tuner.gate.rules import Rules, Threshold
from tuner.gate.saved import conclude_saved
from tuner.gate.verdicts import Answer, Verdict
from tuner.records import Invocation, Outcome
from tuner.units import counted, format_count, format_percent

_QUESTIONS = 3
"""Errors, throttles, and the rules together: each may be wrong with a third of the rate."""
_TAIL_CALLS = {Metric.P95: 100}
"""So few calls of a version cannot bound a quantile (none beyond it would be seen with 1 % probability)."""
_CALLS = 20
_LONGER = 1.2  # what a longer bake is advised by, beyond the rate of calls that was seen


@dataclass(frozen=True, slots=True)
class Counts:
    """What CloudWatch counted of one version; `p95_ms` is that of the last minute, None if it had no call."""

    invocations: int = 0
    errors: int = 0
    throttles: int = 0
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one version: its counts, and the calls whose REPORT lines were read."""

    counts: Counts = Counts()
    calls: tuple[Invocation, ...] = ()

    @property
    def succeeded(self) -> tuple[Invocation, ...]:
        """The calls that ended well: how fast others failed says nothing."""
        return tuple(call for call in self.calls if call.outcome is Outcome.OK)


@dataclass(frozen=True, slots=True)
class Shares:
    """How often something happened, of how many calls, in both versions.

    `chance` is how probable the new version's share would be if it were no greater than the old one's.
    """

    name: str
    before: tuple[int, int]
    after: tuple[int, int]
    chance: float
    worse: bool

    def __str__(self) -> str:
        (old, of_old), (new, of_new) = self.before, self.after
        return (
            f"{format_count(new)} {self.name} in {counted(of_new, 'call')} of the new version "
            f"({_share(new, of_new)}), {format_count(old)} in {format_count(of_old)} of the old one "
            f"({_share(old, of_old)})"
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a look says. `answer` is regression, pass or inconclusive; `reasons` justify it."""

    answer: Answer
    reasons: tuple[str, ...]
    errors: Shares
    throttles: Shares
    verdict: Verdict
    before: Seen
    after: Seen


@dataclass(frozen=True, slots=True)
class Looks:
    """How often it is looked at in all: all looks together err with `ALARM_RATE` at most."""

    most: int

    def level(self, number: int) -> float:
        """How often this look, counted from 1, may be wrong."""
        return _level(number, self.most)


def judge(before: Seen, after: Seen, rules: Rules, prices: Prices, *, level: float) -> Judgement:
    """What was seen of both versions says of the new one, where each look may be wrong at this `level`."""
    share = level / _QUESTIONS
    old, new = before.counts, after.counts
    errors = _compared("errors", (old.errors, old.invocations), (new.errors, new.invocations), share)
    throttles = _compared(
        "throttles",
        (old.throttles, old.throttles + old.invocations),
        (new.throttles, new.throttles + new.invocations),
        share,
    )
    verdict = conclude_saved(rules, before.succeeded, after.succeeded, prices, alarm_rate=share)
    reasons = [f"more {shares.name}: {shares}" for shares in (errors, throttles) if shares.worse]
    if verdict.answer is Answer.REGRESSION:
        reasons += verdict.reasons
    answer = Answer.REGRESSION if reasons else Answer.INCONCLUSIVE
    if not reasons and verdict.answer in (Answer.PASS, Answer.IMPROVEMENT):
        answer, reasons = Answer.PASS, [f"{errors}", *verdict.reasons]
    return Judgement(answer, tuple(reasons or verdict.reasons), errors, throttles, verdict, before, after)


def needed_calls(rules: Rules) -> int:
    """About how many calls of each version these rules take."""
    return max(_TAIL_CALLS.get(rule.metric, _CALLS) for rule in rules.deciding)


def longer_factor(judgement: Judgement, rules: Rules) -> float | None:
    """How many times as long it would have to be watched for enough calls; None where they were enough."""
    seen = min(len(judgement.before.succeeded), len(judgement.after.succeeded))
    needed = needed_calls(rules)
    return needed / max(seen, 1) * _LONGER if seen < needed else None


def allowed_p95(predicted: float | None, tolerance: float, amount_ms: float) -> Threshold:
    """How much p95 may grow: by what the run predicts, and `tolerance` more, but at least this amount.

    A version that is predicted to be faster may still be as slow as before.
    """
    growth = max(0.0, predicted or 0.0)
    return Threshold((1 + growth) * (1 + tolerance) - 1, amount_ms)


def _compared(name: str, before: tuple[int, int], after: tuple[int, int], level: float) -> Shares:
    # Both counts are sums of their own, and the newest minute of one may be there before the other's.
    (old, of_old), (new, of_new) = ((n, max(n, of)) for n, of in (before, after))
    chance = chance_of_more(failed=new, of=of_new, others_failed=old, of_others=of_old) if new else 1.0
    return Shares(name, (old, of_old), (new, of_new), chance, chance < level)


@lru_cache(maxsize=1024)
def _level(number: int, most: int) -> float:
    return look_levels(tuple(n / most for n in range(1, number + 1)), ALARM_RATE)[-1]


def _share(count: int, of: int) -> str:
    return format_percent(count / of) if of else "none known"


def rounded_up(seconds: float) -> float:
    """To whole minutes, from one minute on [s]."""
    return math.ceil(seconds / 60) * 60 if seconds > 60 else math.ceil(seconds)
