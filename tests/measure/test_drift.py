"""Drift of the machine is taken out by CPU time; an effect of the memory size is left in."""

import random
from statistics import mean, stdev

from cost_models.cpu import vcpu_share
from tuner.measure.drift import steady_durations
from tuner.records import Invocation, MeasurementSet, Outcome

SIZES = (256, 512, 1024, 1769)


def measurement(cpu_of, *, io_ms=0.0, with_cpu=True, calls=20):
    """Calls whose CPU time `cpu_of(size)` is drawn anew each time; wall = io + cpu / share."""
    invocations = []
    for size in SIZES:
        for _ in range(calls):
            cpu = cpu_of(size)
            wall = io_ms + cpu / min(1.0, vcpu_share(size))
            invocations.append(
                Invocation(size, Outcome.OK, wall, round(wall), cpu_time_ms=cpu if with_cpu else None)
            )
    return MeasurementSet("t", "t", "local", tuple(invocations), relative=True)


def spread(values):
    return stdev(values) / mean(values)


def test_a_core_that_slows_down_does_not_show_in_the_durations():
    random.seed(1)
    noisy = measurement(lambda _: 150 * random.uniform(0.9, 1.2), io_ms=20)
    steady = steady_durations(noisy)
    for size in SIZES:
        raw = [c.duration_ms for c in noisy.warm(size)]
        assert spread(steady[size]) < 0.2 * spread(raw)


def test_more_work_at_small_sizes_is_an_effect_and_stays():
    random.seed(1)
    effect = measurement(lambda size: (180 if size == 256 else 150) * random.uniform(0.95, 1.05))
    steady = steady_durations(effect)
    assert 180 / 150 < 1.05 * mean(steady[256]) * vcpu_share(256) / (mean(steady[1024]) * vcpu_share(1024))


def test_without_cpu_time_durations_stay_as_measured():
    raw = measurement(lambda _: 150 * random.uniform(0.9, 1.2), with_cpu=False)
    assert {s: tuple(c.duration_ms for c in raw.warm(s)) for s in SIZES} == dict(steady_durations(raw))


def test_calls_of_a_few_milliseconds_stay_as_measured():
    raw = measurement(lambda _: 3 * random.uniform(0.9, 1.2))
    assert {s: tuple(c.duration_ms for c in raw.warm(s)) for s in SIZES} == dict(steady_durations(raw))


def test_a_waiting_function_is_not_blown_up_by_its_little_cpu_time():
    random.seed(1)
    waiting = measurement(lambda _: random.uniform(1, 2), io_ms=200)
    for size, values in steady_durations(waiting).items():
        raw = [c.duration_ms for c in waiting.warm(size)]
        assert abs(mean(values) / mean(raw) - 1) < 0.02
