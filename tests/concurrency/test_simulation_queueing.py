"""The simulation against closed forms: M/M/infinity, M/G/infinity, Erlang B, within Monte Carlo error.

Every run has a fixed seed. Its timeline has rows of 120 s, 120 times the mean duration, so rows
are nearly independent, and the mean of a row's numbers has the standard error s / sqrt(rows). Four of these
are allowed: a correct simulation would fail one of 15,000 such comparisons with seeds drawn at random. Rows
before ten mean durations have passed are left out, since the account starts empty.
"""

import math
from statistics import mean, stdev

import pytest
from scipy.stats import expon
from simulated import UNBOUND, Exponential, function, play

from tuner.concurrency.erlang import erlang_b
from tuner.concurrency.simulation.durations import LogNormal

STANDARD_ERRORS = 4


def assert_mean(expected, observed):
    allowed = STANDARD_ERRORS * stdev(observed) / math.sqrt(len(observed))
    assert abs(mean(observed) - expected) <= allowed, (mean(observed), expected, allowed)


@pytest.mark.parametrize("load", [0.5, 20.0])
@pytest.mark.parametrize("durations", [Exponential(1.0), LogNormal(1.0, 2.0)], ids=["M/M", "M/G"])
def test_without_a_limit_the_mean_concurrency_is_the_load(load, durations):
    result = play(
        function(rate=load, durations=durations),
        seconds=12_000,
        account_limit=100_000,
        scaling=UNBOUND,
        seed=11,
    )
    assert 0 == result.totals.throttled
    assert_mean(load, [row.concurrency for row in result.timeline[1:]])


@pytest.mark.parametrize(("limit", "load"), [(1, 0.3), (2, 2.0), (5, 3.0), (10, 6.0), (10, 12.0), (40, 35.0)])
@pytest.mark.parametrize("durations", [Exponential(1.0), LogNormal(1.0, 0.5)], ids=["M/M/c/c", "M/G/c/c"])
def test_the_throttled_share_is_erlang_b(limit, load, durations):
    result = play(
        function(rate=load, durations=durations, reserved=limit), seconds=12_000, scaling=UNBOUND, seed=12
    )
    rows = result.timeline[1:]
    share = erlang_b(limit, load)
    assert_mean(load * share, [row.totals.throttled / result.profile.step_s for row in rows])
    assert_mean(load * (1 - share), [row.concurrency for row in rows])
    assert result.totals.throttled == result.totals.throttled_by["concurrency"]


def test_the_spillover_of_provisioned_concurrency_is_erlang_b():
    result = play(function(rate=8.0, provisioned=10), seconds=12_000, scaling=UNBOUND, seed=13)
    quantities = {
        line.name: float(line.quantity) for line in result.functions[0].line_items if line.unit == "GB-s"
    }
    spilled = quantities["Compute"] / (quantities["Compute"] + quantities["Provisioned compute"])
    assert erlang_b(10, 8.0) == pytest.approx(spilled, rel=0.05)


@pytest.mark.parametrize("share", [0.5, 0.95, 0.99])
def test_latency_percentiles_are_those_of_the_durations(share):
    result = play(
        function(rate=100.0, durations=Exponential(0.2)), seconds=1_000, account_limit=100_000, seed=14
    )
    name = f"p{round(share * 100)}"
    assert 200 * expon.ppf(share) == pytest.approx(result.latency_ms[name], rel=0.03)
