"""Results of a gate built by hand, one per outcome. Deterministic: no measuring, no randomness."""

from __future__ import annotations

import math
from dataclasses import replace

from tuner.gate import (
    Answer,
    Breakage,
    Ending,
    Failures,
    Finding,
    Metric,
    Range,
    Rule,
    Rules,
    Severity,
    Side,
    Tally,
    Verdict,
    Witness,
    read_rules,
)
from tuner.gate.result import Acknowledgement, GateResult, Version
from tuner.gate.wording import budget_sentence, growth_sentence
from tuner.records import Outcome, RunWarning, Spent

RULES = read_rules()
COST, P50, P95, INIT, MAX_MEMORY = RULES.rules
LAST_MONTH = "2026-10-27T16:02:11Z"
HOSTILE = "<script>alert(1)</script> | --> **x**\n\u202e::error::@team `rm` %0A"
_WITNESSES = {
    Metric.COST: Witness.BILL,
    Metric.P50: Witness.TYPICAL_DURATION,
    Metric.P95: Witness.DURATION,
    Metric.INIT: Witness.INIT_DURATION,
    Metric.MAX_MEMORY: Witness.PEAK_MEMORY,
}


def growth(
    rule: Rule, before: float, change: float, width: float = 0.02, answer: Answer | None = None
) -> Finding:
    """A finding of a change between bounds, judged as the gate does."""
    assert rule.threshold is not None
    allowed = rule.threshold.fraction_of(before)
    found = Range(change, change - width, change + width)
    if answer is None:
        answer = _judged(found, allowed)
    return Finding(
        rule=rule,
        answer=answer,
        reason=growth_sentence(rule.metric, answer, found, allowed),
        count=40,
        baseline=before,
        contender=before * (1 + change),
        change=found,
        allowed=allowed,
        witness=_WITNESSES[rule.metric],
        noise=0.042,
        visible=allowed + width,
    )


def _judged(found: Range, allowed: float) -> Answer:
    if found.low > allowed:
        return Answer.REGRESSION
    if found.high < -allowed:
        return Answer.IMPROVEMENT
    return Answer.PASS if found.high < allowed else Answer.INCONCLUSIVE


def confirmed(finding: Finding) -> Finding:
    return replace(finding, confirmation=replace(finding, count=20))


def unknown(rule: Rule, why: str) -> Finding:
    return Finding(rule, Answer.NOT_COMPARABLE, f"{rule.metric} cannot be compared: {why}")


def findings(cost: float, *, width: float = 0.02, p95: float = 0.0) -> tuple[Finding, ...]:
    """What every rule says of a function that changed by so much."""
    return (
        growth(COST, 4.10, cost, width),
        growth(P50, 410.0, cost * 0.98, width),
        growth(P95, 520.0, p95 or cost, width * 2),
        growth(INIT, 212.0, 0.011, 0.06),
        growth(MAX_MEMORY, 87.0, 0.0, 0.005),
    )


def ok(calls: int) -> Tally:
    return Tally({Outcome.OK: calls})


def verdict(answer: Answer, found: tuple[Finding, ...], **changed: object) -> Verdict:
    reasons = tuple(f.reason for f in found if f.decides and f.answer is answer)
    usual = Verdict(
        answer=answer,
        reasons=reasons,
        findings=found,
        failures=Failures(ok(48), ok(48)),
        pairs=40,
        confirmation_pairs=20 if answer is Answer.REGRESSION else 0,
        alarm_rate=0.01,
        ended_by=Ending.DECIDED,
        environments=8,
        noise=0.042,
    )
    return replace(usual, **changed)  # type: ignore[arg-type]


def durations(typical: float, calls: int = 40) -> tuple[float, ...]:
    """A right-skewed sample, the same every time."""
    return tuple(typical * math.exp(0.06 * math.sin(7.1 * i) + 0.3 * (i % 19 == 7)) for i in range(calls))


def result(found: Verdict | None, *, change: float = 0.0, **changed: object) -> GateResult:
    usual = GateResult(
        tool_version="0.1.0",
        created_at="2026-11-24T09:30:00Z",
        command="tuner gate my-func --against main",
        function="my-func",
        target="local:src:app.handler",
        platform="local",
        relative=True,
        baseline=Version("main", 512, commit="1f0c9a7be2d84c6fa3f0b1c2d3e4f5a6b7c8d9e0"),
        contender=Version("working tree", 512),
        rules=RULES,
        verdict=found,
        spent=Spent(invocations=136, memory_sizes=1, cost_usd=None, seconds=64.2),
        conditions={"architecture": "x86_64", "region": "us-east-1", "price_date": "2026-11-01"},
        durations_ms=(durations(402.0), durations(402.0 * (1 + change))),
    )
    return replace(usual, **changed)  # type: ignore[arg-type]


def regression() -> GateResult:
    cost, p50, *others = findings(0.14, width=0.015)
    found = (confirmed(cost), confirmed(p50), *others)
    return result(verdict(Answer.REGRESSION, found), change=0.14)


def regression_of_a_budget() -> GateResult:
    rule = Rule(Metric.P95, Severity.BUDGET, limit=500.0)
    value = Range(583.0, 561.0, 606.0)
    said = budget_sentence(Metric.P95, Answer.REGRESSION, value, 500.0, 470.0)
    over = Finding(
        rule, Answer.REGRESSION, said, 40, 470.0, 583.0, value=value, witness=Witness.DURATION, noise=0.04
    )
    found = (growth(COST, 4.10, 0.02), confirmed(over))
    return result(verdict(Answer.REGRESSION, found), rules=Rules(tuple(f.rule for f in found)))


def improvement() -> GateResult:
    found = verdict(Answer.IMPROVEMENT, findings(-0.18, width=0.02))
    return result(
        found, change=-0.18, baseline=Version("tuner.baseline.json", 512, "1f0c9a7be2d8", LAST_MONTH)
    )


def passed() -> GateResult:
    return result(verdict(Answer.PASS, findings(-0.003)))


def passed_with_a_warning() -> GateResult:
    found = findings(0.021, p95=0.31)
    slow = RunWarning("W-BUSY", "other work slowed 12 of 96 calls down", "measure on a quieter machine")
    return result(verdict(Answer.PASS, found), change=0.02, warnings=(slow,))


def inconclusive() -> GateResult:
    found = findings(0.091, width=0.04)
    return result(
        verdict(Answer.INCONCLUSIVE, found, pairs=144, environments=29, ended_by=Ending.MAX_PAIRS),
        change=0.09,
    )


def not_confirmed() -> GateResult:
    cost, _, *others = findings(0.125, width=0.02)
    again = growth(COST, 4.11, 0.06, 0.05)
    doubtful = (replace(cost, confirmation=again), growth(P50, 410.0, 0.11), *others)
    reasons = (f"{cost.reason}; a fresh measurement did not confirm it",)
    found = verdict(Answer.INCONCLUSIVE, doubtful, reasons=reasons, confirmation_pairs=40)
    return result(found, change=0.12)


def no_baseline() -> GateResult:
    return result(
        None,
        baseline=None,
        durations_ms=((), ()),
        note="nothing to compare with: there is no tuner.baseline.json, and --against names no revision",
        spent=Spent(0, 0, None, 0.0),
    )


def first_baseline() -> GateResult:
    return replace(no_baseline(), baseline_written="tuner.baseline.json")


def different_region() -> GateResult:
    return result(
        None,
        target="aws:my-func:26",
        platform="aws",
        relative=False,
        baseline=Version("tuner.baseline.json", 512, measured_at=LAST_MONTH),
        contender=Version("26", 512),
        durations_ms=((), ()),
        note="not comparable: region was eu-west-1 and is us-east-1",
        spent=Spent(0, 0, 0.0, 0.0),
    )


def _broken(side: Side) -> GateResult:
    said = "the handler cannot be imported: ModuleNotFoundError: No module named 'pillow'"
    found = verdict(
        Answer.NOT_COMPARABLE,
        tuple(unknown(rule, "no call of both versions succeeded") for rule in RULES.rules),
        reasons=(f"the {side} could not be run: {said}",),
        failures=Failures(Tally(), Tally()),
        pairs=0,
        environments=0,
        noise=None,
        ended_by=Ending.BROKEN,
        unusable=(side,),
        broken=Breakage(side, said, "install what it imports, then run tuner gate again"),
    )
    return result(found, durations_ms=((), ()), spent=Spent(1, 1, None, 1.3))


def broken_contender() -> GateResult:
    return _broken(Side.CONTENDER)


def broken_base() -> GateResult:
    return _broken(Side.BASELINE)


def empty() -> GateResult:
    why = "no call of both versions succeeded"
    found = verdict(
        Answer.NOT_COMPARABLE,
        tuple(unknown(rule, why) for rule in RULES.rules),
        failures=Failures(Tally(), Tally()),
        pairs=0,
        environments=0,
        noise=None,
        ended_by=Ending.MAX_SECONDS,
    )
    return result(found, durations_ms=((), ()), spent=Spent(0, 1, None, 0.0))


def acknowledged() -> GateResult:
    accepted = Acknowledgement("new checksum of every image, agreed in the review", "2026-11-24T09:30:00Z")
    return replace(regression(), acknowledged=accepted, baseline_written="tuner.baseline.json")


def out_of_memory() -> GateResult:
    said = "Runtime.OutOfMemory: Runtime exited with error: signal: killed"
    tally = Tally({Outcome.OUT_OF_MEMORY: 5}, said)
    failing = f"the contender fails: {tally}, where the baseline had no failure in 5 calls; it said: {said}"
    found = verdict(
        Answer.REGRESSION,
        tuple(unknown(rule, "no call of both versions succeeded") for rule in RULES.rules),
        reasons=(failing,),
        failures=Failures(ok(5), tally),
        pairs=0,
        confirmation_pairs=0,
        environments=0,
        noise=None,
        ended_by=Ending.NEVER_SUCCEEDED,
    )
    return result(found, durations_ms=((), ()), spent=Spent(20, 1, None, 11.0))


def live() -> GateResult:
    """Two versions on AWS, so few pairs that one bound is open."""
    cost = growth(COST, 4.10, 0.03, 0.05)
    open_ended = Range(0.02, -1.0, math.inf)
    early = replace(
        growth(P50, 410.0, 0.02),
        change=open_ended,
        visible=None,
        answer=Answer.INCONCLUSIVE,
        reason=growth_sentence(Metric.P50, Answer.INCONCLUSIVE, open_ended, 0.1),
    )
    found = verdict(Answer.INCONCLUSIVE, (cost, early), pairs=15, environments=3, ended_by=Ending.MAX_SPEND)
    return result(
        found,
        target="aws:my-func:26",
        platform="aws",
        relative=False,
        command="tuner gate aws:my-func:26 --against 25",
        baseline=Version("25", 512),
        contender=Version("26", 512),
        rules=Rules((COST, P50)),
        spent=Spent(36, 1, 0.00021, 44.0),
    )


def saved_runs() -> GateResult:
    """Nothing confirms a regression between two saved runs."""
    found = verdict(
        Answer.REGRESSION, findings(0.14, width=0.02), ended_by=Ending.SAVED, pairs=0, confirmation_pairs=0
    )
    return result(
        found,
        change=0.14,
        command="tuner gate my-func --baseline before.json --contender now.json",
        baseline=Version("before.json", 512, measured_at=LAST_MONTH),
        contender=Version("now.json", 512, measured_at="2026-11-24T08:12:40Z"),
        spent=Spent(0, 0, None, 0.0),
    )


def hostile() -> GateResult:
    found = verdict(Answer.PASS, findings(0.01))
    return result(
        found,
        function=HOSTILE,
        command=f"tuner gate {HOSTILE}",
        baseline=Version(HOSTILE, 512, commit=HOSTILE),
        contender=Version(HOSTILE, 512),
        conditions={HOSTILE: HOSTILE},
        warnings=(RunWarning("W-ODD", HOSTILE, HOSTILE),),
        acknowledged=Acknowledgement(HOSTILE, HOSTILE),
    )


CASES = {
    case.__name__: case
    for case in (
        regression,
        regression_of_a_budget,
        improvement,
        passed,
        passed_with_a_warning,
        inconclusive,
        not_confirmed,
        no_baseline,
        first_baseline,
        different_region,
        broken_contender,
        broken_base,
        empty,
        acknowledged,
        out_of_memory,
        live,
        saved_runs,
        hostile,
    )
}
