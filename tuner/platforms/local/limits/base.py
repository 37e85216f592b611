"""The interface of a mechanism that limits CPU and memory, and what several of them share."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

PERIOD_US = 20_000
"""Lambda throttles in periods of 20 ms (measured by pwrdrvr/lambda-throttling)."""

MINIMUM_QUOTA_US = 1_000
"""The kernel refuses smaller quotas (kernel/sched/core.c, min_cfs_quota_period); 128 MB needs 1447."""

MECHANISMS = ("cgroup2", "cgroup1", "systemd", "duty-cycle")
"""Best first: the kernel's own accounting before signals sent by a controller."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one sandbox may use: `share` in CPUs (1.0 is one full CPU), memory in bytes."""

    share: float
    memory_bytes: int

    @property
    def quota_us(self) -> int:
        """CPU time per period [us]; more than one CPU is more than the period."""
        return max(MINIMUM_QUOTA_US, round(self.share * PERIOD_US))


class Limits(Protocol):
    """One mechanism around one process tree. The CPU limit starts with `throttle`, not with `attach`."""

    def create(self) -> None:
        """Make whatever must exist before the function starts."""
        ...

    def command(self, argv: list[str]) -> list[str]:
        """The command line to start instead of the function's own."""
        ...

    def attach(self) -> None:
        """Put the calling process inside; runs in the child, before it becomes the function."""
        ...

    def started(self, pid: int) -> None:
        """The function's process exists."""
        ...

    def throttle(self) -> None:
        """Start to apply the CPU limit."""
        ...

    def freeze(self) -> None:
        """Stop every process of the tree."""
        ...

    def wake(self) -> None:
        """Let every process of the tree run again."""
        ...

    def cpu_ns(self) -> int:
        """CPU time of the tree since it started [ns]."""
        ...

    def throttled_ns(self) -> int:
        """How long the mechanism itself kept runnable threads waiting [ns]; 0 when that is not known."""
        ...

    def peak_bytes(self) -> int:
        """The largest memory use so far [bytes], as far as this mechanism sees it."""
        ...

    def ran_out_of_memory(self) -> bool:
        """Whether a process was killed because the tree passed its memory limit."""
        ...

    def kill(self) -> None:
        """Kill every process inside, stopped and frozen ones too."""
        ...

    def close(self) -> None:
        """Remove what `create` made. Never raises."""
        ...


def write(path: Path, value: object) -> None:
    """Write one value to a control file."""
    path.write_text(str(value))


def try_write(path: Path, value: object) -> bool:
    """Write an optional control file; whether it worked."""
    try:
        write(path, value)
    except OSError:
        return False
    return True


def read_int(path: Path) -> int:
    """The number in a control file; 0 when the file is not there."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def keyed(path: Path, key: str) -> int:
    """The number after `key` in a flat-keyed control file such as `cpu.stat`; 0 when it is not there."""
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            name, _, value = line.partition(" ")
            if name == key:
                return int(value)
    return 0


def remove_group(group: Path, *, within_s: float = 2.0) -> bool:
    """Remove a control group, waiting for killed members to go; whether it is gone."""
    give_up = time.monotonic() + within_s
    while group.exists():
        with contextlib.suppress(OSError):
            group.rmdir()
            return True
        if time.monotonic() > give_up:
            return False
        time.sleep(0.005)
    return True


def members(group: Path) -> list[int]:
    """The processes in a control group."""
    try:
        return [int(pid) for pid in (group / "cgroup.procs").read_text().split()]
    except (OSError, ValueError):
        return []
