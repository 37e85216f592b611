"""The bundled examples, for real: each has the shape that it claims."""

from pathlib import Path
from statistics import median

import pytest

from cost_models.cpu import vcpu_share
from tuner.platforms.local.preflight import usable_cpus
from tuner.records import Outcome
from tuner.settings import load_settings
from tuner.tuning import run

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.sandbox


def result_of(name, sizes, **options):
    return run(load_settings(name, {"memory_sizes": sizes, "invocations": 5} | options, {}, ROOT))


def warm(result, size):
    return result.measurements.warm(size)


@pytest.mark.timing
def test_computing_takes_its_cpu_time_over_its_share():
    sizes = (256, 512, 1024, 1769)
    result = result_of("my-func", sizes)
    ratios = [
        median(c.duration_ms * vcpu_share(size) / c.cpu_time_ms for c in warm(result, size)) for size in sizes
    ]
    assert 0.9 <= median(ratios) <= 1.1, ratios


@pytest.mark.timing
def test_waiting_takes_the_same_time_at_every_size():
    sizes = (128, 512, 1769)
    result = result_of("io-bound", sizes, invocations=8)
    durations = [median(c.duration_ms for c in warm(result, size)) for size in sizes]
    # Its 2 ms of CPU may cost a period of 20 ms at 128 MB; computing would take 14 times as long there.
    assert max(durations) / min(durations) < 1.3, durations
    assert 128 == result.recommendation.candidate.memory_mb


def test_thumbnails_gain_from_memory():
    result = result_of("thumbnail", (256, 1024))
    assert median(c.duration_ms for c in warm(result, 256)) > 2 * median(
        c.duration_ms for c in warm(result, 1024)
    )


@pytest.mark.skipif(usable_cpus() < 2, reason="one core cannot run two threads at once")
@pytest.mark.timing
def test_native_threads_gain_above_one_vcpu():
    result = result_of("parallel", (1024, 1769, 3008), strategy="speed")
    assert median(c.duration_ms for c in warm(result, 1769)) > 1.25 * median(
        c.duration_ms for c in warm(result, 3008)
    )


def test_a_hungry_function_fails_at_128_mb_and_is_never_put_near_its_peak():
    result = result_of("memory-hungry", (128, 256, 512))
    assert set(result.measurements.outcomes(128)) == {Outcome.OUT_OF_MEMORY}
    chosen = result.recommendation.candidate
    assert chosen.memory_mb >= 1.2 * max(c.max_memory_used_mb for c in warm(result, chosen.memory_mb))


def test_a_function_of_the_template_runs_with_its_settings():
    target = "local:examples/template.yaml:CpuBound"
    result = result_of(target, (1024, 1769), invocations=2, payload='{"limit": 1000}')
    assert "CpuBound" == result.measurements.function
    assert (128, 10) == (result.measurements.current.memory_mb, result.measurements.current.timeout_s)


@pytest.mark.skipif(
    not (ROOT / "examples/node_hash/node_modules/aws-lambda-ric/bin/index.mjs").exists(),
    reason="the Node.js interface client is not installed; `make node` builds it",
)
def test_node_runs_under_its_own_client():
    result = result_of("node-hash", (512, 1769))
    assert result.conditions["runtime"].startswith("node")
    assert median(c.duration_ms for c in warm(result, 512)) > 2 * median(
        c.duration_ms for c in warm(result, 1769)
    )
