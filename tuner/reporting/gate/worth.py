"""Whether a result is worth a comment, for those who want to hear of changes only."""

from __future__ import annotations

from tuner.gate import Answer, Finding
from tuner.gate.result import GateResult


def worth_a_comment(result: GateResult, *, min_change: float) -> bool:
    """Whether it is more than a plain pass, or some metric surely moved by more than `min_change`.

    That is a fraction, 0.02 for 2 %. A gate without an answer is worth a comment too: silence would look
    like a pass.
    """
    verdict = result.verdict
    if verdict is None or verdict.answer is not Answer.PASS:
        return True
    if verdict.warnings or result.warnings or verdict.failures.contender.failed:
        return True
    return any(_moved(finding, min_change) for finding in verdict.findings)


def _moved(finding: Finding, min_change: float) -> bool:
    change = finding.change
    if change is None or abs(change.estimate) <= min_change:
        return False
    return change.low > 0 or change.high < 0
