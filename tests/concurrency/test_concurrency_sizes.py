"""Memory and concurrency together, on a measured result."""

from dataclasses import replace

import pytest

from cost_models.pricing import find_prices
from tuner.concurrency.advice import Targets
from tuner.concurrency.quotas import Quotas
from tuner.concurrency.sizes import Demand, advise_sizes
from tuner.errors import UsageError
from tuner.tuning import tune

PRICES = find_prices("us-east-1", "x86_64")
BUSY = Demand(requests_per_second=100, cold_share=0.05)


@pytest.fixture(scope="module")
def result():
    return tune("model:cpu-bound", search="grid", memory_sizes=(256, 512, 1024), invocations=5, seed=1)


def advised(result, demand=BUSY, limit=1_000, **options):
    return advise_sizes(result, demand, Targets(), Quotas(limit), PRICES, **options)


def test_a_faster_size_needs_fewer_environments(result):
    needed = [size.advice.needed_concurrency for size in advised(result).sizes]
    assert 3 <= len(needed)
    assert needed == sorted(needed, reverse=True)


def test_the_cheapest_with_provisioned_concurrency_has_the_least_bill(result):
    joint = advised(result)
    totals = {s.memory_mb: s.advice.provisioned.bill.total for s in joint.sizes}
    assert min(totals, key=totals.get) == joint.cheapest_provisioned_mb


def test_a_size_that_the_account_cannot_provide_is_not_the_cheapest(result):
    narrow = advised(result, limit=175)
    for size in narrow.sizes:
        if size.memory_mb == narrow.cheapest_provisioned_mb:
            assert size.advice.provisioned.environments <= 75
    assert advised(result, limit=10).cheapest_provisioned_mb is None


def test_bills_are_made_of_the_time_that_is_billed(result):
    joint = advised(result, replace(BUSY, cold_share=0.0))
    candidate = next(c for c in result.candidates if c.memory_mb == 512)
    bill = next(s.advice.provisioned.on_demand_bill for s in joint.sizes if s.memory_mb == 512)
    # 100 requests a second for 30 days, of half a GB
    gb_seconds = 100 * 2_592_000 * candidate.billed_duration_mean_ms / 1_000 / 2
    assert gb_seconds == pytest.approx(float(bill.on_demand[0].quantity), rel=1e-6)


def test_a_given_init_duration_goes_before_the_run(result):
    given = advised(result, replace(BUSY, init_duration_ms=4_000.0))
    assert {4_000.0} == {size.advice.traffic.init_duration_ms for size in given.sizes}


def test_another_size_can_be_chosen_and_only_one_that_is_known(result):
    assert 256 == advised(result, memory_mb=256).chosen_mb
    with pytest.raises(UsageError, match="does not know 300 MB"):
        advised(result, memory_mb=300)


def test_a_run_in_a_sandbox_is_true_in_proportion_only(result):
    local = replace(result, measurements=replace(result.measurements, relative=True))
    assert ["W-RELATIVE-CONCURRENCY"] == [w.code for w in advised(local).warnings]
