"""Requests as they came: what is counted of them, what follows, and a schedule with its invoice by hand."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated import UNBOUND, function, play

from cost_models.pricing import find_prices
from tuner.concurrency.advice import Targets, advise
from tuner.concurrency.bills import Pricing
from tuner.concurrency.observed import observe_calls, observe_minutes
from tuner.concurrency.process import ObservedProcess, PoissonProcess
from tuner.concurrency.quotas import Quotas
from tuner.concurrency.schedule import CHANGES_MOST, Day, _in_few_changes
from tuner.concurrency.traffic import Traffic
from tuner.logs.peaks import peak_concurrency

US = 1_000_000
HOUR_US = 3_600 * US
PRICES = find_prices("us-east-1", "x86_64")


def seen(begins_s, duration_s, busiest_hour=None):
    """What calls of one duration that begin at these times [s] say."""
    begins = np.round(np.array(begins_s) * US).astype(np.int64)
    ends = begins + round(duration_s * US)
    hours, counts = np.unique(begins // HOUR_US, return_counts=True)
    return observe_calls(
        [(begins, ends)], int(hours[np.argmax(counts)]) if busiest_hour is None else busiest_hour
    )


def test_calls_are_counted_by_what_they_met():
    # 0-4, 1-5, 2-6, 6-10: the last one begins as the third ends, so it meets nobody.
    observed = seen([0, 1, 2, 6], 4)
    assert [2, 1, 1] == observed.met[0].tolist()
    assert (4, 3, 10) == (observed.requests, observed.peak, observed.seconds)
    assert [0, 1 + 1 + 4, 1 + 1, 2] == observed.busiest_s.tolist()
    assert [0, 4] == observed.begun.tolist()
    # 4 seconds with one call and 6 without: variance 0.24, mean 0.4.
    assert 0.6 == pytest.approx(observed.dispersion)


def test_minutes_are_counted_by_the_highest_concurrency_in_them():
    # An hour at 09:00 with 120 calls in its first minute and 60 in its second, then a quiet one.
    start = 9 * 3_600
    observed = observe_minutes(
        np.array([start + 60, start, start + 3_600]), np.array([60, 120, 30]), np.array([2, 5, 1])
    )
    assert (210, 5) == (observed.requests, observed.peak)
    assert [0, 60, 0, 0, 120] == observed.met[9].tolist()
    assert [30, 0, 0, 0, 0] == observed.met[10].tolist()
    assert [3_480, 0, 60, 0, 0, 60] == observed.busiest_s.tolist()
    assert [0, 120, 60] == observed.begun.tolist()  # one a second in two minutes, two in another
    counts = np.array([120, 60] + [0] * 58)
    assert counts.var() / counts.mean() == pytest.approx(observed.dispersion)


calls = st.lists(st.tuples(st.integers(0, 3 * HOUR_US), st.integers(1, HOUR_US)), min_size=1, max_size=60)


@settings(deadline=None, max_examples=60)
@given(calls, st.integers(0, 3))
def test_whatever_the_calls_the_counts_agree_and_parts_change_nothing(found, busiest):
    begins = np.array([begin for begin, _ in found])
    ends = begins + np.array([length for _, length in found])
    whole = observe_calls([(begins, ends)], busiest)
    assert len(found) == whole.requests == whole.begun @ np.arange(whole.begun.size)
    assert peak_concurrency([(begins, ends)]) == whole.peak
    inside_s = sum(
        max(0, min(e, (busiest + 1) * HOUR_US) - max(b, busiest * HOUR_US))
        for b, e in zip(begins, ends, strict=True)
    )
    if (begins // HOUR_US == busiest).any():
        assert inside_s / US == pytest.approx(whole.busiest_s @ np.arange(whole.busiest_s.size), abs=1e-3)
    cut = 2 * HOUR_US
    parts = [(begins[begins < cut], ends[ends < cut]), (begins[begins >= cut], ends[ends >= cut])]
    halves = observe_calls(parts, busiest)
    for name in ("met", "busiest_s", "begun"):
        assert getattr(whole, name) == pytest.approx(getattr(halves, name))
    assert (whole.seconds, whole.dispersion) == (halves.seconds, halves.dispersion)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0, 30), min_size=1, max_size=60), st.floats(0.01, 5), st.integers(0, 12))
def test_no_reservation_throttles_more_than_is_said_of_it(times, duration_s, reserved):
    times = [round(t, 6) for t in times]
    process = ObservedProcess(seen(times, duration_s), Traffic(1, 1_000))
    played = play(
        function(times=times, duration_s=duration_s, reserved=reserved), scaling=UNBOUND, seconds=31
    ).totals
    assert played.throttled / played.requests <= process.throttled_share(reserved) + 1e-9


@pytest.fixture(scope="module")
def by_chance():
    """Six hours of independent calls, on average 8 in progress."""
    rng = np.random.default_rng(5)
    return seen(np.sort(rng.uniform(0, 6 * 3_600, rng.poisson(6 * 3_600 * 8))), 1.0), Traffic(8, 1_000)


def test_independent_calls_need_what_the_formula_says(by_chance):
    observed, traffic = by_chance
    process, formula = ObservedProcess(observed, traffic), PoissonProcess(traffic)
    assert 1 == pytest.approx(observed.dispersion, abs=0.1)
    for share in (0.5, 0.95, 0.99):
        assert abs(formula.quantile(share) - process.quantile(share)) <= 1
    for share in (0.05, 0.01, 0.001):
        assert 0 <= process.least_reserved(share) - formula.least_reserved(share) <= 2


def test_calls_in_bursts_need_more_than_the_formula_says():
    bursts = [60 * n + k / 1_000 for n in range(300) for k in range(40)]
    advice = advise(Traffic(40 / 60, 500), Targets(), Quotas(), None, seen(bursts, 0.5))
    assert 40 == advice.needed_concurrency
    assert advice.sighting.decides
    assert advice.sighting.by_chance < 10
    assert advice.sighting.observed.dispersion > 30


def test_too_few_calls_are_backed_by_the_formula():
    even = seen([10.0 * n for n in range(50)], 0.5)
    advice = advise(Traffic(0.1, 500), Targets(), Quotas(), None, even)
    assert not advice.sighting.decides
    assert max(even.peak, PoissonProcess(Traffic(0.1, 500)).least_reserved(1e-4)) == advice.needed_concurrency


def test_less_than_a_day_gives_no_bill_and_says_so():
    advice = advise(Traffic(8, 1_000), Targets(), Quotas(), Pricing(PRICES, 512), seen([1.0, 2.0], 1))
    assert (None, None) == (advice.provisioned.bill, advice.provisioned.schedule)
    assert 0.6 == pytest.approx(advice.provisioned.break_even_utilization)
    assert "W-SHORT-SIGHT" in [warning.code for warning in advice.warnings]


def test_many_calls_in_a_second_need_concurrency_for_their_rate():
    # 500 calls of a millisecond in one second never overlap, yet 10 a second are one environment's most.
    quick = seen([1 + n / 500 for n in range(500)], 0.001)
    process = ObservedProcess(quick, Traffic(500, 1))
    assert 50 == process.least_reserved(0.01)
    assert 0.5 == process.throttled_share(25)


@pytest.fixture(scope="module")
def working_hours():
    """Two days; 09:00 to 17:00 two calls of 30 s at the start of each minute, else one of 30 s an hour."""
    times = [
        day * 86_400 + hour * 3_600 + minute * 60 + at
        for day in range(2)
        for hour in range(24)
        for minute, at in ([(m, a) for m in range(60) for a in (0, 0)] if 9 <= hour < 17 else [(0, 0)])
    ]
    # The last call ends when the second day does, so that two whole days are seen.
    return seen([*times, 2 * 86_400 - 30], 30), Traffic(
        2 / 60, 30_000, cold_share=0.5, init_duration_ms=1_000
    )


def test_a_hand_worked_invoice_of_a_schedule(working_hours):
    observed, traffic = working_hours
    found = advise(traffic, Targets(), Quotas(), Pricing(PRICES, 1024), observed).provisioned
    schedule = found.schedule
    numbers = [hour.environments for hour in schedule.hours]
    assert [1] * 9 + [2] * 8 + [1] * 7 == numbers
    assert [(9, 2), (17, 1)] == [(change.hour, change.environments) for change in schedule.changes]
    lines = {item.name: (item.quantity, item.amount) for item in schedule.bill.provisioned}
    # 30 days: 8 hours of 120 calls and 15 of one, and one hour (23:00) with one and a half: 976.5 a day.
    requests = Decimal(30 * (8 * 120 + 15)) + 45
    # 16 hours of one environment and 8 of two, and five minutes more for the one that is added each day.
    standing = Decimal(30 * (16 * 3_600 + 8 * 3_600 * 2 + 300))
    assert {
        "Provisioned compute": (requests * 30, requests * 30 * Decimal("0.0000097222")),
        "Requests": (requests, requests * Decimal("0.0000002")),
        "Provisioned concurrency": (standing, standing * Decimal("0.0000041667")),
    } == lines
    assert () == schedule.bill.on_demand
    flat = {item.name: item.quantity for item in found.bill.provisioned}
    assert Decimal(2 * 30 * 86_400) == flat["Provisioned concurrency"]
    assert schedule.bill.total < found.bill.total
    on_demand = {item.name: item.quantity for item in found.on_demand_bill.on_demand}
    assert requests * (30 + Decimal("0.5")) == on_demand["Compute"]  # every second one starts cold


def test_each_hour_says_whether_it_pays(working_hours):
    observed, traffic = working_hours
    found = advise(traffic, Targets(), Quotas(), Pricing(PRICES, 1024), observed).provisioned
    for hour in found.schedule.hours:
        pays = hour.provisioned_usd < hour.on_demand_usd
        assert pays == (hour.utilization > found.break_even_utilization), hour
    # 2 calls of 30 s a minute on 2 environments: each is busy half of the time.
    assert 0.5 == pytest.approx(found.schedule.hours[12].utilization)


def test_the_cheapest_number_all_day_makes_the_bill_least():
    rng = np.random.default_rng(6)
    day = seen(np.sort(rng.uniform(0, 90_000, 90_000 * 2)), 1.0)
    found = advise(Traffic(2, 1_000), Targets(), Quotas(), Pricing(PRICES, 512), day).provisioned
    bills = [Day(day, Traffic(2, 1_000)).bill(Pricing(PRICES, 512), [n] * 24).total for n in range(8)]
    assert bills.index(min(bills)) == found.cheapest


def test_no_hour_is_provisioned_more_than_is_reserved():
    # Five calls at once in an hour without others, and 100,000 one after the other in the rest of the day.
    busy = [6 * 3_600 + n * 0.6 for n in range(100_000)]
    advice = advise(
        Traffic(1.7, 500), Targets(), Quotas(), None, seen([*[3 * 3_600.0] * 5, *busy, 99_000.0], 0.5)
    )
    hours = advice.provisioned.schedule.hours
    assert (5, 1) == (hours[3].environments, hours[12].environments)
    assert 5 == advice.needed_concurrency


def test_hours_that_do_not_differ_need_no_schedule():
    even = seen([60.0 * n for n in range(3 * 1_440)], 1)
    found = advise(Traffic(1 / 60, 1_000), Targets(), Quotas(), Pricing(PRICES, 512), even).provisioned
    assert (1, None) == (found.environments, found.schedule)


@given(st.lists(st.integers(0, 50), min_size=24, max_size=24))
def test_a_schedule_has_enough_in_every_hour_and_few_changes(wanted):
    numbers = _in_few_changes(wanted)
    assert all(have >= need for have, need in zip(numbers, wanted, strict=True))
    assert max(wanted) == max(numbers)
    assert sum(numbers[n] != numbers[n - 1] for n in range(24)) <= CHANGES_MOST


def test_neighbours_are_joined_where_that_wastes_little():
    assert [0] * 8 + [20] * 8 + [0] * 8 == _in_few_changes([0] * 8 + [20] * 4 + [19] + [20] * 3 + [0] * 8)
    kept = [0] * 8 + [20, 20, 5, 20, 20] + [0] * 11
    assert kept == _in_few_changes(kept)
