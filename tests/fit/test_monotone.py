"""More memory is never slower, unless the data say so."""

from __future__ import annotations

import numpy as np
import pytest

from tuner.fit import fit_duration_curve, monotone


def test_projection_keeps_a_falling_curve():
    curve = np.array([[5.0, 4.0, 3.5, 3.0, 1.0]])
    assert monotone.towards_non_increasing(curve, np.array([0, 2, 4])) == pytest.approx(curve)


def test_a_draw_moves_half_the_way_to_what_its_measured_neighbours_enclose():
    draws = np.array([[3.0, 9.0, 2.0, 1.9, 0.0], [3.0, -9.0, 2.0, 3.0, 1.0]])
    projected = monotone.towards_non_increasing(draws, np.array([0, 2, 4]))
    # The nearest falling curves are 3 3 2 1.9 0 and 3 2 2 2 1; half the way is gone.
    assert projected == pytest.approx(np.array([[3.0, 6.0, 2.0, 1.9, 0.0], [3.0, -3.5, 2.0, 2.5, 1.0]]))


def test_projection_leaves_what_is_outside_the_measured_range():
    draws = np.array([[1.0, 5.0, 4.0, 9.0]])
    assert monotone.towards_non_increasing(draws, np.array([1, 2]))[0, [0, 3]] == pytest.approx([1.0, 9.0])


def test_rises_asks_for_a_clear_rise():
    variance = np.full(3, 0.01**2)
    assert not monotone.rises(np.array([1.0, 0.5, 0.51]), variance)
    assert monotone.rises(np.array([1.0, 0.5, 0.6]), variance)


def test_one_size_never_rises():
    assert not monotone.rises(np.array([1.0]), np.array([0.1]))


def test_a_clear_rise_is_not_flattened():
    rng = np.random.default_rng(0)
    truth = {128: 100.0, 512: 50.0, 1024: 80.0, 3008: 80.0}
    curve = fit_duration_curve({m: d * rng.lognormal(0, 0.02, 10) for m, d in truth.items()})
    band = curve.predict(np.array([512, 1024]))
    assert band.high_ms[0] < 60
    assert band.low_ms[1] > 70
