"""Robust locations and the mean of a population with a slow tail."""

from __future__ import annotations

import numpy as np
import pytest

from tuner.fit import noise


def test_one_slow_call_hardly_moves_the_location():
    rng = np.random.default_rng(0)
    clean = [rng.normal(4.0, 0.05, 10) for _ in range(5)]
    spoilt = [s.copy() for s in clean]
    spoilt[2][3] += np.log(4.0)
    shift = noise.locate(spoilt).log_ms[2] - noise.locate(clean).log_ms[2]
    assert abs(shift) < 0.02
    assert noise.locate(spoilt).scale == pytest.approx(0.05, rel=0.3)


def test_scale_agrees_with_the_standard_deviation_of_normal_noise():
    rng = np.random.default_rng(1)
    scales = [noise.locate([rng.normal(0, 0.2, 6) for _ in range(6)]).scale for _ in range(100)]
    assert np.mean(scales) == pytest.approx(0.2, rel=0.05)


def test_scale_does_not_depend_on_how_calls_are_spread_over_sizes():
    rng = np.random.default_rng(2)
    pairs = [noise.locate([rng.normal(0, 0.2, 2) for _ in range(20)]).scale for _ in range(100)]
    assert np.mean(pairs) == pytest.approx(0.2, rel=0.1)


def test_variance_of_the_location_is_honest():
    rng = np.random.default_rng(3)
    scores = []
    for _ in range(200):
        found = noise.locate([rng.normal(0, 0.1, 8) for _ in range(5)])
        scores.extend(found.log_ms / np.sqrt(found.variance))
    assert np.std(scores) == pytest.approx(1.0, abs=0.15)


def test_of_two_calls_that_disagree_neither_is_believed():
    rng = np.random.default_rng(4)
    samples = [rng.normal(0, 0.03, 2) for _ in range(6)]
    samples[1] = np.array([0.0, np.log(3.0)])
    found = noise.locate(samples)
    assert found.variance[1] > 100 * found.variance[0]


def test_a_noisy_size_counts_less():
    rng = np.random.default_rng(5)
    samples = [rng.normal(0, 0.02, 20) for _ in range(5)] + [rng.normal(0, 0.4, 20)]
    found = noise.locate(samples)
    assert found.variance[-1] == pytest.approx(0.4**2 / 20, rel=0.6)


def test_identical_samples_have_a_small_scale_not_zero():
    found = noise.locate([np.full(5, 3.0), np.full(5, 2.0)])
    assert found.scale == noise.SMALLEST_SCALE
    assert np.all(found.variance > 0)


def test_scale_nodes_follow_the_repeats_when_there_are_many_and_the_prior_when_there_are_none():
    many = noise.scale_nodes(0.25, 200.0)
    assert many.min() > 0.2
    assert many.max() < 0.3
    none = noise.scale_nodes(noise.SMALLEST_SCALE, 0.0)
    assert none.min() < 0.05
    assert none.max() > 0.2


def test_mean_factor_of_normal_noise_is_that_of_the_log_normal():
    rng = np.random.default_rng(6)
    residuals = rng.normal(0, 0.3, 5000)
    factors = noise.mean_factors(residuals, 0.3, rng, 400)
    assert factors.mean() == pytest.approx(np.exp(0.3**2 / 2), rel=0.01)


def test_mean_factor_counts_the_slow_tail():
    rng = np.random.default_rng(7)
    residuals = rng.normal(0, 0.05, 2000) + np.log(3.0) * (np.arange(2000) < 100)  # 5 % three times slower
    factors = noise.mean_factors(residuals, 0.05, rng, 400)
    assert factors.mean() == pytest.approx(1.1, rel=0.01)


def test_sixty_calls_without_a_slow_one_do_not_prove_that_there_are_none():
    rng = np.random.default_rng(8)
    factors = noise.mean_factors(rng.normal(0, 0.03, 60), 0.03, rng, 4000)
    assert np.quantile(factors, 0.975) > 1.02  # 1 % of calls three times slower
    assert np.median(factors) < 1.01
