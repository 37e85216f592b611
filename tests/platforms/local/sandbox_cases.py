"""What the tests of the sandbox share: types of their fixtures, and a search for what a run leaves."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from tuner.platforms.local import LocalPlatform
from tuner.platforms.local.processes import MARKER_VARIABLE

Write = Callable[..., Path]
Open = Callable[..., LocalPlatform]


def traces(run_id: str, temporary: Path = Path("/tmp")) -> list[str]:
    """Everything on this machine that carries a run's id: processes, control groups, folders."""
    found = [str(path) for path in temporary.glob(f"tuner-{run_id}-*")]
    for pattern in (f"*/tuner-{run_id}-*", f"*/*/*/tuner-{run_id}-*", f"tuner-{run_id}-*"):
        found += [str(path) for path in Path("/sys/fs/cgroup").glob(pattern)]
    wanted = f"{MARKER_VARIABLE}={run_id}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes():
                found.append(f"{process} {(process / 'cmdline').read_bytes()!r}")
        except OSError:
            continue
    return found


def wait_until_gone(run_id: str, temporary: Path = Path("/tmp"), within_s: float = 8.0) -> list[str]:
    """What is still there after a while; empty as soon as nothing is."""
    give_up = time.monotonic() + within_s
    while (left := traces(run_id, temporary)) and time.monotonic() < give_up:
        time.sleep(0.05)
    return left


def supervisors_left(state: Path, within_s: float = 5.0) -> list[int]:
    """Supervisors that still run after a while; one may just be starting when its tuner ends."""
    give_up = time.monotonic() + within_s
    while (left := supervisors(state)) and time.monotonic() < give_up:
        time.sleep(0.05)
    return left


def supervisors(state: Path) -> list[int]:
    """Supervisors that were started with a test's state folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = f"XDG_STATE_HOME={state}".encode() in (process / "environ").read_bytes().split(b"\0")
            if ours and b"supervisor.server" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return [pid for pid in found if pid != os.getpid()]
