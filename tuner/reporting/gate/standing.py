"""Where a result and each of its findings stand: what every rendering of a gate tells apart."""

from __future__ import annotations

from enum import StrEnum

from tuner.gate import Answer, Ending, Finding, Verdict
from tuner.gate.result import GateResult

NO_BASELINE = "no_baseline"
"""The verdict where there was nothing to compare with."""


class Standing(StrEnum):
    """How a rule came out, in the words of a table."""

    KEPT = "within"
    GAIN = "gain"
    REGRESSION = "regression"
    UNCONFIRMED = "not confirmed"
    WARNING = "warning"
    IN_DOUBT = "in doubt"
    UNKNOWN = "not comparable"


_OF_ANSWER = {
    Answer.PASS: Standing.KEPT,
    Answer.IMPROVEMENT: Standing.GAIN,
    Answer.INCONCLUSIVE: Standing.IN_DOUBT,
    Answer.NOT_COMPARABLE: Standing.UNKNOWN,
}


def standing_of(finding: Finding, verdict: Verdict) -> Standing:
    """Where a rule stands in a verdict.

    A line that is surely crossed is a regression where a fresh measurement found it crossed again; saved
    runs cannot be measured again, and are judged more strictly instead.
    """
    so_far = standing_so_far(finding)
    if so_far is not Standing.UNCONFIRMED:
        return so_far
    again = finding.confirmation
    sure = verdict.answer is Answer.REGRESSION and (again is None or again.crossed)
    return Standing.REGRESSION if sure else Standing.UNCONFIRMED


def standing_so_far(finding: Finding) -> Standing:
    """Where a rule stands before anything is confirmed."""
    if not finding.crossed:
        return _OF_ANSWER[finding.answer]
    return Standing.UNCONFIRMED if finding.decides else Standing.WARNING


def compares_anything(verdict: Verdict) -> bool:
    """Whether any rule has numbers of both versions."""
    return any(f.baseline is not None and f.contender is not None for f in verdict.findings)


def verdict_name(result: GateResult) -> str:
    """One of the answers, or `no_baseline`; two versions that may not be compared are `not_comparable`."""
    if result.verdict is not None:
        return str(result.verdict.answer)
    return NO_BASELINE if result.baseline is None else str(Answer.NOT_COMPARABLE)


def regressed_findings(verdict: Verdict) -> tuple[Finding, ...]:
    """The findings that fail the gate, in the order of the rules."""
    return tuple(f for f in verdict.findings if standing_of(f, verdict) is Standing.REGRESSION)


def fails_more_often(verdict: Verdict) -> bool:
    """Whether calls that fail are a reason for the regression, beside those that the rules give."""
    if verdict.answer is not Answer.REGRESSION or not verdict.failures.regressed:
        return False
    return verdict.ended_by is Ending.SAVED or len(verdict.reasons) > len(regressed_findings(verdict))
