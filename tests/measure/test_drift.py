"""Drift of the machine is taken out by CPU time; an effect of the memory size is left in."""

import math
import random
from statistics import mean, median, stdev

from cost_models.cpu import vcpu_share
from tuner.measure.drift import steadied
from tuner.records import Invocation, MeasurementSet, Outcome

SIZES = (256, 512, 1024, 1769)


def measurement(cpu_of, *, io_ms=0.0, with_cpu=True, rounds=8, later=()):
    """Sizes visited twice a round; `cpu_of(size, second)` is the CPU time then; wall = io + cpu / share."""
    invocations = []
    order = [(size, r) for r in range(rounds) for size in random.sample(SIZES, len(SIZES))]
    order += [(size, rounds + r) for size in later for r in range(rounds)]
    for size, _ in order:
        for _ in range(2):
            cpu = cpu_of(size, len(invocations) / 10)
            wall = io_ms + cpu / min(1.0, vcpu_share(size))
            invocations.append(
                Invocation(
                    size,
                    Outcome.OK,
                    wall,
                    math.ceil(wall),
                    cpu_time_ms=cpu if with_cpu else None,
                    sequence=len(invocations),
                )
            )
    return MeasurementSet("t", "t", "local", tuple(invocations), relative=True)


def durations(measurements, size):
    return [c.duration_ms for c in measurements.warm(size)]


def spread(values):
    return stdev(values) / mean(values)


def test_a_core_that_slows_down_does_not_show_in_the_durations():
    random.seed(1)
    noisy = measurement(lambda size, s: 150 * random.uniform(0.9, 1.2), io_ms=20)
    for size in SIZES:
        assert spread(durations(steadied(noisy), size)) < 0.2 * spread(durations(noisy, size))


def test_slow_swings_that_all_calls_of_a_visit_share_are_no_effect_of_the_size():
    random.seed(3)
    swinging = measurement(lambda size, s: 150 * (1 + 0.25 * math.sin(s)) * random.uniform(0.98, 1.02))
    work = [median(durations(steadied(swinging), size)) * vcpu_share(size) for size in SIZES]
    assert max(work) / min(work) < 1.02


def test_a_size_measured_later_on_a_faster_machine_is_brought_to_the_same_footing():
    random.seed(2)
    drifting = measurement(
        lambda size, s: (150 if s < 6.4 else 110) * random.uniform(0.97, 1.03), later=(1600,)
    )
    found = steadied(drifting)
    work = {size: median(durations(found, size)) * min(1, vcpu_share(size)) for size in (*SIZES, 1600)}
    assert max(work.values()) / min(work.values()) < 1.03
    assert median(durations(drifting, 1600)) < 0.8 * median(durations(found, 1600))


def test_more_work_at_small_sizes_is_an_effect_and_stays():
    random.seed(1)
    effect = measurement(lambda size, s: (180 if size == 256 else 150) * random.uniform(0.95, 1.05))
    found = steadied(effect)
    work = {size: mean(durations(found, size)) * vcpu_share(size) for size in SIZES}
    assert 1.15 < work[256] / work[1024] < 1.25


def test_bills_follow_the_steadied_durations():
    random.seed(1)
    found = steadied(measurement(lambda size, s: 150 * random.uniform(0.9, 1.2)))
    for call in found.invocations:
        assert call.billed_duration_ms - 1 < call.duration_ms <= call.billed_duration_ms


def test_without_cpu_time_durations_stay_as_measured():
    raw = measurement(lambda size, s: 150 * random.uniform(0.9, 1.2), with_cpu=False)
    assert raw == steadied(raw)


def test_throttled_calls_of_a_few_milliseconds_stay_as_measured():
    raw = measurement(lambda size, s: 3 * random.uniform(0.9, 1.2))
    for size in SIZES[:-1]:
        assert durations(raw, size) == durations(steadied(raw), size)


def test_a_waiting_function_is_not_blown_up_by_its_little_cpu_time():
    random.seed(1)
    waiting = measurement(lambda size, s: random.uniform(1, 2), io_ms=200)
    for size in SIZES:
        assert abs(mean(durations(steadied(waiting), size)) / mean(durations(waiting, size)) - 1) < 0.02
