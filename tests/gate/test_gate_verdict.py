"""From rules and records to the verdict: what is sure, what is confirmed, what is left in doubt."""

import math
from dataclasses import replace

import pytest
from gate_versions import PRICES, duel, good, model, questions, scripted

from tuner.gate import Answer, Ending, Metric, Severity, conclude, conclude_saved, read_rules


def gate(baseline, contender, *, seed=0, **asked):
    wanted = questions(**asked)
    record = duel(baseline, contender, wanted, seed=seed).run()
    return record, conclude(record, wanted)


@pytest.mark.parametrize(
    ("duration_ms", "answer", "code"),
    [
        (200.0, Answer.PASS, 0),
        (280.0, Answer.REGRESSION, 1),
        (130.0, Answer.IMPROVEMENT, 0),
        (220.0, Answer.INCONCLUSIVE, 4),  # exactly what is allowed
    ],
)
def test_the_answer_follows_the_truth(duration_ms, answer, code):
    _, verdict = gate(model(), model(duration_ms, seed=1), max_pairs=100)
    assert (answer, code) == (verdict.answer, verdict.exit_code)
    assert verdict.reasons


def test_a_large_change_takes_few_pairs_and_a_small_one_more():
    _, large = gate(model(), model(400.0, seed=1))
    _, small = gate(model(), model(216.0, seed=1), max_pairs=240)
    assert large.pairs <= 30 < small.pairs


def test_a_regression_is_measured_again_and_both_are_told():
    record, verdict = gate(model(), model(300.0, seed=1))
    crossed = next(f for f in verdict.findings if f.crossed)
    assert crossed.confirmation.crossed
    assert verdict.confirmation_pairs == sum(len(block.samples(5)) for block in record.confirmation) >= 20
    used = {call.sequence for block in record.blocks for pair in block.pairs for call in pair}
    again = {call.sequence for block in record.confirmation for pair in block.pairs for call in pair}
    assert set() == used & again


def test_what_is_not_confirmed_is_in_doubt():
    asked = questions()
    slow, same = (duel(model(), model(ms, seed=1), asked).run() for ms in (300.0, 200.0))
    verdict = conclude(replace(slow, confirmation=same.blocks), asked)
    assert (Answer.INCONCLUSIVE, 4) == (verdict.answer, verdict.exit_code)
    assert all(reason.endswith("a fresh measurement did not confirm it") for reason in verdict.reasons)


def test_what_could_not_be_confirmed_is_in_doubt():
    asked = questions()
    record = duel(model(), model(300.0, seed=1), asked).run()
    cut = replace(record, confirmation=(), ended_by=Ending.MAX_SECONDS)
    verdict = conclude(cut, asked)
    assert Answer.INCONCLUSIVE == verdict.answer
    assert verdict.reasons[0].endswith("it could not be measured again")


def test_one_rule_in_doubt_keeps_the_gate_from_passing():
    _, verdict = gate(model(cv=0.05), model(cv=0.05, seed=1), fail={"p50": "20%", "p95": "1%"}, max_pairs=60)
    answers = {f.rule.metric: f.answer for f in verdict.findings}
    assert {Metric.P50: Answer.PASS, Metric.P95: Answer.INCONCLUSIVE} == answers
    assert Answer.INCONCLUSIVE == verdict.answer


def test_a_warning_does_not_fail_the_gate():
    _, verdict = gate(model(cv=0.05), model(230.0, cv=0.05, seed=1), fail={"p50": "50%"}, warn={"p50": "5%"})
    assert (Answer.PASS, 0) == (verdict.answer, verdict.exit_code)
    assert [Severity.WARN] == [f.rule.severity for f in verdict.warnings]


def test_warnings_do_not_prolong_the_measuring():
    warned, silent = (
        gate(model(), model(seed=1), fail={"p50": "20%"}, warn=warn)[1] for warn in ({"p95": "1%"}, {})
    )
    assert silent.pairs == warned.pairs


def test_a_percentage_of_a_tiny_function_is_not_a_regression_by_itself():
    fail = {"p50": "10% and 2ms"}
    _, verdict = gate(model(4.0, cv=0.05), model(4.8, cv=0.05, seed=1), fail=fail)
    assert Answer.PASS == verdict.answer
    assert 0.5 == pytest.approx(verdict.findings[0].allowed, rel=0.1)


def test_a_budget_is_confirmed_like_any_rule():
    _, verdict = gate(model(), model(seed=1), fail={}, budget={"p50": "150ms"})
    assert (Answer.REGRESSION, 1) == (verdict.answer, verdict.exit_code)
    assert verdict.findings[0].confirmation.crossed


def test_the_noise_and_the_smallest_visible_change_are_stated():
    _, short = gate(model(cv=0.1), model(cv=0.1, seed=1), fail={"p50": "5%"}, max_pairs=40)
    _, long = gate(model(cv=0.1), model(cv=0.1, seed=1), fail={"p50": "5%"}, max_pairs=240)
    assert 0.1 * math.sqrt(2) == pytest.approx(long.noise, rel=0.3)
    assert 0.05 < long.findings[0].visible < short.findings[0].visible


def test_identical_calls_pass_without_certainty():
    _, verdict = gate(scripted(good), scripted(good))
    assert Answer.PASS == verdict.answer
    assert verdict.findings[0].change.low < 0 < verdict.findings[0].change.high


def test_the_number_of_environments_is_told():
    record, verdict = gate(model(), model(seed=1))
    assert len(record.blocks) == verdict.environments


@pytest.mark.parametrize(
    ("duration_ms", "answer"),
    [
        (200.0, Answer.PASS),
        (300.0, Answer.REGRESSION),
        (120.0, Answer.IMPROVEMENT),
        (220.0, Answer.INCONCLUSIVE),
    ],
)
def test_two_saved_runs_are_compared_without_pairs(duration_ms, answer):
    baseline, contender = (calls(model(ms, seed=seed)) for ms, seed in ((200.0, 5), (duration_ms, 6)))
    verdict = conclude_saved(read_rules(warn={}), baseline, contender, PRICES)
    assert answer == verdict.answer, verdict.reasons
    assert Ending.SAVED == verdict.ended_by
    assert 12 == verdict.environments


def test_saved_runs_of_one_environment_each_are_compared_call_by_call():
    baseline, contender = (calls(model(ms, seed=n), environments=1) for n, ms in enumerate((200.0, 320.0)))
    verdict = conclude_saved(read_rules(warn={}), baseline, contender, PRICES)
    assert (Answer.REGRESSION, 1) == (verdict.answer, verdict.environments)


def test_saved_runs_in_which_nothing_succeeded_are_not_comparable():
    nothing = calls(model(used_mb=4096))
    verdict = conclude_saved(read_rules(warn={}), nothing, nothing, PRICES)
    assert (Answer.NOT_COMPARABLE, 3) == (verdict.answer, verdict.exit_code)
    assert Answer.NOT_COMPARABLE == conclude_saved(read_rules(), (), (), PRICES).answer


def calls(version, *, environments=12, each=12):
    """What a run would have saved of a version."""
    from tuner.platforms.base import InvocationRequest

    return [
        version.platform.invoke(InvocationRequest(version.memory_mb, 30, b"{}", fresh=n == 0))
        for _ in range(environments)
        for n in range(each if environments > 1 else 60)
    ]
