"""The posterior is the Gaussian one, and families become Gaussians around their best parameters."""

from __future__ import annotations

import numpy as np
import pytest
from fit_workloads import WORKLOADS, cpu_law, measure

from tuner.fit import fit_duration_curve, mixture, noise
from tuner.fit.curves import FAMILIES
from tuner.fit.linear import linearise

LOG_GRID = np.log(np.geomspace(128, 4096, 41))
MEASURED = np.array([0, 8, 16, 24, 40])
FAMILY = {f.name: f for f in FAMILIES}


def located(truth, scale=0.05):
    log_ms = np.log(truth(np.exp(LOG_GRID[MEASURED])))
    return noise.Locations(log_ms, np.full(len(MEASURED), scale**2 / 10), scale, 40.0)


def test_best_parameters_of_exact_data_are_the_true_ones():
    found = linearise(FAMILY["saturating-cpu"], LOG_GRID, MEASURED, located(cpu_law(40.0, 60.0), 1e-3), 40.0)
    natural = [p.natural(u, 40.0) for p, u in zip(found.family.parameters, found.parameters, strict=True)]
    assert natural == pytest.approx([40.0, 60.0], rel=0.01)


def test_linear_family_is_exact_at_its_best_parameters():
    family = FAMILY["amdahl"]
    found = linearise(family, LOG_GRID, MEASURED, located(WORKLOADS["amdahl"]), 100.0)
    offset = [(u - p.centre) / p.spread for p, u in zip(family.parameters, found.parameters, strict=True)]
    at_best = family.log_duration(np.exp(LOG_GRID), found.parameters, 100.0)
    assert found.mean + np.array(offset) @ found.basis[: len(offset)] == pytest.approx(at_best, abs=1e-9)


def test_a_sharp_fall_is_enclosed_by_two_sizes_and_a_gentle_one_is_not():
    sharp, gentle = WORKLOADS["drop"], WORKLOADS["jvm"]
    sizes = np.array([128, 256, 512, 1024, 3008])
    grid, measured = np.log(sizes), np.arange(5)
    for truth, enclosed in ((sharp, (0, 1)), (gentle, None)):
        locations = noise.Locations(np.log(truth(sizes)), np.full(5, 1e-4), 0.03, 40.0)
        unit_ms = float(truth(sizes).min())
        assert linearise(FAMILY["threshold"], grid, measured, locations, unit_ms).edge == enclosed


def test_draws_have_the_mean_and_spread_of_the_closed_form():
    locations = located(WORKLOADS["mixed"])
    linear = [linearise(FAMILY["saturating-cpu"], LOG_GRID, MEASURED, locations, 50.0)]
    posterior = mixture.average(linear, LOG_GRID, MEASURED, locations)
    draws = mixture.draw(posterior, np.random.default_rng(0), 20000)[:, MEASURED]
    assert draws.mean(axis=0) == pytest.approx(posterior.log_mean, abs=1e-3)
    # law of total variance over the components: C_signal - C_signal C^-1 C_signal, and their means
    noise_variance = np.tile(posterior.noise_sd**2, (len(posterior.weights) // len(posterior.noise_sd), 1))
    signal = posterior.covariance - noise_variance[:, :, None] * np.eye(len(MEASURED))
    within = signal - signal @ np.linalg.solve(posterior.covariance, signal)
    misfit = np.tile(posterior.log_ms - posterior.mean[0, MEASURED], (len(posterior.weights), 1))
    solved = np.linalg.solve(posterior.covariance, misfit[:, :, None])[:, :, 0]
    means = posterior.log_ms - noise_variance * solved
    variance = posterior.weights @ np.diagonal(within, axis1=1, axis2=2)
    variance += posterior.weights @ (means - posterior.log_mean) ** 2
    assert draws.var(axis=0) == pytest.approx(variance, rel=0.05)


def test_where_a_sharp_fall_is_between_two_sizes_is_left_open():
    sizes = (128, 512, 1024, 3008)
    curve = fit_duration_curve(measure(WORKLOADS["threshold"], np.random.default_rng(0), 0.03, 10, sizes))
    band = curve.predict([256])
    assert band.low_ms[0] < 40
    assert band.high_ms[0] > 180
