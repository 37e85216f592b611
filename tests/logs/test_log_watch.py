"""When a recommendation no longer holds: what is said of production that is simulated, and how often."""

from dataclasses import replace

import numpy as np
import pytest

from cost_models.pricing import find_prices
from tuner.errors import NothingToCompareError
from tuner.history import HistoryEntry
from tuner.logs.watch import Standing, judge, refuse_relative
from tuner.logs.watch_evidence import Hour, Live
from tuner.records import DurationSummary, Estimate

PRICES = find_prices("us-east-1", "x86_64")
MEDIAN_MS, SIGMA = 100.0, 0.25
P95_MS = MEDIAN_MS * float(np.exp(1.6449 * SIGMA))
MEAN_MS = MEDIAN_MS * float(np.exp(SIGMA**2 / 2))
COST = 1e6 * ((MEAN_MS + 0.5) * float(PRICES.millisecond(512)) + float(PRICES.request))
RECOMMENDED = HistoryEntry(
    created_at="2026-11-01T00:00:00+00:00",
    function="checkout",
    target="aws:checkout",
    commit=None,
    memory_mb=512,
    current_memory_mb=256,
    duration_ms=DurationSummary(MEAN_MS, MEDIAN_MS, P95_MS, P95_MS, MEAN_MS, MEAN_MS),
    cost_usd_per_million=Estimate(COST, COST * 0.98, COST * 1.02),
    relative=False,
    tool_version="1",
    conditions={},
)


def production(rng, *, factor=1.0, hours=72, calls=60, hourly=0.05, used=200, out_of_memory=0):
    """Hours that differ by `hourly`, whose calls take `factor` times what was expected."""
    every, listed = [], []
    for level in rng.lognormal(0, hourly, hours):
        own = MEDIAN_MS * factor * level * rng.lognormal(0, SIGMA, max(1, rng.poisson(calls)))
        every.append(own)
        listed.append(Hour(own.size, float(own.sum()), float(np.ceil(own).sum())))
    merged = np.concatenate(every)
    buckets, counts = np.unique(np.floor(np.log(merged) / 0.004), return_counts=True)
    bins = tuple((float(np.exp((b + 0.5) * 0.004)), int(n)) for b, n in zip(buckets, counts, strict=True))
    total = {512: int(merged.size)}
    return Live("checkout", 512, bins, tuple(listed), used, out_of_memory, total, 0, 1)


def standings(watch):
    return tuple(check.standing for check in watch.checks)


def look(live, recommended=RECOMMENDED):
    return judge(recommended, "history", live, PRICES)


def test_what_has_not_changed_holds_with_numbers_and_intervals():
    watch = look(production(np.random.default_rng(1)))
    assert Standing.HOLDS is watch.standing
    p95, cost, memory = watch.checks
    assert P95_MS == pytest.approx(p95.found, rel=0.05)
    assert p95.low < p95.found < p95.high
    assert COST == pytest.approx(cost.found, rel=0.05)
    assert cost.low < cost.found < cost.high
    assert (200, None) == (memory.found, memory.low)


def test_of_two_hundred_looks_at_what_has_just_reached_its_margin_hardly_one_cries_wolf():
    rng = np.random.default_rng(2)
    # At the very line of cost, where most false alarms would be; the compute share makes it 10 %.
    factor = 1 + 0.10 * COST / (COST - 1e6 * float(PRICES.request))
    alarms = [look(production(rng, factor=factor, hours=48, calls=40)).standing for _ in range(200)]
    assert alarms.count(Standing.DRIFTED) <= 6


def test_thirty_percent_more_are_found_nearly_always():
    rng = np.random.default_rng(3)
    found = [standings(look(production(rng, factor=1.3)))[:2] for _ in range(50)]
    assert 48 <= sum(Standing.DRIFTED in claims for claims in found)


def test_hours_that_differ_much_make_the_same_calls_weigh_less():
    calm, restless = (look(production(np.random.default_rng(4), hourly=h)).checks for h in (0.01, 0.12))
    for quiet, loud in zip(calm[:2], restless[:2], strict=True):
        assert (quiet.high - quiet.low) * 2 < loud.high - loud.low


@pytest.mark.parametrize(
    ("changes", "standing"),
    [
        ({"used": 426}, Standing.HOLDS),
        ({"used": 427}, Standing.DRIFTED),
        ({"used": 100, "out_of_memory": 1}, Standing.DRIFTED),
        ({"used": None}, Standing.UNDECIDED),
    ],
)
def test_memory_drifts_when_its_peak_eats_into_the_headroom_of_the_recommendation(changes, standing):
    assert standing is look(production(np.random.default_rng(5), **changes)).checks[2].standing


@pytest.mark.parametrize("shape", [{"hours": 5, "calls": 500}, {"hours": 40, "calls": 1}])
def test_too_little_data_is_said_and_no_verdict_given(shape):
    watch = look(production(np.random.default_rng(6), **shape))
    assert Standing.UNDECIDED is watch.standing
    assert "are needed: look at a longer range" in watch.checks[0].reason


def test_a_size_that_is_not_in_force_and_numbers_of_another_machine_are_no_comparison():
    live = replace(production(np.random.default_rng(7)), calls_by_memory={256: 900})
    with pytest.raises(NothingToCompareError, match="ran at 256 MB, never at the 512 MB"):
        look(live)
    with pytest.raises(NothingToCompareError, match="not those of AWS"):
        refuse_relative(replace(RECOMMENDED, relative=True), "history")
    elsewhere = replace(RECOMMENDED, conditions={"region": "eu-west-1", "architecture": "arm64"})
    with pytest.raises(NothingToCompareError, match=r"for eu-west-1, arm64, .* as us-east-1, x86_64"):
        look(production(np.random.default_rng(7)), elsewhere)
