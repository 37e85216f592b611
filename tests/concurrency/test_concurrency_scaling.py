"""The published examples of both scaling rules, and what a limit does to a climb."""

import pytest

from tuner.concurrency.scaling import EARLIER, TODAY, ScalingRule, climb, read_rate_rule
from tuner.errors import UsageError


def steps(found):
    return [(step.t_s, step.concurrency, step.throttled) for step in found.timeline]


def test_the_earlier_rule_reaches_4000_after_two_minutes():
    found = climb(EARLIER, present=100, demand=4_000, account_limit=5_000)
    assert [(0, 3_100, True), (60, 3_600, True), (120, 4_000, False)] == steps(found)
    assert 120 == found.reached_s


def test_under_a_function_limit_the_climb_stops_there():
    found = climb(EARLIER, present=100, demand=4_000, account_limit=5_000, function_limit=1_000)
    assert [(0, 1_000, True)] == steps(found)
    assert (None, 3_000) == (found.reached_s, found.throttled_for_good)


def test_todays_rule_adds_a_thousand_every_ten_seconds():
    found = climb(TODAY, present=100, demand=4_000, account_limit=5_000)
    assert [(0, 1_100, True), (10, 2_100, True), (20, 3_100, True), (30, 4_000, False)] == steps(found)


@pytest.mark.parametrize(
    ("present", "demand", "limit", "timeline"),
    [
        (50, 20, 1_000, [(0, 20, False)]),  # nothing to climb
        (50, 1_050, 2_000, [(0, 1_050, False)]),  # just the immediate increase
        (50, 1_051, 2_000, [(0, 1_050, True), (10, 1_051, False)]),
        (1_000, 4_000, 1_000, [(0, 1_000, True)]),  # at the limit already
    ],
)
def test_a_climb_at_its_edges(present, demand, limit, timeline):
    assert timeline == steps(climb(TODAY, present=present, demand=demand, account_limit=limit))


def test_a_climb_from_above_the_limit_is_refused():
    with pytest.raises(UsageError, match="above the limit"):
        climb(TODAY, present=2_000, demand=3_000, account_limit=1_000)


@pytest.mark.parametrize("increment", [0, 1])
def test_a_climb_without_end_is_refused(increment):
    with pytest.raises(UsageError, match="steps"):
        climb(ScalingRule(10, increment, 60), present=0, demand=90_000, account_limit=100_000)


@pytest.mark.parametrize(
    "text", ["1000", "1000/", "/10s", "0/10s", "1000/10", "1e9/10s", "1000/0s", "-5/10s"]
)
def test_a_rate_that_is_none_is_refused(text):
    with pytest.raises(UsageError, match="scaling rate"):
        read_rate_rule(text)


def test_a_rate_is_both_the_immediate_and_the_later_increase():
    assert ScalingRule(500, 500, 60) == read_rate_rule("500/1m")
