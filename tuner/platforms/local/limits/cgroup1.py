"""CPU and memory limits by cgroup v1: `cpu.cfs_quota_us` and `memory.limit_in_bytes`.

The reference mechanism: a share of memory/1769 in a 20 ms period, the throttling pattern published in
github.com/pwrdrvr/lambda-throttling; `benchmarks/sandbox_accuracy.py` measures how exactly. Needs a writable
hierarchy, which as a rule means root.
"""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from tuner.platforms.local.limits.base import (
    PERIOD_US,
    Allowance,
    keyed,
    members,
    read_int,
    remove_group,
    try_write,
    write,
)
from tuner.platforms.local.processes import send

REQUIRED = ("cpu", "memory")
OPTIONAL = ("cpuacct", "freezer")
_HIGHEST_SHARES = 262_144  # against other work on the machine; the quota still holds


@dataclass
class Cgroup1:
    """One group of the same name below each controller's folder in `parents`."""

    parents: dict[str, Path]
    name: str
    allowance: Allowance
    groups: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = {controller: parent / self.name for controller, parent in self.parents.items()}

    def create(self) -> None:
        for group in set(self.groups.values()):
            group.mkdir(exist_ok=True)
        cpu, memory = self.groups["cpu"], self.groups["memory"]
        write(cpu / "cpu.cfs_period_us", PERIOD_US)
        try_write(cpu / "cpu.shares", _HIGHEST_SHARES)
        # The limit must reach the function as a kill, as on Lambda, not as a machine that swaps.
        try_write(memory / "memory.swappiness", 0)
        write(memory / "memory.limit_in_bytes", self.allowance.memory_bytes)
        try_write(memory / "memory.memsw.limit_in_bytes", self.allowance.memory_bytes)

    def command(self, argv: list[str]) -> list[str]:
        return argv

    def attach(self) -> None:
        for group in set(self.groups.values()):
            write(group / "cgroup.procs", os.getpid())

    def started(self, pid: int) -> None:
        """Nothing to do: the process attached itself."""

    def throttle(self) -> None:
        write(self.groups["cpu"] / "cpu.cfs_quota_us", self.allowance.quota_us)

    def freeze(self) -> None:
        self._set_frozen(True)

    def wake(self) -> None:
        self._set_frozen(False)

    def _set_frozen(self, frozen: bool) -> None:
        if "freezer" not in self.groups:
            send(members(self.groups["cpu"]), signal.SIGSTOP if frozen else signal.SIGCONT)
            return
        state = self.groups["freezer"] / "freezer.state"
        wanted = "FROZEN" if frozen else "THAWED"
        for _ in range(200):  # FREEZING lasts until every task has reached a stopping place
            write(state, wanted)
            if state.read_text().strip() == wanted:
                return
            time.sleep(0.0005)

    def cpu_ns(self) -> int:
        if "cpuacct" in self.groups:
            return read_int(self.groups["cpuacct"] / "cpuacct.usage")
        return 0

    def throttled_ns(self) -> int:
        return keyed(self.groups["cpu"] / "cpu.stat", "throttled_time")

    def peak_bytes(self) -> int:
        # Page cache fills any group that reads files and is given back under pressure: not a need.
        memory = self.groups["memory"]
        cache = keyed(memory / "memory.stat", "total_cache") - keyed(memory / "memory.stat", "total_shmem")
        return max(0, read_int(memory / "memory.max_usage_in_bytes") - max(0, cache))

    def ran_out_of_memory(self) -> bool:
        return keyed(self.groups["memory"] / "memory.oom_control", "oom_kill") > 0

    def kill(self) -> None:
        # Frozen first so that nothing forks away; SIGKILL then takes effect on the thaw.
        if "freezer" in self.groups:
            try_write(self.groups["freezer"] / "freezer.state", "FROZEN")
        try_write(self.groups["cpu"] / "cpu.cfs_quota_us", -1)
        for _ in range(400):
            pids = {pid for group in self.groups.values() for pid in members(group)}
            send(pids, signal.SIGKILL)
            if "freezer" in self.groups:
                try_write(self.groups["freezer"] / "freezer.state", "THAWED")
            if not pids:
                return
            time.sleep(0.002)

    def close(self) -> None:
        for group in set(self.groups.values()):
            remove_group(group)
