"""What a function does at full speed, seen from outside, and what is predicted from it."""

from __future__ import annotations

import json
import signal
import statistics
from pathlib import Path

import numpy as np
import pytest
from sandbox_cases import Open, supervisors, traces

from cost_models.throttling import Activity
from tuner.errors import MeasurementError
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import LocalPlatform
from tuner.platforms.local.profile import Profile, infer_slices, predicted_durations_ms
from tuner.platforms.local.trace import steps_of_computing
from tuner.records import Invocation, Outcome

BURN = """
    import threading, time
    def burn(ms):
        end = time.thread_time_ns() + ms * 1_000_000
        while time.thread_time_ns() < end: pass
"""
SLEEP = "import time\ndef handler(event, context): time.sleep(0.05)"
CPU = BURN + "\n    def handler(event, context): burn(60)"
MIXED = (
    BURN
    + """
    def handler(event, context):
        for _ in range(5):
            burn(9)
            time.sleep(0.02)
"""
)
THREADS = """
    import hashlib, threading
    def work(): hashlib.pbkdf2_hmac("sha256", b"a", b"b", 150_000)
    def handler(event, context):
        threads = [threading.Thread(target=work) for _ in range(2)]
        for each in threads: each.start()
        for each in threads: each.join()
"""


def take(platform: LocalPlatform, calls: int = 5) -> Profile:
    return platform.profile(timeout_s=10, payload=b"{}", calls=calls)


def take_undisturbed(platform: LocalPlatform) -> Profile:
    """A profile for tests that look at milliseconds: on a busy machine again, and then not at all."""
    for _ in range(4):
        got = take(platform)
        if not any(each.excluded for each in got.calls):
            return got
    pytest.skip("the machine is too busy: calls were disturbed every time")


def rounds(profile: Profile) -> list[tuple[float, float]]:
    """CPU time and the wait of more than 10 ms that ends it, in order."""
    found, cpu_ms = [], 0.0
    for each in profile.slices:
        cpu_ms += each.cpu_ms
        if each.wait_ms > 10:
            found.append((cpu_ms, each.wait_ms))
            cpu_ms = 0.0
    return found


# One thread that computes from 1 ms to 8 ms and from 12 to 13, read every half millisecond; its clock is
# brought up to date at the ticks at 3 and 7 ms, and when the thread stops.
AT = np.arange(0, 15.25, 0.5)
CLOCK = np.select([AT < 3, AT < 7, AT < 8, AT < 13], [0.0, 2.0, 6.0, 7.0], 8.0)


def steps(
    at: np.ndarray, cpu: np.ndarray, delay: np.ndarray | None = None, cpus: int = 2
) -> list[list[float]]:
    """Stretches of time, CPU time and delay [ms]; consecutive steps of the same kind are joined."""
    found = steps_of_computing(at, cpu, 0 * cpu if delay is None else delay, tick_ms=4.0, cpus=cpus)
    joined: list[list[float]] = []
    for step, used, delayed in zip(*(part.tolist() for part in found), strict=True):
        if step < 1e-9:
            continue
        if joined and np.allclose([used / step, delayed / step], np.array(joined[-1][1:]) / joined[-1][0]):
            joined[-1] = [old + new for old, new in zip(joined[-1], (step, used, delayed), strict=True)]
        else:
            joined.append([step, used, delayed])
    return joined


def test_clock_that_advances_at_ticks_tells_when_the_thread_ran() -> None:
    assert [[1, 0, 0], [7, 7, 0], [4, 0, 0], [1, 1, 0], [2, 0, 0]] == steps(AT, CLOCK)


def test_advance_of_more_than_one_thread_is_that_of_two() -> None:
    # Two threads from 0 to 4, found at the same moment.
    got = steps(np.array([0.0, 3.5, 4.0, 6.0]), np.array([0.0, 0.0, 8.0, 8.0]))
    assert [[4, 8, 0], [2, 0, 0]] == got


def test_advance_that_is_found_late_is_no_more_than_the_cpus_can_give() -> None:
    # A child of 20 ms on two CPUs, of which nothing was known before 30.
    got = steps(np.array([0.0, 29.5, 30.0, 31.0]), np.array([0.0, 0.0, 20.0, 20.0]))
    assert [[20, 0, 0], [10, 20, 0], [1, 0, 0]] == got


def test_time_kept_from_a_cpu_is_told_from_waiting() -> None:
    # Computes from 0 to 2, is kept waiting until 5, computes until 6.
    at, cpu = np.array([0.0, 2, 5, 6]), np.array([0.0, 2, 2, 3])
    assert [[2, 2, 0], [3, 0, 3], [1, 1, 0]] == steps(at, cpu, np.array([0.0, 0, 3, 3]))


def slices_of(rows: list[list[float]], cpu_ms: float) -> tuple[Activity, ...]:
    return infer_slices(*np.array(rows, dtype=float).T, cpu_ms=cpu_ms)


def test_slices_end_with_their_waits() -> None:
    got = slices_of([[5, 5, 0], [20, 0, 0], [3, 3, 0], [10, 0, 0], [1, 1, 0]], 9)
    assert (Activity(5, 20), Activity(3, 10), Activity(1)) == got


def test_cpu_time_and_duration_are_kept_whatever_is_joined() -> None:
    rng = np.random.default_rng(1)
    step = rng.exponential(0.5, 400)
    used = step * rng.choice([0, 0, 1, 1, 2], 400)
    got = infer_slices(step, used, 0 * step, cpu_ms=1.02 * used.sum())
    assert 1.02 * used.sum() == pytest.approx(sum(each.cpu_ms for each in got))
    assert step.sum() == pytest.approx(sum(each.duration_ms for each in got))
    assert all(each.cpu_ms >= 0 and each.wait_ms >= 0 and each.parallelism >= 1 for each in got)


def test_short_waits_and_timers_make_no_slices() -> None:
    got = slices_of([[5, 5, 0], [0.5, 0, 0], [5, 5, 0], [20, 0, 0], [0.1, 0.1, 0], [20, 0, 0]], 10.1)
    assert [(10.1, 40.5)] == [pytest.approx((each.cpu_ms, each.wait_ms)) for each in got]


def test_parallel_part_is_a_slice_of_its_own() -> None:
    got = slices_of([[1, 1, 0]] * 30 + [[1, 2, 0]] * 30, 90)
    assert 2 == len(got)
    assert [1, 2] == pytest.approx([each.parallelism for each in got], abs=0.1)


def test_time_lost_to_others_is_no_waiting() -> None:
    assert (Activity(10),) == slices_of([[5, 5, 0], [4, 0, 4], [5, 5, 0]], 10)


@pytest.mark.sandbox
def test_sleep_is_one_wait(open_app: Open, mechanism: str) -> None:
    with open_app(SLEEP, mechanism=mechanism) as platform:
        got = take(platform)
    [(_, wait_ms)] = rounds(got)
    assert 50.3 == pytest.approx(wait_ms, abs=3)
    assert got.cpu_ms < 3
    assert got.init_duration_ms is not None and got.max_memory_used_mb is not None


@pytest.mark.sandbox
@pytest.mark.timing
def test_loop_is_computing_without_waiting(open_app: Open, mechanism: str) -> None:
    with open_app(CPU, mechanism=mechanism) as platform:
        got = take_undisturbed(platform)
    assert 60 == pytest.approx(got.cpu_ms, rel=0.1)
    assert 1 == pytest.approx(got.parallelism, abs=0.05)
    assert sum(each.wait_ms for each in got.slices) < 6


@pytest.mark.sandbox
@pytest.mark.timing
def test_computing_between_waits_is_found_slice_by_slice(open_app: Open, mechanism: str) -> None:
    with open_app(MIXED, mechanism=mechanism) as platform:
        got = take_undisturbed(platform)
    assert [9.2] * 5 == pytest.approx([cpu_ms for cpu_ms, _ in rounds(got)], abs=1.5)
    assert [20.1] * 5 == pytest.approx([wait_ms for _, wait_ms in rounds(got)], abs=2)
    assert got.cpu_ms == pytest.approx(sum(each.cpu_ms for each in got.slices))
    assert got.duration_ms == pytest.approx(sum(each.duration_ms for each in got.slices))


@pytest.mark.sandbox
@pytest.mark.timing
def test_two_threads_compute_at_a_time(open_app: Open, mechanism: str) -> None:
    with open_app(THREADS, mechanism=mechanism) as platform:
        if platform.describe().measurable_mb[1] < 3538:
            pytest.skip("needs two CPUs")
        got = take(platform)
    if all(each.excluded for each in got.calls):
        pytest.skip("the machine is too busy: every call was disturbed")
    assert 1.5 < got.parallelism < 2.2


@pytest.mark.sandbox
@pytest.mark.timing
@pytest.mark.parametrize("source", [SLEEP, CPU, MIXED])
def test_prediction_is_what_is_measured_under_the_limit(open_app: Open, mechanism: str, source: str) -> None:
    sizes, found = [128, 512, 1024], {}
    with open_app(source, mechanism=mechanism) as platform:
        predicted = predicted_durations_ms(take(platform), sizes)
        for size in sizes:
            calls: list[Invocation] = [platform.invoke(InvocationRequest(size, 10, b"{}")) for _ in range(6)]
            assert [Outcome.OK] * 6 == [each.outcome for each in calls]
            quiet = [each.duration_ms or 0 for each in calls if not each.cold and each.excluded is None]
            if not quiet:
                pytest.skip("the machine is too busy: every call was disturbed")
            found[size] = statistics.median(quiet)
    assert list(found.values()) == pytest.approx(predicted.tolist(), rel=0.15)


@pytest.mark.sandbox
def test_profiling_leaves_nothing_and_other_environments_alone(
    open_app: Open, mechanism: str, private_state: Path
) -> None:
    with open_app(MIXED, mechanism=mechanism) as platform:
        kept = platform.invoke(InvocationRequest(256, 10, b"{}"))
        take(platform, calls=2)
        assert kept.environment is not None
        left = traces(platform.run_id)
        assert 1 == len([line for line in left if line.startswith("/proc")])
        assert [] == [line for line in left if not line.startswith("/proc") and kept.environment not in line]
        assert not platform.invoke(InvocationRequest(256, 10, b"{}")).cold
    assert [] == traces(platform.run_id)
    assert [] == supervisors(private_state)


@pytest.mark.sandbox
@pytest.mark.parametrize(
    "body", ["raise ValueError('no')", "import os; os._exit(1)", "import time; time.sleep(9)"]
)
def test_function_that_fails_cannot_be_profiled_and_leaves_nothing(open_app: Open, body: str) -> None:
    with open_app(f"def handler(event, context):\n    {body}") as platform:
        with pytest.raises(MeasurementError, match="full speed"):
            platform.profile(timeout_s=1, payload=json.dumps({}).encode(), calls=2)
        assert [] == traces(platform.run_id)


@pytest.mark.sandbox
def test_function_that_cannot_start_says_why(open_app: Open) -> None:
    with open_app("import nowhere") as platform:
        with pytest.raises(MeasurementError, match="nowhere"):
            take(platform)
        assert [] == traces(platform.run_id)


@pytest.mark.sandbox
def test_interrupt_while_profiling_leaves_nothing(open_app: Open, mechanism: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with open_app(
            "import time\ndef handler(event, context): time.sleep(9)", mechanism=mechanism
        ) as platform:
            platform.describe()
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            with pytest.raises(KeyboardInterrupt):
                take(platform)
            assert [] == traces(platform.run_id)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
