"""The peers' methods, on functions without noise where their arithmetic can be done by hand."""

import math

import pytest
from peers import Function, parrotfish, power_tuning, steady_sample, trimmed_mean

from cost_models.workload import Noise, PointsDuration, Workload
from tuner.records import Strategy

QUIET = Noise()


def workload(points, *, init_ms=300.0, noise=QUIET):
    return Workload("by hand", PointsDuration(tuple(points)), noise=noise, init_duration_ms=init_ms)


@pytest.mark.parametrize(
    ("mean", "values"),
    [
        (3.0, [1000, 2, 3, 4, 1]),  # one of five goes at each end
        (4.0, [1, 2, 3, 10]),  # a fifth of four is no whole call
        (5.5, list(range(1, 11))),
        (25.5, [*range(1, 50), 10_000]),  # ten of fifty: 11 to 40 are left
    ],
)
def test_a_fifth_of_the_calls_is_trimmed_at_each_end(mean, values):
    assert mean == trimmed_mean(values)


def test_power_tuning_prices_the_rounded_trimmed_mean_of_billed_time():
    # 101 ms x 128 MB = 12,928 is dearer than 50 ms x 256 MB = 12,800; by the exact time it would be cheaper.
    function = workload([(128, 100.01), (256, 50.0)])
    assert 100.01 * 128 > 50.0 * 256
    assert 256 == power_tuning(function, (128, 256), 5, Strategy.COST, 0).memory_mb
    # 99.2 is billed as 100: as dear as 50 ms at twice the size, and of equals the faster is taken.
    assert (
        256 == power_tuning(workload([(128, 99.2), (256, 50.0)]), (128, 256), 5, Strategy.COST, 0).memory_mb
    )


def test_power_tuning_makes_its_calls_at_every_size_and_no_more():
    answer = power_tuning(workload([(128, 100.0), (1024, 20.0)]), (128, 512, 1024), 10, Strategy.COST, 0)
    assert 30 == answer.invocations
    assert answer.stated is None


def test_the_cold_call_is_trimmed_away_from_five_calls_on_only():
    # Init adds 300 ms to one call; in the mean of four it makes 128 MB the slower size by 75 ms.
    points = [(128, 100.0), (1024, 120.0)]
    function = workload(points)
    assert 128 == power_tuning(function, (128, 1024), 5, Strategy.SPEED, 0).memory_mb
    steady = workload(points, init_ms=None)
    assert [128, 128] == [
        power_tuning(f, (128, 1024), 4, Strategy.SPEED, 0).memory_mb for f in (steady, function)
    ]


def test_of_equally_fast_sizes_power_tuning_takes_the_cheaper():
    assert (
        128 == power_tuning(workload([(128, 50.0), (512, 50.0)]), (128, 512), 5, Strategy.SPEED, 0).memory_mb
    )


def test_power_tuning_balances_cost_and_duration_over_their_largest():
    # Durations 1, 0.5, 0.4 and costs 0.625, 0.625, 1 of the largest: sums 1.625, 1.125, 1.4.
    function = workload([(128, 100.0), (256, 50.0), (512, 40.0)])
    assert 256 == power_tuning(function, (128, 256, 512), 5, Strategy.BALANCED, 0).memory_mb


def test_a_steady_function_needs_four_samples_after_four_cold_calls():
    function = Function(workload([(128, 80.2)]), seed=0)
    assert [81.0] * 4 == steady_sample(function, 128)
    assert 8 == function.invocations


def test_an_unsteady_function_gets_at_most_eight_calls_more_and_its_spread_is_talked_down():
    function = Function(workload([(128, 10_000.0)], noise=Noise(cv=0.5)), seed=0)
    kept = steady_sample(function, 128)
    assert 4 == len(kept)
    assert 16 == function.invocations
    assert max(kept) / min(kept) < 1.5


def decaying(memory_mb, floor, scale, decay_mb):
    return floor + scale * math.exp(-memory_mb / decay_mb)


def test_parrotfish_finds_the_cheapest_size_of_its_own_kind_of_curve():
    parameters = (2000.0, 90_000.0, 250.0)
    function = workload([(m, decaying(m, *parameters)) for m in range(128, 3009, 16)])
    answer = parrotfish(function, (128, 3008), 0, near_start=True)
    cheapest = min(range(128, 3009), key=lambda m: m * decaying(m, *parameters))
    assert 128 < cheapest < 3008
    assert cheapest == pytest.approx(answer.memory_mb, abs=2)
    assert answer.invocations % 8 == 0  # four cold calls and four samples a size
    assert 3 * 8 <= answer.invocations <= 6 * 8


def test_parrotfish_looks_at_no_size_above_3008_mb():
    function = workload([(1024, 1000.0), (10_240, 10.0)])
    assert parrotfish(function, (1024, 10_240), 0).memory_mb <= 3008
