"""Whether other work on the machine took CPU from a sandbox during a call."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from tuner.platforms.local.processes import cpu_ns

FOREIGN_LIMIT = 0.10  # of one CPU
WAITED_LIMIT = 0.05  # of the call's duration
WHOLE_SHARE = 0.95
SHORTEST_NS = 50_000_000  # below, the tick counters cannot tell
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_LONGEST_WAIT_S = 0.25
_SHORTEST_WAIT_S = 0.01

_ROOT_USAGE = Path("/sys/fs/cgroup/cpuacct/cpuacct.usage")
_ROOT_USAGE_TOGETHER = Path("/sys/fs/cgroup/cpu,cpuacct/cpuacct.usage")


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters at one moment [ns].

    `machine` is the CPU time of everything, `sandbox` and `tuner` parts of it; `stolen` is what the
    hypervisor took; `waited` is how long the sandbox's threads were runnable without running.
    """

    at_ns: int
    machine_ns: int
    stolen_ns: int
    sandbox_ns: int
    tuner_ns: int
    waited_ns: int


def take_reading(sandbox_cpu_ns: int, sandbox_waited_ns: int, supervisor: int) -> Reading:
    """The counters now, given the sandbox's own."""
    ours = time.process_time_ns() + (cpu_ns(supervisor) or 0)
    machine, stolen = _machine_ns()
    return Reading(time.monotonic_ns(), machine, stolen, sandbox_cpu_ns, ours, sandbox_waited_ns)


def disturbed(before: Reading, after: Reading, share: float) -> bool:
    """Whether the call between two readings lost CPU to others, at a share of that many CPUs.

    Foreign CPU alone does no harm on a machine with an idle core, and a wait alone may be the sandbox's own
    threads waiting for each other: both must be seen. Neither matters to a sandbox that got its whole share
    all the same, because it waited in time that it would have been throttled in. Time that the hypervisor
    took counts by itself.
    """
    elapsed = after.at_ns - before.at_ns
    if elapsed < SHORTEST_NS:
        return False
    if after.stolen_ns - before.stolen_ns > FOREIGN_LIMIT * elapsed:
        return True
    sandbox = after.sandbox_ns - before.sandbox_ns
    if sandbox >= WHOLE_SHARE * share * elapsed:
        return False
    foreign = (after.machine_ns - before.machine_ns) - sandbox - (after.tuner_ns - before.tuner_ns)
    waited = after.waited_ns - before.waited_ns
    return foreign > FOREIGN_LIMIT * elapsed and waited > WAITED_LIMIT * elapsed


class QuietGate:
    """Waits for free CPUs before a call: at most 250 ms, less and less on a machine that is never quiet."""

    def __init__(self, cpus: int) -> None:
        self._cpus = cpus
        self._patience_s = _LONGEST_WAIT_S

    def wait(self, cpus_needed: int) -> bool:
        """Whether the sandbox would find enough free CPUs now."""
        give_up = time.monotonic() + self._patience_s
        while _running() - 1 + cpus_needed > self._cpus:
            if time.monotonic() > give_up:
                self._patience_s = max(_SHORTEST_WAIT_S, self._patience_s / 2)
                return False
            time.sleep(0.003)
        self._patience_s = min(_LONGEST_WAIT_S, self._patience_s * 2)
        return True


def _running() -> int:
    """Runnable threads on the machine, this one included (/proc/loadavg, field 4)."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    return 1


def _machine_ns() -> tuple[int, int]:
    """CPU time used by everything, and time stolen by the hypervisor."""
    fields: list[int] = []
    with contextlib.suppress(OSError, ValueError), Path("/proc/stat").open() as file:
        fields = [int(word) for word in file.readline().split()[1:]]
    stolen = fields[7] * _TICK_NS if len(fields) > 7 else 0
    for path in (_ROOT_USAGE, _ROOT_USAGE_TOGETHER):
        with contextlib.suppress(OSError, ValueError):
            return int(path.read_text()), stolen  # exact, where v1 is mounted
    if len(fields) < 7:
        return 0, stolen
    user, nice, system, _, _, irq, softirq = fields[:7]
    return (user + nice + system + irq + softirq) * _TICK_NS, stolen
