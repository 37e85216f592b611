"""The stand-in functions: exact expectations, mean-one noise, strict files."""

import itertools

import numpy as np
import pytest

from cost_models.cpu import vcpu_share, visible_vcpus
from cost_models.errors import WorkloadError
from cost_models.workload import Noise, PhysicalDuration, PointsDuration
from cost_models.workload_file import catalog, load_workload, parse_workload

MINIMAL = 'name = "x"\n[duration]\nio_ms = 1.0\n'


def test_points_are_met_exactly_and_flat_outside():
    duration = PointsDuration(((128, 2050.8), (256, 1027.7), (512, 540.3)))
    assert [2050.8, 1027.7, 540.3] == pytest.approx([duration.expected_ms(m) for m in (128, 256, 512)])
    assert duration.expected_ms(512) == duration.expected_ms(10_240)
    assert duration.expected_ms(128) == duration.expected_ms(64)


def test_points_are_monotone_between():
    duration = load_workload("short-burst").duration
    values = [duration.expected_ms(m) for m in range(128, 3009)]
    assert all(later <= earlier for earlier, later in itertools.pairwise(values))


def test_one_vcpu_is_the_knee_without_parallel_code():
    duration = PhysicalDuration(io_ms=10, cpu_ms=100)
    assert 110 == pytest.approx(duration.expected_ms(1769))
    assert 110 == pytest.approx(duration.expected_ms(10_240))
    assert 210 == pytest.approx(duration.expected_ms(1769 / 2))


def test_the_parallel_fraction_gains_above_one_vcpu():
    duration = PhysicalDuration(io_ms=0, cpu_ms=100, parallel_fraction=0.9)
    assert 10 + 90 / 2 == pytest.approx(duration.expected_ms(2 * 1769))


@pytest.mark.parametrize("slow_factor", [4, (1.5, 4.0)])
def test_noise_has_mean_one_slow_calls_included(slow_factor):
    noise = Noise(cv=0.2, slow_share=0.05, slow_factor=slow_factor)
    rng = np.random.default_rng(1)
    sample = np.array([noise.sample(rng) for _ in range(100_000)])
    assert 1 == pytest.approx(sample.mean(), abs=0.01)


def test_a_range_of_slow_factors_is_met_evenly_from_end_to_end():
    noise = Noise(slow_share=0.2, slow_factor=(1.5, 4.0))
    rng = np.random.default_rng(2)
    usual = 1 / (1 + 0.2 * (2.75 - 1))
    factors = np.array([noise.sample(rng) for _ in range(20_000)]) / usual
    slow = factors[factors > 1.001]
    assert 0.2 == pytest.approx(len(slow) / len(factors), abs=0.01)
    assert [1.5, 2.125, 2.75, 3.375, 4.0] == pytest.approx(
        np.quantile(slow, [0, 0.25, 0.5, 0.75, 1]), abs=0.05
    )


def test_a_number_draws_as_a_range_of_no_width():
    number, width_less = Noise(0.1, 0.5, 3.0), Noise(0.1, 0.5, (3.0, 3.0))
    rngs = np.random.default_rng(3), np.random.default_rng(3)
    assert [number.sample(rngs[0]) for _ in range(50)] == [width_less.sample(rngs[1]) for _ in range(50)]


def test_a_file_gives_the_slow_factor_as_a_number_or_a_range():
    factors = [
        parse_workload(f"{MINIMAL}[noise]\nslow_factor = {text}", source="x.toml").noise.slow_factor
        for text in ("3", "[1.5, 4]")
    ]
    assert [3.0, (1.5, 4.0)] == factors


def test_a_small_size_runs_out_of_memory():
    call = load_workload("memory-hungry").call(
        np.random.default_rng(0), memory_mb=256, timeout_ms=60_000, fresh=True
    )
    assert ("out_of_memory", 256) == (call.ending, call.max_memory_used_mb)


def test_a_slow_size_times_out_at_the_timeout():
    call = load_workload("parallel").call(
        np.random.default_rng(0), memory_mb=128, timeout_ms=3000, fresh=False
    )
    assert call.ending == "out_of_memory"
    call = load_workload("cpu-bound").call(
        np.random.default_rng(0), memory_mb=128, timeout_ms=1000, fresh=False
    )
    assert ("timeout", 1000, None) == (call.ending, call.duration_ms, call.init_duration_ms)


def test_the_catalog_has_several_workloads_that_load():
    assert len(catalog()) >= 6
    for name in catalog():
        assert name == load_workload(name).name


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not valid TOML"),
        ("[duration]\nio_ms = 1.0", "name is missing"),
        ('name = "x"', "duration.*missing"),
        ('name = "x"\n[duration]\nio_ms = 1\ncpu_sm = 2', "unknown key 'cpu_sm'"),
        ('name = "x"\nnoize = 1\n[duration]\nio_ms = 1', "unknown key 'noize'"),
        ('name = "x"\n[duration]\nio_ms = -1', "must be a number"),
        ('name = "x"\n[duration]\nio_ms = nan', "must be a number"),
        ('name = "x"\n[duration]\nio_ms = inf', "must be a number"),
        ('name = "x"\n[duration]\nio_ms = "1"', "must be a number"),
        ('name = "x"\n[duration]\nio_ms = 0.0', "both zero"),
        ('name = "x"\n[duration]\npoints = []', "give a list"),
        ('name = "x"\n[duration]\npoints = [[128]]', "is not"),
        ('name = "x"\n[duration]\npoints = [[128, 0]]', "must be a number"),
        ('name = "x"\n[duration]\npoints = [[128, 1], [128, 2]]', "twice"),
        ('name = "x"\n[duration]\npoints = [[128, 1]]\nio_ms = 1', "not both"),
        ('name = "x"\narchitecture = "riscv"\n[duration]\nio_ms = 1', "architecture"),
        (MINIMAL + "[noise]\nslow_factor = 0.5", "slow_factor"),
        (MINIMAL + "[noise]\nslow_factor = [0.5, 4.0]", "slow_factor must be a number"),
        (MINIMAL + "[noise]\nslow_factor = [4.0, 1.5]", "slow_factor must be .low, high."),
        (MINIMAL + "[noise]\nslow_factor = [1, 2, 3]", "slow_factor must be a number"),
        ('name = "x"\nduration = 3', "must be a table"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(text, message):
    with pytest.raises(WorkloadError, match=message):
        parse_workload(text, source="x.toml")


def test_a_missing_file_and_a_misspelt_name_are_refused(tmp_path):
    with pytest.raises(WorkloadError, match="cannot read"):
        load_workload("nowhere.toml", root=tmp_path)
    with pytest.raises(WorkloadError) as caught:
        load_workload("cpu-bond")
    assert "cpu-bound" in caught.value.hint


def test_cpu_follows_the_memory_size():
    assert 1 == vcpu_share(1769)
    assert 5.79 == pytest.approx(vcpu_share(10_240), abs=0.005)
    assert [2, 2, 3, 6] == [visible_vcpus(m) for m in (128, 3008, 3009, 10_240)]
