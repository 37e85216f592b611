"""What a function needs, by Little's law and Erlang's formula; hand-worked bills; what an account allows."""

from dataclasses import replace
from decimal import Decimal
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from cost_models.pricing import find_prices
from tuner.concurrency.advice import Targets, advise
from tuner.concurrency.bills import (
    Pricing,
    break_even_rate,
    break_even_utilization,
    cheapest_environments,
    monthly_bill,
    spillover_share,
)
from tuner.concurrency.erlang import busy_shares, concurrency_quantile, environments_for, erlang_b
from tuner.concurrency.quotas import Quotas
from tuner.concurrency.traffic import Traffic
from tuner.errors import UsageError

PRICES = find_prices("us-east-1", "x86_64")
STEADY = Traffic(requests_per_second=40, duration_ms=250)


def codes(advice):
    return [warning.code for warning in advice.warnings]


def test_expected_concurrency_is_rate_times_duration_with_cold_starts():
    assert 10.0 == STEADY.expected_concurrency
    assert 40 * (0.25 + 0.02 * 0.8) == pytest.approx(
        replace(STEADY, init_duration_ms=800, cold_share=0.02).expected_concurrency
    )


@pytest.mark.parametrize(
    ("environments", "load", "share"),
    # Published tables of Erlang's B formula: the load that n lines carry at a grade of service.
    [(1, 0.0101, 0.01), (5, 1.361, 0.01), (10, 4.461, 0.01), (10, 6.216, 0.05), (100, 84.06, 0.01)],
)
def test_erlang_b_agrees_with_the_published_tables(environments, load, share):
    assert share == pytest.approx(erlang_b(environments, load), rel=2e-3)


@settings(deadline=None)
@given(st.integers(0, 400), st.floats(0.01, 400))
def test_erlang_b_is_the_poisson_probability_cut_off_at_the_limit(environments, load):
    below = poisson.cdf(environments, load)
    if below > 1e-250:
        expected = poisson.pmf(environments, load) / below
        assert expected == pytest.approx(erlang_b(environments, load), rel=1e-6, abs=1e-12)


@settings(deadline=None)
@given(st.floats(0.01, 300), st.floats(1e-6, 0.5))
def test_the_fewest_environments_are_enough_and_one_less_is_not(load, share):
    found = environments_for(load, share)
    assert erlang_b(found, load) <= share < erlang_b(found - 1, load)


@settings(deadline=None)
@given(st.floats(0.1, 100))
def test_the_environments_together_are_as_busy_as_the_load(load):
    assert load == pytest.approx(sum(islice(busy_shares(load), int(load * 3 + 60))), rel=1e-6)


def test_quantiles_are_those_of_the_poisson_distribution():
    assert {"p50": 10, "p95": 15, "p99": 18, "p999": 21} == advise(STEADY, Targets(), Quotas()).quantiles
    assert 10 == concurrency_quantile(10, 0.5)


def test_the_reservation_keeps_throttles_within_the_target():
    advice = advise(STEADY, Targets(throttled_share=0.001), Quotas())
    assert 21 == advice.reserved_concurrency
    assert erlang_b(21, 10) == advice.throttle_probability <= 0.001 < erlang_b(20, 10)


def test_short_requests_are_limited_by_their_rate():
    # 2,000 a second of 10 ms are 20 in progress, but a concurrency of n admits 10 n a second.
    advice = advise(Traffic(2_000, 10), Targets(), Quotas())
    assert (200, 200) == (advice.reserved_concurrency, advice.provisioned.environments)
    assert "W-RATE-QUOTA" in codes(advice)
    narrow = advise(Traffic(2_000, 10), Targets(), Quotas(account_limit=150))
    assert 0.25 == pytest.approx(narrow.throttle_probability)


def test_what_the_account_cannot_reserve_is_said_with_the_limit_to_ask_for():
    advice = advise(Traffic(1_000, 900), Targets(), Quotas(account_limit=1_000, reserved_elsewhere=50))
    assert advice.reserved_concurrency is None
    warning = next(w for w in advice.warnings if w.code == "W-NOT-RESERVABLE")
    assert f"at least {advice.needed_concurrency + 50 + 100:,}" in warning.hint


def test_a_new_account_can_reserve_nothing():
    advice = advise(Traffic(1, 100), Targets(), Quotas(account_limit=10))
    assert advice.reserved_concurrency is None
    assert ["W-NOT-RESERVABLE", "W-NEW-ACCOUNT"] == codes(advice)


def test_a_pool_that_is_too_small_is_named():
    advice = advise(Traffic(100, 2_000), Targets(), Quotas(account_limit=150))
    assert "W-UNRESERVED-POOL" in codes(advice)
    assert erlang_b(150, 200) == advice.throttle_probability


def test_no_environment_is_provisioned_where_cold_starts_are_rare_already():
    assert 0 == advise(replace(STEADY, cold_share=0.005), Targets(), Quotas()).provisioned.environments
    assert 18 == advise(replace(STEADY, cold_share=0.02), Targets(), Quotas()).provisioned.environments


@pytest.mark.parametrize("traffic", [Traffic(1e7, 900_000), Traffic(0, 100)])
def test_an_impossible_traffic_is_refused(traffic):
    with pytest.raises(UsageError, match="expected concurrency"):
        advise(traffic, Targets(), Quotas())


def test_a_hand_worked_invoice_of_thirty_days():
    # 10 requests a second of 100 ms at 1 GB: 25,920,000 requests, 2,592,000 GB-s on demand.
    traffic = Traffic(10, 100)
    on_demand = {i.name: i.amount for i in monthly_bill(PRICES, traffic, 1024, 0).on_demand}
    assert {
        "Compute": Decimal("2592000") * Decimal("0.0000166667"),  # $43.20
        "Requests": Decimal("5.184"),
    } == on_demand
    # With 2 provisioned: a load of 1 erlang on 2 environments spills 1/5 of the requests (Erlang B).
    bill = monthly_bill(PRICES, traffic, 1024, 2)
    lines = {i.name: (i.quantity, i.amount) for i in bill.provisioned}
    assert {
        "Provisioned compute": (Decimal("2073600"), Decimal("20.15995392")),  # 20,736,000 x 0.1 s
        "Requests": (Decimal("20736000"), Decimal("4.1472")),
        "Provisioned concurrency": (Decimal("5184000"), Decimal("21.6001728")),  # 2 GB x 2,592,000 s
    } == lines
    spilled = {i.name: (i.quantity, i.amount) for i in bill.on_demand}
    assert {
        "Compute": (Decimal("518400"), Decimal("8.64001728")),
        "Requests": (Decimal("5184000"), Decimal("1.0368")),
    } == spilled
    assert Decimal("55.584144") == bill.total


def test_break_even_is_where_both_bills_are_the_same():
    # 4.1667 / (16.6667 - 9.7222) = 0.6 of the time.
    utilization = break_even_utilization(PRICES, STEADY)
    assert 0.6 == pytest.approx(utilization, abs=1e-9)
    rate = break_even_rate(STEADY, 18, utilization)
    at = replace(STEADY, requests_per_second=rate)
    on_demand, provisioned = (monthly_bill(PRICES, at, 512, n).total for n in (0, 18))
    assert float(on_demand) == pytest.approx(float(provisioned), rel=1e-6)
    assert rate * 0.25 * (1 - spillover_share(at, 18)) == pytest.approx(0.6 * 18, rel=1e-6)


def test_cold_starts_on_demand_bring_the_break_even_down():
    cold = replace(STEADY, init_duration_ms=500, cold_share=0.1)
    # On demand a busy second costs 16.6667 x 1.2: 4.1667 / (20.00004 - 9.7222).
    assert 0.40541 == pytest.approx(break_even_utilization(PRICES, cold), abs=1e-5)


def test_the_cheapest_number_of_environments_makes_the_bill_least():
    found = cheapest_environments(STEADY, break_even_utilization(PRICES, STEADY))
    bills = {n: monthly_bill(PRICES, STEADY, 512, n).total for n in range(30)}
    assert min(bills, key=bills.get) == found == 9


def test_bills_of_other_loads_show_where_provisioning_pays():
    provisioned = advise(STEADY, Targets(), Quotas(), Pricing(PRICES, 512)).provisioned
    pays = [
        load.requests_per_second for load in provisioned.loads if load.provisioned_usd < load.on_demand_usd
    ]
    assert [80, 160] == pays
    assert 40 < provisioned.break_even_requests_per_second < 80


def test_unknown_prices_give_no_dollars_but_a_warning():
    advice = advise(STEADY, Targets(), Quotas(), Pricing(find_prices("cn-north-1", "x86_64"), 512))
    assert advice.provisioned.bill is None
    assert ["W-NO-PROVISIONED-PRICE"] == codes(advice)
    assert 24 == advice.reserved_concurrency
