"""The rules of AWS Lambda one at a time, on requests whose times are given."""

from decimal import Decimal

import pytest
from simulated import function, play

from tuner.concurrency.scaling import EARLIER, TODAY, ScalingRule, climb
from tuner.concurrency.simulation.durations import LogNormal


def outcome(result, name="f"):
    return next(f for f in result.functions if f.function.name == name)


def test_a_function_with_150_reserved_throttles_at_150_while_others_share_the_rest():
    everybody = [0.001 * n for n in range(1_000)]
    result = play(
        function("x", times=everybody, duration_s=30, reserved=150),
        function("y", times=everybody, duration_s=30),
        function("z", times=everybody, duration_s=30),
        account_limit=1_000,
    )
    assert 150 == outcome(result, "x").peak_concurrency
    assert 850 == outcome(result, "x").totals.throttled
    shared = outcome(result, "y").peak_concurrency + outcome(result, "z").peak_concurrency
    assert 850 == shared
    assert 1_000 == result.peak_concurrency


def test_reserved_concurrency_of_zero_stops_a_function():
    result = play(function(times=[1.0, 2.0], reserved=0))
    assert (2, 0) == (result.totals.throttled, result.totals.completed)


@pytest.mark.parametrize("rule", [EARLIER, TODAY])
def test_a_burst_climbs_as_the_rule_says(rule):
    # Every second 4,100 requests ask for an environment, each for longer than the simulation lasts.
    demanding = function(times=[second for second in range(140) for _ in range(4_100)], duration_s=900)
    result = play(demanding, seconds=140, account_limit=4_100, scaling=rule)
    peaks = {row.t_s: row.peak_concurrency for row in result.timeline}
    for step in climb(rule, present=0, demand=4_100, account_limit=4_100).timeline:
        if step.t_s in peaks:
            refilled = result.profile.step_s * rule.per_second
            assert step.concurrency - 1 <= peaks[step.t_s] <= step.concurrency + refilled
    assert (120 if rule is EARLIER else 40) in peaks


def test_the_published_burst_comes_out_of_the_simulation():
    # 100 in progress, then a demand of 4,000 whose callers come back each minute: 3,100, 3,600, 4,000.
    times = [0.0] * 100 + [60.0] * 3_900 + [120.0] * 900 + [180.0] * 400
    result = play(function(times=times, duration_s=900), seconds=200, account_limit=5_000, scaling=EARLIER)
    peaks = {row.t_s: row.peak_concurrency for row in result.timeline}
    assert [100, 3_100, 3_600, 4_000] == [peaks[t_s] for t_s in (0, 60, 120, 180)]
    assert 900 + 400 == result.totals.throttled == result.totals.throttled_by["scaling_rate"]


def test_the_scaling_rate_refills_but_does_not_accrue():
    # After 100 idle seconds still no more than 1,000 at once.
    result = play(function(times=[100.0] * 1_500, duration_s=5), seconds=110, account_limit=5_000)
    assert 500 == result.totals.throttled_by["scaling_rate"]


def test_today_functions_scale_by_themselves_and_before_they_shared_the_burst():
    pair = [function(name, times=[1.0] * 1_000, duration_s=9) for name in ("a", "b")]
    assert 0 == play(*pair, account_limit=5_000).totals.throttled
    shared = ScalingRule(immediate=1_500, increment=500, period_s=60, shared=True)
    assert 500 == play(*pair, account_limit=5_000, scaling=shared).totals.throttled


def test_a_concurrency_of_n_admits_ten_n_requests_a_second():
    # 100 requests of 1 ms within a second never overlap, yet 5 reserved admit 50.
    times = [2 + n / 100 for n in range(100)]
    result = play(function(times=times, duration_s=0.001, reserved=5))
    assert 50 == result.totals.throttled_by["requests_per_second"]


def test_provisioned_concurrency_spills_over_past_its_number_and_its_rate():
    crowd = play(function(times=[1.0] * 12, duration_s=5, provisioned=10, init=LogNormal(1.0)))
    assert (12, 2) == (crowd.totals.completed, crowd.totals.cold_starts)
    quick = play(function(times=[1 + n / 120 for n in range(120)], duration_s=0.001, provisioned=10))
    assert (120, 1) == (quick.totals.completed, quick.totals.cold_starts)


def test_provisioned_without_a_reservation_is_taken_off_the_unreserved_pool():
    result = play(
        function("a", times=[1.0] * 100, duration_s=5, provisioned=40),
        function("b", times=[2.0] * 100, duration_s=5),
        account_limit=100,
    )
    assert 100 == result.peak_concurrency
    assert 100 == outcome(result, "a").totals.completed
    assert 100 == outcome(result, "b").totals.throttled


def test_an_idle_environment_is_kept_for_its_time():
    def cold(pause_s):
        return play(function(times=[0.0, 1 + pause_s], idle_reclaim_s=300), seconds=600).totals.cold_starts

    assert (1, 2) == (cold(299.9), cold(300.1))


def test_a_cold_start_takes_its_init_and_holds_the_environment():
    result = play(function(times=[0.0, 1.2], duration_s=1, init=LogNormal(0.5)))
    assert 2 == result.totals.cold_starts  # the first is busy until 1.5 s
    assert 1_500 == pytest.approx(result.latency_ms["p50"], rel=0.01)


def test_timeouts_and_errors_fail_and_are_billed():
    slow = play(function(times=[0.0] * 10, duration_s=20, timeout_s=3))
    assert (0, 10) == (slow.totals.completed, slow.totals.failed)
    assert Decimal(30) == outcome(slow).line_items[0].quantity
    wrong = play(function(times=[0.0] * 10, error_share=1.0))
    assert 10 == wrong.totals.failed


def test_throttled_requests_are_not_billed():
    result = play(function(times=[0.0] * 10, reserved=4))
    assert {"Compute": 4, "Requests": 4} == {i.name: i.quantity for i in outcome(result).line_items}


def test_a_hand_worked_invoice_of_an_hour_and_a_minute():
    # Each minute 3 calls of 2 s at 1 GB, 2 of them on provisioned environments, for 61 minutes.
    times = [60.0 * n for n in range(61) for _ in range(3)]
    result = play(function(times=times, duration_s=2, provisioned=2), seconds=3_660)
    lines = [(i.name, i.quantity, i.amount) for i in outcome(result).line_items]
    assert [
        ("Compute", Decimal(122), Decimal(122) * Decimal("0.0000166667")),  # 61 calls x 2 s
        ("Requests", Decimal(183), Decimal(183) * Decimal("0.0000002")),
        ("Provisioned compute", Decimal(244), Decimal(244) * Decimal("0.0000097222")),  # 122 x 2 s
        # 2 GB for 65 minutes: 61, rounded up to whole five minutes
        ("Provisioned concurrency", Decimal(7_800), Decimal(7_800) * Decimal("0.0000041667")),
    ] == lines


def test_billed_time_is_rounded_up_to_a_millisecond_each():
    result = play(function(times=[0.0, 5.0, 10.0], duration_s=0.000_2))
    assert Decimal("0.003") == outcome(result).line_items[0].quantity


def test_the_cost_over_time_adds_up_to_the_bill():
    # 3,700 s of provisioned concurrency are billed as 3,900, and its rows as a whole are 3,700 s long.
    result = play(function(rate=50, duration_s=0.2, provisioned=5), seconds=3_700, seed=1)
    assert float(result.cost_usd) == pytest.approx(sum(row.cost_usd for row in result.timeline), rel=1e-9)
