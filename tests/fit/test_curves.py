"""The families are pure functions: hand-worked values, limits, and certified fits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from cost_models.cpu import ONE_VCPU_MB
from tuner.fit import curves

SIZES = np.array([128.0, 512.0, 1769.0, 3538.0, 10240.0])


def test_constant_does_not_depend_on_memory():
    assert curves.constant(SIZES, 40.0) == pytest.approx([40.0] * 5)


def test_saturating_cpu_doubles_at_half_a_vcpu_and_is_flat_above_one():
    assert curves.saturating_cpu(np.array([884.5, 1769.0, 10240.0]), 10.0, 100.0) == pytest.approx(
        [210.0, 110.0, 110.0]
    )


def test_amdahl_without_a_parallel_part_is_saturating_cpu():
    assert curves.amdahl(SIZES, 10.0, 100.0, 0.0) == pytest.approx(curves.saturating_cpu(SIZES, 10.0, 100.0))


def test_amdahl_runs_the_parallel_part_on_both_cores():
    # 2 vCPUs: 20 serial + 80 / 2
    assert curves.amdahl(np.array([3538.0]), 0.0, 100.0, 0.8) == pytest.approx([60.0])


def test_throttled_cpu_is_steeper_than_its_share():
    assert curves.throttled_cpu(np.array([884.5, 1769.0, 3538.0]), 0.0, 100.0, 2.0) == pytest.approx(
        [400.0, 100.0, 100.0]
    )


def test_late_knee_saturates_at_its_knee():
    assert curves.late_knee(np.array([1024.0, 2048.0, 4096.0]), 5.0, 100.0, 2048.0) == pytest.approx(
        [205.0, 105.0, 105.0]
    )


def test_threshold_is_half_way_in_logs_at_its_edge():
    fall = np.log(10.0)
    at_edge = curves.threshold(np.array([300.0]), 20.0, 0.0, drop=fall, edge_mb=300.0, width=0.1)
    assert at_edge == pytest.approx([20.0 * np.sqrt(10.0)])
    far = curves.threshold(np.array([30.0, 3000.0]), 20.0, 0.0, drop=fall, edge_mb=300.0, width=0.1)
    assert far == pytest.approx([200.0, 20.0])


def test_power_law_halves_and_quarters():
    assert curves.power_law(np.array([884.5, 1769.0, 3538.0]), 1.0, 100.0, 2.0) == pytest.approx(
        [401.0, 101.0, 26.0]
    )


def test_exponential_falls_by_e_over_its_decay():
    assert curves.exponential(np.array([0.0, 400.0]), 50.0, 100.0, 400.0) == pytest.approx(
        [150.0, 50.0 + 100.0 / np.e]
    )


@pytest.mark.parametrize("family", curves.FAMILIES, ids=lambda f: f.name)
def test_every_family_never_rises_with_memory(family):
    rng = np.random.default_rng(1)
    memory = np.geomspace(128, 10240, 200)
    for _ in range(50):
        unbounded = [rng.normal(p.centre, p.spread) for p in family.parameters]
        log_duration = family.log_duration(memory, np.array(unbounded), 100.0)
        assert np.all(np.isfinite(log_duration))
        assert np.all(np.diff(log_duration) <= 1e-9)


def test_family_names_are_unique_and_parameters_carry_their_unit():
    names = [f.name for f in curves.FAMILIES]
    assert len(names) == len(set(names))
    for family in curves.FAMILIES:
        for parameter in family.parameters:
            unit = {
                curves.Kind.DURATION_MS: "_ms",
                curves.Kind.MEMORY_MB: "_mb",
                curves.Kind.EDGE_MB: "_mb",
            }.get(parameter.kind, "")
            assert parameter.name.endswith(unit)


# NIST Statistical Reference Datasets, https://www.itl.nist.gov/div898/strd/nls/nls_main.shtml
MISRA1A_X = [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1, 689.1, 760.0]
MISRA1A_Y = [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.4, 75.47, 81.78]
"""Misra1a: y = b1 (1 - exp(-b2 x)), certified b1 = 238.94212918, b2 = 5.5015643181e-4."""

DANWOOD = np.array(
    [(1.309, 2.138), (1.471, 3.421), (1.490, 3.597), (1.565, 4.340), (1.611, 4.882), (1.680, 5.660)]
)
"""DanWood: y = b1 x^b2, certified b1 = 0.76886226176, b2 = 3.8604055871."""


def test_exponential_family_finds_the_certified_parameters_of_nist_misra1a():
    # b1 (1 - exp(-b2 x)) is the family with floor b1, scale -b1 and decay 1 / b2
    (b1, b2), _ = curve_fit(
        lambda x, b1, b2: curves.exponential(x, b1, -b1, 1 / b2), MISRA1A_X, MISRA1A_Y, p0=(250.0, 5e-4)
    )
    assert (b1, b2) == pytest.approx((238.94212918, 5.5015643181e-4), rel=1e-6)


def test_power_law_family_finds_the_certified_parameters_of_nist_danwood():
    x, y = DANWOOD.T

    def model(x, b1, b2):
        return curves.power_law(x * ONE_VCPU_MB, 0.0, b1, -b2)

    (b1, b2), _ = curve_fit(model, x, y, p0=(1.0, 5.0))
    assert (b1, b2) == pytest.approx((0.76886226176, 3.8604055871), rel=1e-6)
