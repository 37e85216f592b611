"""What a gate answers: frozen records, with the sentences that justify them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tuner.gate.blocks import Breakage, Ending, Side
from tuner.gate.failures import Failures
from tuner.gate.rules import Rule, Severity
from tuner.gate.sightings import Witness

_EXIT_PASSED, _EXIT_REGRESSION, _EXIT_NOT_MEASURED, _EXIT_NO_ANSWER = 0, 1, 3, 4


class Answer(StrEnum):
    """What the evidence says."""

    PASS = "pass"
    REGRESSION = "regression"
    IMPROVEMENT = "improvement"
    INCONCLUSIVE = "inconclusive"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate between two bounds, each wrong at most as often as the gate's level says.

    That holds although measuring stops when a bound is good enough. A bound that so few calls cannot have
    is infinite, or the least that there can be: a change of -1 (100 % less), a value of zero.
    """

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one rule, by the first measurement. None is not known, or does not apply.

    `baseline` and `contender` are what the samples show, in the metric's unit; `change` is that of the
    contender against the baseline as a fraction (0.1 is 10 % more), by the `witness`. `allowed` is the
    growth that the rule allows, both of its parts together, as such a fraction. A budget has no `change`
    and no `allowed` but `value`, the contender's own with its bounds. `count` pairs of calls (of
    environments, for init and max_memory) stand behind it, and `noise` is how much one pair differs from
    the next. `visible` is the smallest growth that would have been called a regression, had it been seen
    at exactly its size. `confirmation` is what a fresh measurement said, where one was needed.
    """

    rule: Rule
    answer: Answer
    reason: str
    count: int = 0
    baseline: float | None = None
    contender: float | None = None
    change: Range | None = None
    allowed: float | None = None
    value: Range | None = None
    witness: Witness | None = None
    noise: float | None = None
    visible: float | None = None
    confirmation: Finding | None = None

    @property
    def decides(self) -> bool:
        """Whether it can fail the gate; a warning cannot."""
        return self.rule.severity is not Severity.WARN

    @property
    def crossed(self) -> bool:
        """Whether the line is surely crossed."""
        return self.answer is Answer.REGRESSION


@dataclass(frozen=True, slots=True)
class Verdict:
    """The gate's answer.

    `findings` has one entry a rule, in their order. `pairs` and `confirmation_pairs` are the pairs of warm
    calls that counted. `noise` is how much the durations of one pair differ from the next's, relative:
    None where there were no pairs. `alarm_rate` is how often a change exactly at a threshold would be called
    a regression. `environments` is in how many different ones the pairs were made: what a few happen to be
    like may pass for a change. `unusable` names the versions that could not be measured.
    """

    answer: Answer
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    failures: Failures
    pairs: int
    confirmation_pairs: int
    alarm_rate: float
    ended_by: Ending
    environments: int = 0
    noise: float | None = None
    unusable: tuple[Side, ...] = ()
    broken: Breakage | None = None

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are worth a warning and nothing more."""
        return tuple(f for f in self.findings if f.crossed and not f.decides)

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        if self.answer is Answer.REGRESSION:
            return _EXIT_REGRESSION
        if self.unusable:
            return _EXIT_NOT_MEASURED
        passed = self.answer in (Answer.PASS, Answer.IMPROVEMENT)
        return _EXIT_PASSED if passed else _EXIT_NO_ANSWER
