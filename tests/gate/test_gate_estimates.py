"""Estimates hold the truth as often as they say, also where the calls of an environment belong together."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from tuner.gate.estimates import (
    centre,
    critical,
    log_mean,
    log_ratio_of_means,
    mean,
    quantile,
    spread,
)

BLOCKS = np.repeat(np.arange(12), 5)
RUNS = 1500


def draws(seed, *, cv=0.1, luck=0.0, slow=0.0):
    """Logarithms of 60 calls in 12 environments."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, cv, 60) + math.log(3) * (rng.random(60) < slow)
    return values + np.repeat(rng.normal(0, luck, 12), 5)


def above_upper(estimate, truth, level):
    return np.mean([e.bounds(level)[1] < truth for e in estimate])


def test_the_mean_of_whole_blocks_is_a_students_t_interval_of_their_means_and_a_little_more():
    values = draws(0)
    low, high = mean(values, BLOCKS).bounds(0.025)
    means = values.reshape(12, 5).mean(axis=1)
    error = means.std(ddof=1) / math.sqrt(12) * math.sqrt(12 / 11)
    assert pytest.approx(student.interval(0.95, 11, means.mean(), error)) == (low, high)


@pytest.mark.parametrize("luck", [0.0, 0.03])
def test_the_centre_is_as_sure_as_it_says(luck):
    found = [centre(draws(seed, luck=luck) - draws(seed + RUNS, luck=luck), BLOCKS) for seed in range(RUNS)]
    assert 0.05 == pytest.approx(above_upper(found, 0.0, 0.05), abs=0.015)


def test_slow_calls_hardly_move_the_centre():
    quiet, slow = draws(1), draws(1)
    slow[[3, 30]] += math.log(10)
    assert centre(quiet, BLOCKS).value == pytest.approx(centre(slow, BLOCKS).value, abs=0.01)


def test_slow_calls_move_the_mean_bill_by_all_they_cost():
    before, after = np.full(60, 100.0), np.full(60, 100.0)
    after[7] = 1300.0
    assert math.log(1.2) == pytest.approx(log_ratio_of_means(after, before, BLOCKS).value)
    assert math.log(120.0) == pytest.approx(log_mean(after, BLOCKS).value)


def test_identical_calls_are_luck_and_not_certainty():
    same = np.zeros(60)
    for estimate in (centre(same, BLOCKS), mean(same, BLOCKS), log_mean(np.ones(60), BLOCKS)):
        assert estimate.standard_error > 0


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_quantile_is_at_least_as_sure_as_it_says(share):
    truth = 0.1 * float(norm.ppf(share))
    found = [quantile(draws(seed), BLOCKS, share, 0.05) for seed in range(RUNS)]
    assert np.mean([q.high < truth for q in found]) <= 0.07
    assert np.mean([q.low > truth for q in found]) <= 0.07


def test_a_quantile_that_a_sample_does_not_reach_has_no_upper_bound():
    assert math.inf == quantile(draws(0)[:20], BLOCKS[:20], 0.95, 0.05).high
    assert math.isfinite(quantile(draws(0), BLOCKS, 0.5, 0.05).high)


def test_the_difference_of_quantiles_is_unbounded_where_one_of_them_is():
    known, unknown = (quantile(draws(0)[:n], BLOCKS[:n], share, 0.05) for n, share in ((60, 0.5), (20, 0.95)))
    assert -math.inf == known.minus(unknown).low
    assert math.isfinite(known.minus(unknown).high)


def test_the_difference_of_independent_estimates_has_welchs_freedom():
    first, second = mean(draws(0), BLOCKS), mean(3 * draws(1), BLOCKS)
    both = first.minus(second)
    assert math.hypot(first.standard_error, second.standard_error) == pytest.approx(both.standard_error)
    assert 11 < both.freedom < 22


def test_spread_is_the_standard_deviation_of_the_bulk():
    values = np.random.default_rng(0).normal(0, 0.2, 20_000)
    values[:200] = 9.0
    assert 0.2 == pytest.approx(spread(values), rel=0.05)


def test_critical_values_are_students():
    assert student.isf(0.05, 7) == pytest.approx(critical(0.05, 7))
