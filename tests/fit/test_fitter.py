"""The fitted curve on simulated functions: what it finds, how sure it is, and the edges of its input."""

from __future__ import annotations

import numpy as np
import pytest
from fit_workloads import GRID, WORKLOADS, cpu_law, measure

from tuner.errors import NoAnswerError
from tuner.fit import fit_duration_curve


def fit(name: str, cv: float = 0.05, calls: int = 10, seed: int = 0, sizes=GRID):
    return fit_duration_curve(measure(WORKLOADS[name], np.random.default_rng(seed), cv, calls, sizes))


def test_function_that_only_waits_is_constant():
    curve = fit_duration_curve(measure(cpu_law(120.0, 0.0), np.random.default_rng(0), 0.05, 10))
    assert curve.family == "constant"
    assert curve.parameters["io_ms"] == pytest.approx(120, rel=0.05)


def test_mixed_function_is_taken_apart_into_waiting_and_work():
    curve = fit("mixed", cv=0.03)
    assert curve.family == "saturating-cpu"
    assert curve.parameters == {"io_ms": pytest.approx(40, rel=0.15), "cpu_ms": pytest.approx(60, rel=0.1)}


def test_parallel_function_keeps_its_parallel_fraction():
    curve = fit("amdahl", cv=0.02, calls=20, sizes=(256, 1024, 1769, 3008, 5120, 10240))
    amdahl = next(f for f in curve.families if f.name == "amdahl")
    assert amdahl.parameters["parallel_fraction"] == pytest.approx(0.8, abs=0.1)
    assert curve.family == "amdahl"


def test_family_weights_are_sorted_and_sum_to_one():
    weights = [f.weight for f in fit("jvm").families]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) == pytest.approx(1.0)


def test_noise_is_estimated_without_its_slow_calls():
    assert fit("cpu-bound", cv=0.1, calls=40).noise_cv == pytest.approx(0.1, rel=0.25)


def test_expected_duration_includes_the_slow_calls():
    rng = np.random.default_rng(3)
    truth = cpu_law(50.0, 50.0)
    slow = {
        m: d * np.where(np.arange(200) % 10 == 0, 3.0, 1.0) for m, d in measure(truth, rng, 0.05, 200).items()
    }
    band = fit_duration_curve(slow).predict(GRID)
    assert band.mean_ms == pytest.approx(truth(GRID) * 1.2, rel=0.05)


def test_one_slow_call_does_not_bend_the_curve():
    calm = measure(WORKLOADS["cpu-bound"], np.random.default_rng(1), 0.03, 10)
    spoilt = {**calm, 512: [*calm[512][:-1], calm[512][-1] * 4]}
    before, after = fit_duration_curve(calm), fit_duration_curve(spoilt)
    bend = after.predict([512]).mean_ms / after.predict([1024]).mean_ms
    assert bend == pytest.approx(before.predict([512]).mean_ms / before.predict([1024]).mean_ms, rel=0.02)


def test_misfit_is_flagged_on_a_threshold_and_not_on_families():
    assert all(fit("threshold", cv=0.05, seed=s).misfit for s in range(5))
    for name in ("io-bound", "cpu-bound", "mixed", "amdahl", "jvm"):
        assert not any(fit(name, cv=0.05, seed=s).misfit for s in range(5)), name


def test_misfit_widens_the_interval_where_the_function_falls_and_not_on_its_plateau():
    band = fit("threshold", cv=0.03).predict(np.array([362, 2307]))
    width = (band.high_ms - band.low_ms) / band.mean_ms
    assert width[0] > 0.5
    assert width[1] < 0.5 * width[0]


def test_deviation_is_small_where_a_family_is_right_and_large_where_none_is():
    assert fit("cpu-bound", cv=0.02, calls=30).deviation < 0.03
    assert fit("threshold", cv=0.02, calls=30).deviation > 0.1


def test_more_calls_narrow_the_interval():
    few, many = fit("mixed", cv=0.2, calls=4).predict(GRID), fit("mixed", cv=0.2, calls=80).predict(GRID)
    assert np.all(many.high_ms - many.low_ms < 0.6 * (few.high_ms - few.low_ms))


def test_same_input_and_seed_give_identical_bits():
    durations = measure(WORKLOADS["jvm"], np.random.default_rng(0), 0.1, 10)
    reordered = dict(reversed(durations.items()))
    first, second = fit_duration_curve(durations, seed=5), fit_duration_curve(reordered, seed=5)
    assert np.array_equal(first.draws(GRID), second.draws(GRID))
    assert np.array_equal(first.residual_ratios, second.residual_ratios)
    assert first.families == second.families
    assert not np.array_equal(first.draws(GRID), fit_duration_curve(durations, seed=6).draws(GRID))


def test_durations_in_other_units_give_the_same_curve_in_those_units():
    durations = measure(WORKLOADS["mixed"], np.random.default_rng(0), 0.1, 10)
    seconds = {m: [d / 1000 for d in ds] for m, ds in durations.items()}
    assert fit_duration_curve(seconds).draws(GRID) * 1000 == pytest.approx(
        fit_duration_curve(durations).draws(GRID), rel=1e-5
    )


def test_one_size_is_a_curve_of_one_size():
    curve = fit_duration_curve({512: [100.0, 104.0, 98.0, 101.0, 99.0]})
    assert curve.fitted_range_mb == (512, 512)
    band = curve.predict([512])
    assert band.low_ms[0] < 100.4 < band.high_ms[0]
    assert band.high_ms[0] - band.low_ms[0] < 30


def test_one_call_has_a_wide_interval():
    band = fit_duration_curve({512: [100.0]}).predict([512])
    assert band.low_ms[0] < 85
    assert band.high_ms[0] > 115


def test_one_call_a_size_reads_the_noise_off_the_curve():
    band = fit("cpu-bound", cv=0.05, calls=1).predict(GRID)
    width = (band.high_ms - band.low_ms) / 2 / band.mean_ms
    assert np.all((width > 0.03) & (width < 0.5))


def test_identical_calls_are_not_certainty():
    band = fit_duration_curve({128: [200.0] * 10, 1024: [100.0] * 10}).predict([128, 1024])
    assert band.mean_ms == pytest.approx([200, 100], rel=0.02)
    assert np.all(band.high_ms > band.low_ms)


def test_sizes_without_calls_are_left_out():
    assert fit_duration_curve({128: [], 512: [10.0, 11.0], 1024: [9.0, 9.5]}).fitted_range_mb == (512, 1024)


@pytest.mark.parametrize("durations", [{}, {128: []}])
def test_no_duration_at_all_is_no_answer(durations):
    with pytest.raises(NoAnswerError, match="no warm duration") as failure:
        fit_duration_curve(durations)
    assert failure.value.hint


@pytest.mark.parametrize(
    "durations", [{128: [float("nan")]}, {128: [-1.0]}, {128: [float("inf")]}, {0: [1.0]}]
)
def test_what_is_no_duration_is_refused(durations):
    with pytest.raises(ValueError, match="must be"):
        fit_duration_curve(durations)


def test_a_duration_of_zero_is_shorter_than_the_clock_resolves():
    assert fit_duration_curve({128: [0.0, 0.01], 256: [0.01, 0.01]}).predict([128]).low_ms[0] > 0
