"""CPU and memory limits by cgroup v2: `cpu.max` and `memory.max`.

The same kernel code as cgroup v1 behind other files. The writes are tested against a folder that plays
the hierarchy; the mechanism has NOT been verified on a machine with the v2 cpu controller.
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

_HIGHEST_WEIGHT = 10_000


@dataclass
class Cgroup2:
    """One group below `parent`, which hands the `cpu` and `memory` controllers down."""

    parent: Path
    name: str
    allowance: Allowance
    group: Path = field(init=False)

    def __post_init__(self) -> None:
        self.group = self.parent / self.name

    def create(self) -> None:
        self.group.mkdir(exist_ok=True)
        try_write(self.group / "cpu.weight", _HIGHEST_WEIGHT)
        self.limit_memory()

    def limit_memory(self) -> None:
        """Set the memory limit, without swap: a tree too large must be killed, as on Lambda."""
        write(self.group / "memory.max", self.allowance.memory_bytes)
        try_write(self.group / "memory.swap.max", 0)

    def command(self, argv: list[str]) -> list[str]:
        return argv

    def attach(self) -> None:
        write(self.group / "cgroup.procs", os.getpid())

    def started(self, pid: int) -> None:
        """Nothing to do: the process attached itself."""

    def throttle(self) -> None:
        write(self.group / "cpu.max", f"{self.allowance.quota_us} {PERIOD_US}")

    def freeze(self) -> None:
        self._set_frozen(True)

    def wake(self) -> None:
        self._set_frozen(False)

    def _set_frozen(self, frozen: bool) -> None:
        if not try_write(self.group / "cgroup.freeze", int(frozen)):  # Linux before 5.2
            send(members(self.group), signal.SIGSTOP if frozen else signal.SIGCONT)
            return
        for _ in range(200):  # the write returns before every task has stopped
            if keyed(self.group / "cgroup.events", "frozen") == int(frozen):
                return
            time.sleep(0.0005)

    def cpu_ns(self) -> int:
        return keyed(self.group / "cpu.stat", "usage_usec") * 1_000

    def throttled_ns(self) -> int:
        return keyed(self.group / "cpu.stat", "throttled_usec") * 1_000

    def peak_bytes(self) -> int:
        # memory.peak needs Linux 5.19. Page cache is given back under pressure: not a need.
        peak = read_int(self.group / "memory.peak") or read_int(self.group / "memory.current")
        stat = self.group / "memory.stat"
        return max(0, peak - max(0, keyed(stat, "file") - keyed(stat, "shmem")))

    def ran_out_of_memory(self) -> bool:
        return keyed(self.group / "memory.events", "oom_kill") > 0

    def kill(self) -> None:
        # cgroup.kill (Linux 5.14) is atomic and reaches frozen processes.
        if not try_write(self.group / "cgroup.kill", 1):
            try_write(self.group / "cgroup.freeze", 1)
        for _ in range(400):
            pids = members(self.group)
            send(pids, signal.SIGKILL)
            try_write(self.group / "cgroup.freeze", 0)
            if not pids:
                return
            time.sleep(0.002)

    def close(self) -> None:
        remove_group(self.group)
