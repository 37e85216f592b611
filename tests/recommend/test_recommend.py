"""Strategies, constraints and reasons, on curves fitted to functions whose truth is known."""

import numpy as np
import pytest

from cost_models.pricing import find_prices
from cost_models.workload import Noise, PhysicalDuration, PointsDuration, Workload
from tuner.errors import InfeasibleError, NoAnswerError
from tuner.fit import fit_duration_curve
from tuner.measure.session import Session
from tuner.option_values import LatencyLimit
from tuner.options import RunOptions
from tuner.plans import Budget, Plan, SearchMethod
from tuner.platforms.model import ModelPlatform
from tuner.recommend import recommend
from tuner.records import Basis, FunctionSettings, Strategy

PRICES = find_prices("us-east-1", "x86_64")
SIZES = (128, 256, 512, 1024, 1769, 3008)
CPU = Workload("cpu", PhysicalDuration(2, 180), noise=Noise(0.03), used_memory_mb=50)
WAITING = Workload("io", PhysicalDuration(200, 0.2), noise=Noise(0.03), used_memory_mb=50)
MIXED = Workload("mixed", PhysicalDuration(60, 60), noise=Noise(0.03), used_memory_mb=50)


def measurements_of(workload, current=None, sizes=SIZES):
    platform = ModelPlatform(workload, seed=3, current=current)
    plan = Plan(SearchMethod.GRID, (sizes[0], sizes[-1]), sizes, 12, 0, 30, 3, Budget(1000))
    session = Session(platform, plan)
    session.measure(sizes, 12)
    return session.finished()


def advice_of(workload, *, current=None, sizes=SIZES, extrapolated=(), **options):
    found = measurements_of(workload, current, sizes)
    curve = fit_duration_curve(found.warm_durations_ms(), draws=200)
    return recommend(curve, found, PRICES, RunOptions(**options), extrapolated_mb=extrapolated)


def picked(advice, strategy=Strategy.COST):
    return advice.recommendations[strategy].candidate.memory_mb


def row(advice, memory_mb):
    return next(c for c in advice.candidates if c.memory_mb == memory_mb)


def test_a_waiting_function_is_cheapest_at_the_smallest_size():
    assert 128 == picked(advice_of(WAITING))


def test_among_sizes_of_one_price_the_fastest_is_taken_and_it_says_so():
    advice = advice_of(CPU)
    assert 1024 <= picked(advice) <= 1769
    assert any("inside the noise" in reason for reason in advice.recommendations[Strategy.COST].reasons)


def test_speed_takes_no_more_memory_than_it_needs():
    assert 1769 == picked(advice_of(CPU), Strategy.SPEED)
    assert 128 == picked(advice_of(WAITING), Strategy.SPEED)


def test_the_balanced_weight_goes_from_speed_to_cost():
    sizes = [
        picked(advice_of(MIXED, balanced_weight=weight), Strategy.BALANCED) for weight in (0.0, 0.5, 1.0)
    ]
    assert sizes == sorted(sizes, reverse=True)
    # Speed gives up a little of itself for a lower cost, which a weight of nothing but speed does not.
    assert picked(advice_of(MIXED), Strategy.SPEED) <= sizes[0]
    assert picked(advice_of(MIXED), Strategy.COST) >= sizes[2]


def test_a_latency_limit_rules_out_the_sizes_that_may_break_it():
    advice = advice_of(MIXED, max_duration=LatencyLimit(200, "p95"))
    assert MIXED.expected_duration_ms(picked(advice)) < 200
    assert "latency" in row(advice, 128).rejected
    assert any("within the limit" in r for r in advice.recommendations[Strategy.COST].reasons)


def test_an_impossible_latency_limit_names_the_nearest_answer():
    with pytest.raises(InfeasibleError, match="keeps p95 within") as caught:
        advice_of(WAITING, max_duration=LatencyLimit(50, "p95"))
    assert "the nearest is" in caught.value.hint
    assert 4 == caught.value.exit_code


def test_a_bound_on_the_cost_increase_takes_the_fastest_within_it():
    cheapest = picked(advice_of(MIXED))
    advice = advice_of(MIXED, max_cost_increase=0.5)
    assert picked(advice) > cheapest
    costs = {c.memory_mb: c.cost_usd_per_million.mean for c in advice.candidates}
    assert costs[picked(advice)] <= 1.55 * min(costs.values())


def test_memory_bounds_hold():
    assert picked(advice_of(WAITING, min_memory=512)) == 512
    assert picked(advice_of(CPU, max_memory=512), Strategy.SPEED) == 512


def test_bounds_that_leave_no_measured_size_are_no_answer():
    with pytest.raises(NoAnswerError, match="none of them was measured"):
        advice_of(WAITING, min_memory=600, max_memory=700)


def test_headroom_over_the_peak_is_kept():
    # 128 MB runs, with 120 MB used: 20 % headroom asks for 144 MB.
    tight = Workload("tight", PhysicalDuration(200, 0.2), noise=Noise(0.03), used_memory_mb=120)
    advice = advice_of(tight)
    assert 256 == picked(advice)
    assert "headroom" in row(advice, 128).rejected


def test_a_failed_size_is_a_row_and_never_the_answer():
    hungry = Workload("hungry", PhysicalDuration(200, 1), noise=Noise(0.03), used_memory_mb=200)
    advice = advice_of(hungry)
    failed = row(advice, 128)
    assert failed.duration_ms is None
    assert failed.cost_usd_per_million is None
    assert "out of memory in 1 of 1" in failed.rejected
    assert 256 == picked(advice)


def test_today_is_kept_when_the_gain_is_inside_the_noise():
    advice = advice_of(CPU, current=FunctionSettings(1700, 10))
    recommendation = advice_of(CPU, current=FunctionSettings(1700, 10), sizes=(*SIZES, 1700)).recommendations
    assert 1700 == recommendation[Strategy.COST].candidate.memory_mb
    assert any("keep it" in r or "right size" in r for r in recommendation[Strategy.COST].reasons)
    assert row(advice, 1700).basis is Basis.FITTED


def test_the_change_from_today_is_stated_with_its_interval():
    recommendation = advice_of(CPU, current=FunctionSettings(3008, 10)).recommendations[Strategy.COST]
    assert -45 < recommendation.change_from_current.cost_percent < -35
    assert "today's 3,008 MB" in recommendation.reasons[0]


def test_todays_size_that_fails_is_named():
    hungry = Workload("hungry", PhysicalDuration(200, 1), noise=Noise(0.03), used_memory_mb=200)
    recommendation = advice_of(hungry, current=FunctionSettings(128, 3)).recommendations[Strategy.COST]
    assert recommendation.change_from_current is None
    assert "Today's 128 MB fails" in recommendation.reasons[0]


def test_measured_costs_are_the_plain_mean_of_the_invoices():
    found = measurements_of(CPU)
    curve = fit_duration_curve(found.warm_durations_ms(), draws=200)
    advice = recommend(curve, found, PRICES, RunOptions())
    for size in SIZES:
        invoices = [
            i.billed_duration_ms / 1000 * size / 1024 * 0.0000166667 + 0.0000002 for i in found.warm(size)
        ]
        estimate = row(advice, size).cost_usd_per_million
        assert pytest.approx(np.mean(invoices) * 1e6) == estimate.mean
        assert estimate.low <= estimate.mean <= estimate.high


def test_a_month_is_billed_by_its_price_tiers():
    # 3 billion calls x 182 ms x 1769 MB are 0.94 billion GB-s: tier 1 alone; 30 billion reach tier 2.
    few = row(advice_of(CPU, invocations_per_month=3_000_000_000), 1769)
    many = row(advice_of(CPU, invocations_per_month=30_000_000_000), 1769)
    assert pytest.approx(few.cost_usd_per_million.mean * 3000) == few.cost_usd_per_month
    assert many.cost_usd_per_month < 0.98 * many.cost_usd_per_million.mean * 30_000
    assert row(advice_of(CPU), 1769).cost_usd_per_month is None


def test_calls_of_a_millisecond_are_billed_a_whole_one():
    tiny = Workload("tiny", PhysicalDuration(1.02, 0.0), noise=Noise(0.3), used_memory_mb=50)
    advice = advice_of(tiny, sizes=(128, 1024))
    billed = row(advice, 128)
    priced_naively = 1.02 / 1000 * 128 / 1024 * 0.0000166667 * 1e6 + 0.2
    assert billed.cost_usd_per_million.mean > priced_naively
    band = advice.curve.band[0].cost_usd_per_million
    assert band.low <= billed.cost_usd_per_million.mean <= band.high * 1.01


def test_no_point_on_the_pareto_front_is_dominated():
    advice = advice_of(MIXED)
    front = [c for c in advice.candidates if c.on_pareto_front]
    assert front
    band = {p.memory_mb: p for p in advice.curve.band}
    points = [(band[c.memory_mb]) for c in front if c.memory_mb in band]
    for a in points:
        for b in points:
            dominated = (
                b.duration_ms.mean < a.duration_ms.mean
                and b.cost_usd_per_million.mean < a.cost_usd_per_million.mean
            )
            assert not dominated


def test_sizes_beyond_the_measured_are_shown_and_never_recommended():
    parallel = Workload("par", PhysicalDuration(0, 500, 0.98), noise=Noise(0.03), used_memory_mb=50)
    advice = advice_of(parallel, extrapolated=(5120, 10_240))
    assert [Basis.EXTRAPOLATED] * 2 == [row(advice, s).basis for s in (5120, 10_240)]
    assert 3008 == picked(advice, Strategy.SPEED)
    assert any(point.extrapolated for point in advice.curve.band)
    narrow, wide = row(advice, 3008).duration_ms, row(advice, 10_240).duration_ms
    assert (wide.high - wide.low) / wide.mean > (narrow.high - narrow.low) / narrow.mean


def test_the_answer_is_a_measured_size_and_says_what_it_may_lose():
    steep = Workload(
        "cliff", PointsDuration(((128, 900.0), (600, 850.0), (700, 60.0), (3008, 58.0))), noise=Noise(0.03)
    )
    chosen = advice_of(steep, sizes=(128, 512, 1024, 3008)).recommendations[Strategy.COST]
    assert Basis.MEASURED is chosen.candidate.basis
    assert chosen.expected_regret.mean > 0.05  # the cliff is somewhere between two sizes, unmeasured
    assert chosen.expected_regret.bound > 0.1


def test_a_size_that_is_surely_the_best_has_no_regret():
    regret = advice_of(WAITING).recommendations[Strategy.COST].expected_regret
    assert regret.mean < 0.001
    assert regret.bound < 0.001
