"""Limits by a transient systemd scope of the user's own service manager, without privileges.

`systemd-run --user --scope` makes a cgroup v2 group that belongs to the user, so everything but its
creation is `Cgroup2`. Debian's user@.service delegates cpu and memory (`Delegate=pids memory cpu`).
NOT verified on a machine that runs systemd; the command lines and file writes are tested.
"""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tuner.platforms.local.limits.base import PERIOD_US, Allowance
from tuner.platforms.local.limits.cgroup2 import Cgroup2

_TIMEOUT_S = 10


@dataclass
class SystemdScope:
    """One `NAME.scope` unit. `mount` is where cgroup v2 is mounted."""

    mount: Path
    name: str
    allowance: Allowance
    _cgroup: Cgroup2 | None = field(init=False, default=None)

    @property
    def unit(self) -> str:
        """The name of the scope unit."""
        return f"{self.name}.scope"

    def create(self) -> None:
        """Nothing to do: systemd makes the group when the command starts."""

    def command(self, argv: list[str]) -> list[str]:
        # --scope runs the command in place, so the process id stays the one that was forked.
        return [
            "systemd-run", "--user", "--scope", "--quiet", "--collect", f"--unit={self.unit}",
            "-p", f"MemoryMax={self.allowance.memory_bytes}", "-p", "MemorySwapMax=0",
            "-p", "CPUWeight=10000", "--", *argv,
        ]  # fmt: skip

    def attach(self) -> None:
        """Nothing to do: systemd-run moves itself before it becomes the function."""

    def started(self, pid: int) -> None:
        self._pid = pid

    def throttle(self) -> None:
        quota_percent = 100 * self.allowance.share
        subprocess.run(
            ["systemctl", "--user", "set-property", "--runtime", self.unit,
             f"CPUQuota={quota_percent:.2f}%", f"CPUQuotaPeriodSec={PERIOD_US // 1000}ms"],
            check=True, capture_output=True, timeout=_TIMEOUT_S,
        )  # fmt: skip

    def freeze(self) -> None:
        if group := self._group():
            group.freeze()

    def wake(self) -> None:
        if group := self._group():
            group.wake()

    def cpu_ns(self) -> int:
        group = self._group()
        return group.cpu_ns() if group else 0

    def throttled_ns(self) -> int:
        group = self._group()
        return group.throttled_ns() if group else 0

    def peak_bytes(self) -> int:
        group = self._group()
        return group.peak_bytes() if group else 0

    def ran_out_of_memory(self) -> bool:
        # systemd removes the group with its last process, so the counter may be gone: ask the unit then.
        group = self._group()
        if group and group.ran_out_of_memory():
            return True
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            shown = subprocess.run(
                ["systemctl", "--user", "show", "--property=Result", "--value", self.unit],
                check=False, capture_output=True, text=True, timeout=_TIMEOUT_S,
            )  # fmt: skip
            return shown.stdout.strip() == "oom-kill"
        return False

    def kill(self) -> None:
        if group := self._group():
            group.kill()

    def close(self) -> None:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                ["systemctl", "--user", "stop", self.unit],
                check=False, capture_output=True, timeout=_TIMEOUT_S,
            )  # fmt: skip

    def _group(self) -> Cgroup2 | None:
        """The scope's group, once the process has moved into it."""
        if self._cgroup is None:
            with contextlib.suppress(OSError, AttributeError):
                for line in Path(f"/proc/{self._pid}/cgroup").read_text().splitlines():
                    path = line.removeprefix("0::/")
                    if path != line and path.endswith(self.unit):
                        folder = self.mount / path
                        self._cgroup = Cgroup2(folder.parent, folder.name, self.allowance)
        return self._cgroup
