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


def test_noise_has_mean_one_slow_calls_included():
    noise = Noise(cv=0.2, slow_share=0.05, slow_factor=4)
    rng = np.random.default_rng(1)
    sample = np.array([noise.sample(rng) for _ in range(100_000)])
    assert 1 == pytest.approx(sample.mean(), abs=0.01)


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
