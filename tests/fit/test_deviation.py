"""The deviation's covariance."""

from __future__ import annotations

import numpy as np
import pytest

from tuner.fit import deviation


def test_matern_is_one_at_no_distance_and_falls_with_distance():
    x = np.array([0.0, 0.5, 1.0, 5.0])
    k = deviation.matern(x, x, 1.0)
    assert np.diag(k) == pytest.approx(np.ones(4))
    assert np.all(np.diff(k[0]) < 0)
    # (1 + sqrt 5 + 5 / 3) exp(-sqrt 5) at one length
    assert k[0, 2] == pytest.approx((1 + 5**0.5 + 5 / 3) * np.exp(-(5**0.5)))


def test_priors_are_distributions():
    assert deviation.AMPLITUDE_PRIOR.sum() == pytest.approx(1.0)
    assert len(deviation.AMPLITUDE_PRIOR) == len(deviation.AMPLITUDES)


def test_a_steep_fall_is_less_certain_than_a_plateau():
    assert deviation.stretch(np.array([0.0, -1.0, -3.0])) == pytest.approx([1.0, 2**0.5, 10**0.5])


def test_the_knee_is_uncertain_only_where_memory_matters():
    log_memory = np.log(np.geomspace(128, 10_240, 200))
    steep, flat = np.full(200, -1.0), np.zeros(200)
    bumps = deviation.departures(log_memory, steep)[:-1]
    spread = np.sqrt((bumps**2).sum(axis=0))
    assert deviation.departures(log_memory, flat).max() == 0
    assert spread[np.argmin(np.abs(np.exp(log_memory) - 1400))] > deviation.KNEE_DEPARTURE * 0.9
    assert spread[np.argmin(np.abs(np.exp(log_memory) - 512))] < 0.001


def test_computing_may_be_a_little_steeper_or_flatter_below_one_vcpu_only():
    log_memory = np.log(np.geomspace(128, 10_240, 200))
    tilt = deviation.departures(log_memory, np.full(200, -1.0))[-1]
    assert tilt[0] == pytest.approx(deviation.TILT * np.log(1769 / 128))
    assert np.all(tilt[log_memory > np.log(1769)] == 0)
