"""A version that fails is no sample of a fast one: every way to fail has its own, explicit answer."""

from functools import partial

import pytest
from gate_versions import broken, duel, ends, good, model, questions, scripted

from tuner.gate import Answer, Ending, Metric, Side, conclude
from tuner.records import Invocation, Outcome

ERROR = ends(Outcome.FUNCTION_ERROR, error_type="KeyError", error_message="'user'")
TOO_SMALL = ends(Outcome.OUT_OF_MEMORY)
TOO_SLOW = ends(Outcome.TIMEOUT)


def verdict_on(baseline, contender, **asked):
    questions_asked = questions(**asked)
    record = duel(baseline, contender, questions_asked).run()
    return record, conclude(record, questions_asked)


def now_and_then(outcome, every):
    """A script that fails in each `every`-th call."""

    def script(number, nth):
        return ends(outcome)(number, nth) if number % every == every - 1 else good(number, nth)

    return script


@pytest.mark.parametrize("script", [TOO_SMALL, TOO_SLOW])
def test_a_contender_that_now_has_too_little_memory_or_time_has_regressed(script):
    record, verdict = verdict_on(scripted(good), scripted(script))
    assert Answer.REGRESSION == verdict.answer
    assert 1 == verdict.exit_code
    assert (3, 3) == (len(record.blocks), len(record.confirmation))  # it is confirmed, and no call more made
    assert "the contender fails" in verdict.reasons[0]
    assert 0 == verdict.pairs


def test_a_contender_that_always_raises_could_not_be_measured():
    record, verdict = verdict_on(scripted(good), scripted(ERROR))
    assert (Answer.NOT_COMPARABLE, 3) == (verdict.answer, verdict.exit_code)
    assert (Side.CONTENDER,) == verdict.unusable
    assert Ending.NEVER_SUCCEEDED == record.ended_by
    assert "KeyError: 'user'" == verdict.failures.contender.said


@pytest.mark.parametrize("contender", [good, ERROR, TOO_SMALL])
def test_against_a_baseline_that_always_fails_nothing_passes(contender):
    _, verdict = verdict_on(scripted(TOO_SMALL), scripted(contender))
    assert (Answer.NOT_COMPARABLE, 3) == (verdict.answer, verdict.exit_code)
    assert Side.BASELINE in verdict.unusable


@pytest.mark.parametrize(
    ("baseline", "contender", "side"),
    [(good, broken("no module named app"), "contender"), (broken("no module named app"), good, "baseline")],
)
def test_a_version_that_cannot_be_run_is_named_with_its_message(baseline, contender, side):
    _, verdict = verdict_on(scripted(baseline), scripted(contender))
    assert (Answer.NOT_COMPARABLE, 3) == (verdict.answer, verdict.exit_code)
    assert (Side(side),) == verdict.unusable
    assert f"the {side} could not be run: no module named app" == verdict.reasons[0]
    assert "look at the handler" == verdict.broken.hint


def test_a_contender_that_fails_often_where_the_baseline_never_did_has_regressed():
    _, verdict = verdict_on(scripted(good), scripted(now_and_then(Outcome.FUNCTION_ERROR, 3)))
    assert Answer.REGRESSION == verdict.answer
    assert verdict.failures.baseline.failed == 0 < verdict.failures.contender.failed


def test_versions_that_fail_alike_are_compared_by_what_succeeded():
    flaky = partial(now_and_then, Outcome.FUNCTION_ERROR)
    _, verdict = verdict_on(scripted(flaky(9)), scripted(flaky(9)))
    assert Answer.PASS == verdict.answer
    assert verdict.failures.contender.failed > 0


def test_throttling_says_nothing_of_the_function():
    _, verdict = verdict_on(scripted(good), scripted(now_and_then(Outcome.THROTTLED, 4)))
    assert Answer.PASS == verdict.answer
    assert 0 == verdict.failures.contender.failed


def test_a_metric_that_no_call_states_is_never_kept():
    _, verdict = verdict_on(
        model(init_ms=None), model(init_ms=None, seed=1), fail={"init": "20%", "p50": "20%"}
    )
    assert (Answer.NOT_COMPARABLE, 4) == (verdict.answer, verdict.exit_code)
    assert ("init cannot be compared: no successful call of both versions states it",) == verdict.reasons


def test_a_warning_that_cannot_be_judged_does_not_keep_a_gate_from_passing():
    _, verdict = verdict_on(
        model(init_ms=None), model(init_ms=None, seed=1), fail={"p50": "20%"}, warn={"init": "20%"}
    )
    assert Answer.PASS == verdict.answer
    found = {f.rule.metric: f.answer for f in verdict.findings}
    assert Answer.NOT_COMPARABLE == found[Metric.INIT]


def test_nothing_measured_is_not_comparable():
    asked = questions()
    from tuner.gate import DuelRecord

    verdict = conclude(DuelRecord(blocks=()), asked)
    assert (Answer.NOT_COMPARABLE, 4) == (verdict.answer, verdict.exit_code)


def test_calls_whose_log_was_lost_are_no_samples():
    lost = Invocation(512, Outcome.UNREADABLE_LOG)
    record, verdict = verdict_on(scripted(good), scripted(lambda number, nth: lost))
    assert (Answer.NOT_COMPARABLE, 3) == (verdict.answer, verdict.exit_code)
    assert 3 == len(record.blocks)
