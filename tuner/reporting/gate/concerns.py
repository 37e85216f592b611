"""What a reader of a code review should hear of a result: one sentence each, with how serious it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tuner.gate import Answer, Verdict
from tuner.gate.result import GateResult
from tuner.reporting.gate.standing import fails_more_often, regressed_findings
from tuner.reporting.gate.view import build_gate_view
from tuner.reporting.wording import clean

CALLS, COMPARISON = "calls", "comparison"
"""What a concern is about where it is not about a rule."""


class Level(StrEnum):
    """How serious a concern is, in the words of a code review."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Concern:
    """`about` is a rule's text, and stable as long as the rule is."""

    level: Level
    about: str
    message: str


def concerns_of(result: GateResult) -> tuple[Concern, ...]:
    """Nothing for a plain pass."""
    verdict, said = result.verdict, build_gate_view(result).answer
    if verdict is None:
        return (Concern(Level.WARNING, COMPARISON, said),)
    if verdict.unusable:
        return (Concern(Level.ERROR, COMPARISON, said),)
    warned = tuple(
        Concern(Level.WARNING, str(finding.rule), clean(finding.reason)) for finding in verdict.warnings
    )
    if verdict.answer is Answer.REGRESSION:
        return (*_regressions(result, verdict), *warned)
    if verdict.answer is Answer.IMPROVEMENT:
        return (Concern(Level.NOTICE, COMPARISON, said), *warned)
    if verdict.answer is Answer.PASS:
        return warned
    return (Concern(Level.WARNING, COMPARISON, said), *warned)


def _regressions(result: GateResult, verdict: Verdict) -> tuple[Concern, ...]:
    level = Level.WARNING if result.acknowledged else Level.ERROR
    accepted = f"; accepted: {clean(result.acknowledged.reason)}" if result.acknowledged else ""
    found = [
        Concern(level, str(finding.rule), clean(finding.reason) + accepted)
        for finding in regressed_findings(verdict)
    ]
    if fails_more_often(verdict):
        found.insert(0, Concern(level, CALLS, clean(verdict.reasons[0]) + accepted))
    return tuple(found)
