"""Durations follow the CPU share. Compared after division by each call's own CPU time: hosts are noisy."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time

import pytest
from sandbox_cases import Open

from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import LocalPlatform
from tuner.platforms.local.quiet import Reading, disturbed
from tuner.records import Excluded, Invocation, Outcome

pytestmark = [pytest.mark.sandbox, pytest.mark.timing]

BURN = """
    import time
    def burn(ms):
        end = time.process_time_ns() + ms * 1_000_000
        while time.process_time_ns() < end: pass
"""
CPU = BURN + "\n    def handler(event, context): burn(event)"
SLEEP = "import time\ndef handler(event, context): time.sleep(event / 1000)"


def sample(
    platform: LocalPlatform, sizes: list[int], event: object, calls: int, timeout_s: int = 10
) -> dict[int, list[Invocation]]:
    """Undisturbed warm calls at every size, made in random order."""
    order = sizes * (calls + 1)
    random.Random(7).shuffle(order)
    found: dict[int, list[Invocation]] = {size: [] for size in sizes}
    for size in order:
        got = platform.invoke(InvocationRequest(size, timeout_s, json.dumps(event).encode()))
        assert got.outcome is Outcome.OK, got
        if not got.cold:
            found[size].append(got)
    quiet = {size: [each for each in calls if each.excluded is None] for size, calls in found.items()}
    if min(map(len, quiet.values())) < 2:
        pytest.skip("the machine is too busy: most calls were disturbed")
    return quiet


def median_of_share(calls: list[Invocation]) -> float:
    """duration x share / CPU time: 1 when the share is what was promised."""
    return statistics.median(
        (each.duration_ms or 0) * min(1, each.memory_mb / 1769) / (each.cpu_time_ms or 1) for each in calls
    )


def test_cpu_bound_duration_is_cpu_time_over_share(open_app: Open, mechanism: str) -> None:
    with open_app(CPU, mechanism=mechanism) as platform:
        found = sample(platform, [256, 1024, 1769], 100, 3)
    got = {size: median_of_share(calls) for size, calls in found.items()}
    # A call that starts with a full quota ends up to one period early, of 212 ms at 1024 MB.
    assert got == {size: pytest.approx(1.0, abs=0.12) for size in got}


def test_sleeping_handler_takes_the_same_time_at_every_size(open_app: Open, mechanism: str) -> None:
    with open_app(SLEEP, mechanism=mechanism) as platform:
        found = sample(platform, [128, 512, 1769], 150, 3)
    medians = [statistics.median(each.duration_ms or 0 for each in calls) for calls in found.values()]
    assert medians == [pytest.approx(151, rel=0.05)] * 3
    cpu = [each.cpu_time_ms or 0 for calls in found.values() for each in calls]
    assert max(cpu) < 15


def test_cpu_time_of_a_call_is_what_the_handler_used(open_app: Open, mechanism: str) -> None:
    with open_app(CPU, mechanism=mechanism) as platform:
        found = sample(platform, [512], 60, 4)
    assert statistics.median(each.cpu_time_ms or 0 for each in found[512]) == pytest.approx(60, rel=0.1)


def test_two_threads_use_more_than_one_vcpu_above_1769_mb(open_app: Open, mechanism: str) -> None:
    source = """
        import hashlib, threading
        def work(n): hashlib.pbkdf2_hmac("sha256", b"a", b"b", n)
        def handler(event, context):
            threads = [threading.Thread(target=work, args=[event]) for _ in range(2)]
            for each in threads: each.start()
            for each in threads: each.join()
    """
    with open_app(source, mechanism=mechanism) as platform:
        if platform.describe().measurable_mb[1] < 3538:
            pytest.skip("needs two CPUs")
        found = sample(platform, [1024, 3538], 150_000, 4)
    used = {
        size: statistics.median((each.cpu_time_ms or 0) / (each.duration_ms or 1) for each in calls)
        for size, calls in found.items()
    }
    assert 0.5 < used[1024] < 0.75
    assert used[3538] > 1.25


def test_child_processes_share_the_quota(open_app: Open, mechanism: str) -> None:
    source = (
        BURN
        + """
    import multiprocessing
    def handler(event, context):
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=burn, args=[event]) for _ in range(2)]
        for each in children: each.start()
        for each in children: each.join()
    """
    )
    with open_app(source, mechanism=mechanism) as platform:
        found = sample(platform, [512], 80, 3)
    used = [(each.cpu_time_ms or 0) / (each.duration_ms or 1) for each in found[512]]
    assert statistics.median(used) == pytest.approx(512 / 1769, rel=0.2)
    assert statistics.median(each.cpu_time_ms or 0 for each in found[512]) == pytest.approx(165, rel=0.15)


def test_call_that_lost_cpu_to_others_is_marked(open_app: Open, mechanism: str) -> None:
    with open_app(CPU, mechanism=mechanism) as platform:
        cpus = int(str(platform.describe().conditions["cores"]))
        request = InvocationRequest(1769, 10, b"200")
        platform.invoke(request)
        # Each in a session of its own, or the kernel would count them as one (sched_autogroup).
        spinner = [sys.executable, "-c", "while True: pass"]
        spin = [subprocess.Popen(spinner, start_new_session=True) for _ in range(3 * cpus)]
        try:
            time.sleep(0.2)
            busy = [platform.invoke(request) for _ in range(3)]
        finally:
            for each in spin:
                each.kill()
                each.wait()
    share = min((each.cpu_time_ms or 0) / (each.duration_ms or 1) for each in busy)
    if share > 0.9:
        pytest.skip("the sandbox's weight kept the others away")
    assert Excluded.DISTURBED in {each.excluded for each in busy}


def reading(at_ms: int, machine_ms: int, own_ms: int, waited_ms: int, stolen_ms: int = 0) -> Reading:
    values = (at_ms, machine_ms, stolen_ms, own_ms, 0, waited_ms)
    return Reading(*(value * 1_000_000 for value in values))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (reading(100, 100, 100, 0), False),  # alone
        (reading(100, 200, 100, 0), False),  # others were busy, on another core
        (reading(100, 100, 100, 50), False),  # waited, for its own threads
        (reading(100, 150, 60, 40), True),  # others were busy and it waited
        (reading(40, 80, 20, 20), False),  # too short to tell
        (reading(100, 100, 100, 0, 30), True),  # the hypervisor took a part
    ],
)
def test_disturbance_needs_foreign_work_and_a_wait(after: Reading, expected: bool) -> None:
    assert disturbed(reading(0, 0, 0, 0), after, 1.0) is expected


def test_wait_that_cost_no_cpu_is_no_disturbance() -> None:
    after = reading(100, 158, 58, 30)  # 0.58 of a CPU in the time, and that is the share of 1024 MB
    assert not disturbed(reading(0, 0, 0, 0), after, 1024 / 1769)
