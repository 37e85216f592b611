"""The token bucket, against cases worked by hand and against a second one that steps through time."""

import time

import numpy as np
import pytest

from cost_models.throttling import Activity, simulate_duration_ms

SIZES_MB = (128, 256, 512, 1024, 1769)
CPU_MS, WAIT_MS = 5.6, 20.0
INTERLEAVED = [Activity(CPU_MS, WAIT_MS)] * 5


def stepped_ms(slices, memory_mb, parallelism=1, step_ms=0.04):
    """The same bucket in the plainest way: look at everything every 0.04 ms, for many phases."""
    quota = memory_mb / 1769 * 20
    found = []
    for period in np.arange(0, 20, 1.7):
        for tick in np.arange(0, 4, 0.7):
            tokens, throttled, now = quota, False, 0
            for each in slices:
                left, wait = each.cpu_ms, each.wait_ms
                while left > 1e-9 or wait > 1e-9:
                    if left > 1e-9:
                        if not throttled:
                            left -= step_ms * parallelism
                            tokens -= step_ms * parallelism
                    else:
                        wait -= step_ms
                    now += step_ms
                    if (now + period) % 20 < step_ms:
                        tokens = min(quota, tokens + quota)
                        throttled = tokens <= 0
                    # The end of the quota is noticed at a tick, or when work begins after a wait.
                    noticing = (now + tick) % 4 < step_ms or left == each.cpu_ms
                    throttled = throttled or (noticing and tokens <= 0)
                throttled = tokens <= 0
            found.append(now)
    return np.mean(found)


def test_waiting_takes_the_same_time_at_every_size():
    assert [200.0] * 5 == pytest.approx(simulate_duration_ms([Activity(0, 200)], SIZES_MB))


def test_long_computing_takes_cpu_time_over_share():
    got = simulate_duration_ms([Activity(5000)], SIZES_MB)
    assert [5000 * 1769 / size for size in SIZES_MB] == pytest.approx(got, rel=0.002)


def test_medium_computing_is_ahead_by_a_part_of_the_first_period():
    # Measured under cgroup v1: 0.98 to 0.996 of CPU / share for 0.35 s of CPU time, below one vCPU.
    ratio = simulate_duration_ms([Activity(350)], [128, 512, 1024]) * np.array([128, 512, 1024]) / 1769 / 350
    assert (ratio > 0.97).all() and (ratio < 1).all()


def test_computing_below_one_quota_is_not_throttled():
    # 5.79 ms at 512 MB
    assert [5.7] == pytest.approx(simulate_duration_ms([Activity(5.7)], [512]))
    assert [1.4] == pytest.approx(simulate_duration_ms([Activity(1.4)], [128]))


def test_computing_just_above_one_quota_is_often_done_before_anyone_notices():
    [got] = simulate_duration_ms([Activity(2.8)], [128])
    # At most a period late, and a tick comes within its last 1.35 ms about every third time.
    assert 2.8 + 0.2 * 10 < got < 2.8 + 0.5 * 20


def test_a_first_period_worked_by_hand():
    # 884.5 MB: half a vCPU, 10 ms a period. 30 ms of CPU time take a full quota, and three more periods
    # at most; less where the call begins shortly before a period does, or an overrun of up to 4 ms ends it.
    [got] = simulate_duration_ms([Activity(30)], [884.5])
    assert 60 - 20 * 0.5 - 8 < got < 60 - 20 * 0.5 + 4


def test_interleaved_waits_fill_the_bucket():
    got = simulate_duration_ms(INTERLEAVED, SIZES_MB)
    plain = np.array([5 * (WAIT_MS + CPU_MS * 1769 / size) if size < 1769 else 128 for size in SIZES_MB])
    # At 512 MB a slice fits in one quota, which is full again after each wait: it is not throttled at all.
    assert [128.0, 128.0, 128.0] == pytest.approx(got[2:])
    assert (got[:3] < 0.8 * plain[:3]).all()


def test_a_wait_shorter_than_a_period_does_not_save_up_more_than_one_quota():
    rested = simulate_duration_ms([Activity(5, 500), Activity(50)], [256])
    short = simulate_duration_ms([Activity(5, 40), Activity(50)], [256])
    assert rested - 500 == pytest.approx(short - 40, abs=3)


@pytest.mark.parametrize(
    ("slices", "parallelism"),
    [
        ([Activity(7)], 1),
        ([Activity(31, 100)], 1),
        ([Activity(CPU_MS, WAIT_MS)] * 3, 1),
        ([Activity(12, 7), Activity(3, 11), Activity(20)], 1),
        ([Activity(60, 5, 2)], 2),
    ],
)
def test_agrees_with_a_bucket_that_is_looked_at_all_the_time(slices, parallelism):
    sizes = [128, 400, 1024]
    expected = [stepped_ms(slices, size, parallelism) for size in sizes]
    assert expected == pytest.approx(simulate_duration_ms(slices, sizes).tolist(), rel=0.03, abs=0.8)


def test_one_thread_gains_nothing_above_one_vcpu():
    assert [70.0] * 3 == pytest.approx(simulate_duration_ms([Activity(50, 20)], [1769, 3008, 10_240]))


def test_threads_gain_up_to_their_number_and_up_to_the_cores_that_are_shown():
    two = simulate_duration_ms([Activity(4000, 0, 2)], [1769, 2653.5, 3538, 10_240])
    assert [4000, 4000 / 1.5, 2000, 2000] == pytest.approx(two, rel=0.02)
    # 3008 MB: two cores for four threads, and 1.7 vCPUs of CPU time
    [four] = simulate_duration_ms([Activity(4000, 0, 4)], [3008])
    assert 4000 / (3008 / 1769) == pytest.approx(four, rel=0.02)


def test_predicting_a_curve_is_quick():
    sizes = np.linspace(128, 10_240, 60)
    began = time.process_time()
    simulate_duration_ms([Activity(5000), Activity(100, 50)], sizes)
    simulate_duration_ms([Activity(100, 10)] * 40, sizes)
    assert time.process_time() - began < 0.2


def test_keeps_the_shape_of_the_sizes():
    assert (2, 2) == simulate_duration_ms([Activity(1)], [[128, 256], [512, 1024]]).shape
    assert () == simulate_duration_ms([Activity(1)], 128).shape
    assert 0 == simulate_duration_ms([], 128)


@pytest.mark.parametrize(
    ("each", "memory_mb"),
    [(Activity(-1), 128), (Activity(1, -1), 128), (Activity(1, 0, 0.5), 128), (Activity(1), 0)],
)
def test_what_cannot_be_is_refused(each, memory_mb):
    with pytest.raises(ValueError, match="must"):
        simulate_duration_ms([each], memory_mb)
