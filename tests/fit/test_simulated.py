"""A simulation of the function itself as a family of its own."""

import numpy as np
import pytest

from tuner.fit import fit_duration_curve
from tuner.fit.curves import simulated
from tuner.plans import Prediction

SIZES = np.array([128, 256, 512, 1024, 1769, 3008])
STEEP = 100.0 + 900.0 * np.exp(-SIZES / 300.0) * (SIZES < 900)  # a shape that no formula has
KNOWN = Prediction(tuple(SIZES.tolist()), tuple(STEEP.tolist()), 3)


def test_it_passes_through_the_simulation_scaled():
    family = simulated(SIZES.astype(float), STEEP)
    assert family.duration(SIZES, 1.1) == pytest.approx(1.1 * STEEP)
    assert family.duration(np.array([10_240.0]), 1.0) == pytest.approx([STEEP[-1]])


def test_one_size_is_enough_where_the_shape_is_known():
    curve = fit_duration_curve({3008: [110.0, 111.0, 109.0]}, prediction=KNOWN)
    band = curve.predict(SIZES, extrapolate=True)
    assert band.mean_ms == pytest.approx(1.1 * STEEP, rel=0.05)
    blind = fit_duration_curve({3008: [110.0, 111.0, 109.0]}).predict(SIZES, extrapolate=True)
    assert np.all((band.high_ms - band.low_ms)[:3] < (blind.high_ms - blind.low_ms)[:3] / 3)
    assert "simulated" == curve.family


def test_measurements_that_contradict_the_simulation_win():
    truth = {m: 1000.0 * 128 / m for m in (128, 256, 512, 1024)}
    rng = np.random.default_rng(0)
    calls = {m: list(d * rng.lognormal(0, 0.02, 8)) for m, d in truth.items()}
    band = fit_duration_curve(calls, prediction=KNOWN).predict(np.array(list(truth)))
    assert band.mean_ms == pytest.approx(list(truth.values()), rel=0.04)
