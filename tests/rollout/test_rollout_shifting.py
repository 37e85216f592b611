"""Schedules, CodeDeploy's names for them, and judgements from counts alone."""

import pytest
import yaml

from cost_models.pricing import find_prices
from tuner.errors import UsageError
from tuner.gate import Answer, Metric, Rule, Rules, Severity
from tuner.records import Invocation, Outcome
from tuner.rollout.emitting import Emit, emit
from tuner.rollout.judging import Counts, Looks, Seen, allowed_p95, judge, longer_factor, needed_calls
from tuner.rollout.looking import Log
from tuner.rollout.shifting import Step, format_span, read_schedule

PRICES = find_prices("eu-central-1", "x86_64")
P95 = Rules((Rule(Metric.P95, Severity.FAIL, threshold=allowed_p95(None, 0.2, 5.0)),))


def seen(calls, *, duration_ms=100.0, errors=0, throttles=0):
    made = [
        Invocation(512, Outcome.OK, duration_ms * (0.95 + n * 7 % 10 / 100), 100, environment=f"e{n % 5}")
        for n in range(calls)
    ]
    return Seen(Counts(calls, errors, throttles), tuple(made))


def test_the_usual_shift_is_a_canary():
    assert (Step(0.1, 300.0),) == read_schedule().steps


def test_linear_goes_up_in_equal_steps_until_the_last():
    steps = read_schedule(linear="30%", every="2m").steps
    assert [(0.3, 120.0), (0.6, 120.0), (0.9, 120.0)] == [(step.weight, step.seconds) for step in steps]


def test_linear_in_tenths_takes_nine_steps():
    assert [round(n / 10, 1) for n in range(1, 10)] == [s.weight for s in read_schedule(linear="10%").steps]


@pytest.mark.parametrize(("bake", "looks"), [("30s", 1), ("5m", 5), ("48h", 60)])
def test_a_look_a_minute_but_not_without_end(bake, looks):
    assert looks == read_schedule(bake=bake).most_looks


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 s"), (90, "90 s"), (60, "1 min"), (300, "5 min"), (5400, "1 h 30 min"), (125, "2 min 5 s")],
)
def test_a_span_reads_like_an_option(seconds, text):
    assert text == format_span(seconds)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "Canary10Percent5Minutes"),
        ({"canary": "10%", "bake": "0.5h"}, "Canary10Percent30Minutes"),
        ({"linear": "10%"}, "Linear10PercentEvery1Minute"),
        ({"linear": "10%", "every": "10m"}, "Linear10PercentEvery10Minutes"),
        ({"all_at_once": True}, "AllAtOnce"),
    ],
)
def test_what_codedeploy_has_is_printed_for_it(options, name):
    schedule = read_schedule(**options)
    preference = yaml.safe_load(emit(Emit.DEPLOYMENT_PREFERENCE, schedule, function="f", alias="live"))
    assert {"Type": name} == preference["DeploymentPreference"]
    assert ("live", True) == (preference["AutoPublishAlias"], preference["AutoPublishAliasAllProperties"])
    text = emit(Emit.APPSPEC, schedule, function="my-func", alias="live")
    assert f"CodeDeployDefault.Lambda{name}" in text
    found = yaml.safe_load(text)["Resources"][0]["my-func"]["Properties"]
    assert ("my-func", "live") == (found["Name"], found["Alias"])


@pytest.mark.parametrize(
    ("options", "nearest"),
    [
        ({"canary": "25%"}, "Canary10Percent5Minutes: --canary 10% --bake 5m"),
        ({"canary": "10%", "bake": "12m"}, "Canary10Percent10Minutes: --canary 10% --bake 10m"),
        ({"linear": "10%", "every": "5m"}, "Linear10PercentEvery3Minutes: --linear 10% --every 3m"),
    ],
)
def test_what_codedeploy_has_not_is_refused_with_the_nearest(options, nearest):
    with pytest.raises(UsageError) as found:
        emit(Emit.DEPLOYMENT_PREFERENCE, read_schedule(**options), function="f", alias="live")
    assert nearest in found.value.hint


def test_all_looks_together_are_as_sure_as_one():
    levels = [Looks(5).level(number) for number in range(1, 6)]
    assert sorted(levels) == levels
    assert 0.01 > levels[-1] > levels[0] > 0


def test_a_smaller_size_may_be_as_slow_as_predicted_and_a_little_more():
    assert 1.4 == pytest.approx(allowed_p95(1.0, 0.2, 5.0).fraction_of(100))
    assert 0.2 == pytest.approx(allowed_p95(-0.5, 0.2, 5.0).fraction_of(100))
    assert 0.5 == pytest.approx(allowed_p95(0.0, 0.2, 5.0).fraction_of(10))


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        (seen(150), Answer.PASS),
        (seen(150, duration_ms=150), Answer.REGRESSION),
        (seen(150, errors=12), Answer.REGRESSION),
        (seen(150, throttles=12), Answer.REGRESSION),
        (seen(150, errors=1), Answer.PASS),
        (seen(20), Answer.INCONCLUSIVE),
        (seen(0), Answer.INCONCLUSIVE),
    ],
)
def test_a_judgement_follows_from_what_was_seen(after, answer):
    assert answer is judge(seen(400), after, P95, PRICES, level=0.01).answer


def test_errors_count_though_no_call_succeeded():
    after = Seen(Counts(40, errors=40))
    assert Answer.REGRESSION is judge(seen(400), after, P95, PRICES, level=0.01).answer


def test_failures_that_are_fast_do_not_pass_for_speed():
    calls = tuple(Invocation(512, Outcome.FUNCTION_ERROR, 1.0, 1, environment="e") for _ in range(400))
    judgement = judge(seen(400), Seen(Counts(400), calls), P95, PRICES, level=0.01)
    assert Answer.INCONCLUSIVE is judgement.answer


def test_counts_of_different_minutes_are_no_contradiction():
    after = Seen(Counts(invocations=1, errors=2))
    assert (2, 2) == judge(seen(400), after, P95, PRICES, level=0.01).errors.after


def test_how_much_longer_follows_from_the_calls_that_there_were():
    judgement = judge(seen(400), seen(20), P95, PRICES, level=0.01)
    assert 100 == needed_calls(P95)
    assert 6.0 == pytest.approx(longer_factor(judgement, P95))
    assert longer_factor(judge(seen(400), seen(150), P95, PRICES, level=0.01), P95) is None


def test_a_shared_log_group_has_the_function_in_its_streams():
    from datetime import UTC, datetime

    day = datetime(2026, 3, 4, tzinfo=UTC)
    assert "2026/03/04/[7]" == Log("/aws/lambda/f", "Text", "f").prefix(day, "7")
    assert "2026/03/04/f[7]" == Log("shared", "Text", "f").prefix(day, "7")
