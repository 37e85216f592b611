"""Remove what an earlier run left when it and its supervisors were killed by SIGKILL.

Normally there is nothing to find: a supervisor cleans up as soon as its tuner has ended.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tuner.platforms.local import processes
from tuner.platforms.local.limits.base import members, remove_group, try_write
from tuner.platforms.local.supervisor.config import Leftover, load_leftover, state_folder

_MARKER = re.compile(r"[0-9a-f]{16}-\d+")


def sweep_stale(folder: Path | None = None) -> int:
    """How many sandboxes without a living supervisor were found and removed."""
    swept = 0
    with contextlib.suppress(OSError):
        for path in sorted((folder or state_folder()).glob("*.json")):
            leftover = load_leftover(path)
            if leftover is None or processes.alive(leftover.supervisor, leftover.started):
                continue
            if remove_leftover(leftover):
                path.unlink(missing_ok=True)
                swept += 1
    return swept


def remove_sandbox_of(marker: str) -> None:
    """Remove one sandbox whose supervisor is known to be dead."""
    path = state_folder() / f"{marker}.json"
    leftover = load_leftover(path)
    if leftover and remove_leftover(leftover):
        path.unlink(missing_ok=True)


def remove_leftover(leftover: Leftover) -> bool:
    """Kill and remove everything a record names; whether nothing of it is left.

    The record is a file that anything could have written, so only names that a sandbox has are touched.
    """
    name = f"tuner-{leftover.marker}"
    if not _MARKER.fullmatch(leftover.marker):
        return False
    groups = [group for group in map(Path, leftover.groups) if group.name == name]
    for group in groups:
        processes.send(members(group), 9)
        try_write(group / "freezer.state", "THAWED")
        try_write(group / "cgroup.freeze", 0)
    if leftover.unit == f"{name}.scope":
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                ["systemctl", "--user", "kill", "--signal=KILL", leftover.unit],
                check=False, capture_output=True, timeout=10,
            )  # fmt: skip
    gone = processes.kill_marked(leftover.marker)
    for group in groups:
        gone = remove_group(group) and gone
    temporary = Path(leftover.temporary)
    if temporary.name == name and temporary.parent == Path(tempfile.gettempdir()):
        shutil.rmtree(temporary, ignore_errors=True)
    return gone
