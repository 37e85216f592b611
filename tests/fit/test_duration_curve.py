"""What a duration curve answers, for any positive finite input."""

from __future__ import annotations

import numpy as np
import pytest
from fit_workloads import GRID, WORKLOADS, measure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuner.errors import ExtrapolationError
from tuner.fit import fit_duration_curve

durations = st.dictionaries(
    st.integers(128, 10240),
    st.lists(st.floats(1e-3, 9e5), min_size=1, max_size=12),
    min_size=1,
    max_size=8,
)
bounded = settings(
    max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def curve():
    return fit_duration_curve(measure(WORKLOADS["mixed"], np.random.default_rng(0), 0.1, 20))


@bounded
@given(durations, st.floats(0.5, 0.99), st.floats(0.0, 1.0))
def test_any_positive_input_gives_an_ordered_positive_band(calls, level, part):
    curve = fit_duration_curve(calls, draws=50)
    low, high = curve.fitted_range_mb
    memory = np.array([low, low + part * (high - low), high])
    band = curve.predict(memory, level=level)
    assert np.all(band.low_ms <= band.mean_ms)
    assert np.all(band.mean_ms <= band.high_ms)
    draws = curve.draws(memory)
    assert draws.shape == (50, 3)
    assert np.all(np.isfinite(draws))
    assert np.all(draws > 0)
    far = curve.draws(np.array([128, 10240]), extrapolate=True)
    assert np.all(np.isfinite(far))
    assert np.all(far > 0)


@bounded
@given(durations)
def test_residual_ratios_have_mean_one_and_one_entry_a_call(calls):
    ratios = fit_duration_curve(calls, draws=10).residual_ratios
    assert ratios.mean() == pytest.approx(1.0)
    assert ratios.shape == (sum(len(c) for c in calls.values()),)
    assert np.all(ratios >= 0)


@bounded
@given(st.floats(1e-3, 9e5), st.integers(1, 10), st.lists(st.integers(128, 10240), min_size=1, max_size=6))
def test_identical_calls_are_found_again(duration, calls, sizes):
    curve = fit_duration_curve({m: [duration] * calls for m in sizes}, draws=200)
    band = curve.predict(np.array(sizes))
    assert np.all(band.low_ms <= duration * 1.01)
    assert np.all(band.high_ms >= duration * 0.99)


def test_a_size_outside_the_measured_ones_is_refused_unless_asked_for(curve):
    with pytest.raises(ExtrapolationError, match="4096 MB is outside the measured sizes 128-3008 MB"):
        curve.predict([512, 4096])
    with pytest.raises(ExtrapolationError):
        curve.draws([64])
    assert curve.predict([4096], extrapolate=True).high_ms[0] > 0


def test_extrapolation_widens_with_the_distance(curve):
    band = curve.predict(np.array([3008, 4096, 6144, 10240]), extrapolate=True)
    assert np.all(np.diff((band.high_ms - band.low_ms) / band.mean_ms) > 0)


def test_extrapolation_does_not_move_what_was_measured(curve):
    inside = curve.predict(GRID)
    assert np.array_equal(inside.mean_ms, curve.predict(GRID, extrapolate=True).mean_ms)


def test_draws_are_joint(curve):
    draws = curve.draws([512, 520])
    assert np.corrcoef(draws.T)[0, 1] > 0.9


def test_the_expected_duration_does_not_rise_with_memory_and_draws_rise_little(curve):
    draws = curve.draws(np.arange(128, 3009, 16))
    mean = draws.mean(axis=0)
    assert np.all(np.diff(mean) <= 0.002 * mean[:-1])
    lowest_before = np.minimum.accumulate(draws, axis=1)
    assert np.quantile(draws / lowest_before, 0.95) < 1.05


def test_a_higher_level_is_wider(curve):
    narrow, wide = curve.predict(GRID, level=0.5), curve.predict(GRID, level=0.99)
    assert np.all(wide.low_ms < narrow.low_ms)
    assert np.all(narrow.high_ms < wide.high_ms)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0])
def test_a_level_is_a_probability(curve, level):
    with pytest.raises(ValueError, match="level"):
        curve.predict(GRID, level=level)


def test_quantile_ratio_is_that_of_the_noise(curve):
    assert curve.quantile_ratio(0.5) == pytest.approx(1.0, abs=0.05)
    assert curve.quantile_ratio(0.95) == pytest.approx(np.exp(1.645 * 0.1), rel=0.08)
    assert curve.quantile_ratio(1.0) == curve.residual_ratios.max()


def test_one_memory_size_may_be_given_as_a_number(curve):
    assert curve.predict(512).mean_ms.shape == (1,)
