"""Which mechanisms can limit CPU and memory on this machine; found by trying, not by assuming."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tuner.errors import MeasurementError, UsageError
from tuner.platforms.local.limits.base import MECHANISMS, PERIOD_US, remove_group, try_write, write
from tuner.platforms.local.limits.cgroup1 import OPTIONAL, REQUIRED
from tuner.platforms.local.limits.dutycycle import proc_is_usable
from tuner.platforms.local.processes import alive, start_ticks

_TRIAL_QUOTA_US = 1_447  # 128 MB
_TRIAL_MEMORY = 128 * 1024 * 1024
_SYSTEMD_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism: whether it works here and why (not). `groups` are the folders to make groups in."""

    name: str
    available: bool
    reason: str
    groups: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CgroupMount:
    """One mounted hierarchy and the group of this process in it. `controllers` is empty for v2."""

    folder: Path
    controllers: frozenset[str]
    own: Path


def probe() -> tuple[Mechanism, ...]:
    """Every mechanism, best first, each really tried: a group is made, written to and removed."""
    mounts = cgroup_mounts()
    return tuple(_PROBES[name](mounts) for name in MECHANISMS)


def choose(name: str | None = None) -> Mechanism:
    """The best mechanism that works here, or the one that is asked for; its reason says what was passed over.

    Raises:
        UsageError: there is no such mechanism, or it does not work here.
        MeasurementError: none works here.
    """
    if name is not None and name not in MECHANISMS:
        raise UsageError(f"there is no mechanism '{name}'", f"choose one of {', '.join(MECHANISMS)}")
    mounts = cgroup_mounts()
    tried: list[Mechanism] = []
    for candidate in MECHANISMS if name is None else (name,):
        mechanism = _PROBES[candidate](mounts)
        if mechanism.available:
            passed_over = "".join(f"; not {m.name}: {m.reason}" for m in tried)
            return replace(mechanism, reason=mechanism.reason + passed_over)
        tried.append(mechanism)
    reasons = "; ".join(f"{m.name}: {m.reason}" for m in tried)
    if name is not None:
        raise UsageError(f"the mechanism {reasons}", "leave the choice to the tool")
    raise MeasurementError(f"nothing on this machine can limit CPU: {reasons}")


def cgroup_mounts(proc: Path = Path("/proc/self")) -> list[CgroupMount]:
    """The control group hierarchies that are mounted here."""
    own = {}
    for line in _lines(proc / "cgroup"):
        _, controllers, path = line.split(":", 2)
        own[controllers] = path.lstrip("/")
    found = []
    for line in _lines(proc / "mounts"):
        folder, kind, options = line.split(" ")[1:4]
        mount = Path(folder)
        if kind == "cgroup2":
            found.append(CgroupMount(mount, frozenset(), mount / own.get("", "")))
        elif kind == "cgroup":
            names = frozenset(options.split(","))
            group = next((path for key, path in own.items() if key and set(key.split(",")) <= names), "")
            found.append(CgroupMount(mount, names, mount / group))
    return found


def probe_cgroup1(mounts: list[CgroupMount]) -> Mechanism:
    """cgroup v1: a group with quota and memory limit must be possible in the root group or the own one."""
    groups: dict[str, Path] = {}
    problem = ""
    for controller in (*REQUIRED, *OPTIONAL):
        mount = next((m for m in mounts if controller in m.controllers), None)
        # The root first: a sandbox should not be charged to the group of the shell that started it.
        for parent in [mount.folder, mount.own] if mount else []:
            trouble = _try_group1(controller, parent)
            if trouble is None:
                groups[controller] = parent
                break
            problem = problem or trouble
        if controller in REQUIRED and controller not in groups:
            reason = problem or f"no cgroup v1 hierarchy with the {controller} controller"
            return Mechanism("cgroup1", False, reason)
    if "cpuacct" not in groups:
        return Mechanism("cgroup1", False, "the cpuacct controller cannot be used")
    where = os.path.commonpath([str(folder) for folder in groups.values()])
    reason = f"cpu.cfs_quota_us and memory.limit_in_bytes can be written under {where}"
    return Mechanism("cgroup1", True, reason, groups)


def _try_group1(controller: str, parent: Path) -> str | None:
    group = _trial_group(parent)
    trial: dict[str, list[tuple[str, object]]] = {
        "cpu": [("cpu.cfs_period_us", PERIOD_US), ("cpu.cfs_quota_us", _TRIAL_QUOTA_US)],
        "memory": [("memory.limit_in_bytes", _TRIAL_MEMORY)],
        "freezer": [("freezer.state", "THAWED")],
    }
    try:
        group.mkdir(exist_ok=True)
    except OSError as error:
        return f"no group can be made in {parent} ({error.strerror})"
    try:
        for name, value in trial.get(controller, []):
            write(group / name, value)
        _attach_trial(group)
    except OSError as error:
        return f"{parent} cannot be used ({error.strerror})"
    finally:
        remove_group(group)
    return None


def _trial_group(parent: Path) -> Path:
    """A name for a trial group that says whose it is; those of processes that were killed are removed."""
    with contextlib.suppress(OSError):
        for group in parent.glob("tuner-probe-*"):
            owner, _, started = group.name.removeprefix("tuner-probe-").partition("-")
            if owner.isdigit() and started.isdigit() and not alive(int(owner), int(started)):
                remove_group(group, within_s=0.1)
    return parent / f"tuner-probe-{os.getpid()}-{start_ticks(os.getpid())}"


def _attach_trial(group: Path) -> None:
    """Move a real process into the group; making a group does not yet mean that one may."""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
        try:
            write(group / "cgroup.procs", process.pid)
        finally:
            process.kill()


def probe_cgroup2(mounts: list[CgroupMount]) -> Mechanism:
    """cgroup v2: a group with cpu.max and memory.max in the own group or one above it."""
    mount = next((m for m in mounts if not m.controllers), None)
    if mount is None:
        return Mechanism("cgroup2", False, "cgroup v2 is not mounted")
    offered = set(" ".join(_lines(mount.folder / "cgroup.controllers")).split())
    if not {"cpu", "memory"} <= offered:
        return Mechanism("cgroup2", False, "cgroup v2 is mounted without the cpu and memory controllers")
    problem = "no group of this process is writable"
    parent = mount.own
    while parent == mount.folder or mount.folder in parent.parents:
        trouble = _try_group2(parent)
        if trouble is None:
            reason = f"cpu.max and memory.max can be written in {parent}"
            return Mechanism("cgroup2", True, reason, {"unified": parent})
        problem = trouble
        if parent == mount.folder:
            break
        parent = parent.parent
    return Mechanism("cgroup2", False, problem)


def _try_group2(parent: Path) -> str | None:
    enabled = set(" ".join(_lines(parent / "cgroup.subtree_control")).split())
    if not {"cpu", "memory"} <= enabled and not try_write(parent / "cgroup.subtree_control", "+cpu +memory"):
        return f"{parent} does not hand the cpu and memory controllers down"
    group = _trial_group(parent)
    try:
        group.mkdir(exist_ok=True)
    except OSError as error:
        return f"no group can be made in {parent} ({error.strerror})"
    try:
        write(group / "cpu.max", f"{_TRIAL_QUOTA_US} {PERIOD_US}")
        write(group / "memory.max", _TRIAL_MEMORY)
        _attach_trial(group)
    except OSError as error:
        return f"{parent} cannot be used ({error.strerror})"
    finally:
        remove_group(group)
    return None


def probe_systemd(mounts: list[CgroupMount]) -> Mechanism:
    """systemd: a transient user scope must start with a memory limit and a CPU quota."""
    mount = next((m for m in mounts if not m.controllers), None)
    if shutil.which("systemd-run") is None or mount is None:
        return Mechanism("systemd", False, "systemd-run or cgroup v2 is missing")
    unit = f"tuner-probe-{secrets.token_hex(4)}"
    command = [
        "systemd-run", "--user", "--scope", "--quiet", "--collect", f"--unit={unit}",
        "-p", "CPUQuota=7.24%", "-p", f"CPUQuotaPeriodSec={PERIOD_US // 1000}ms", "-p", "MemoryMax=128M",
        "--", "cat", "/proc/self/cgroup",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_SYSTEMD_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return Mechanism("systemd", False, str(error))
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        return Mechanism("systemd", False, lines[0] if lines else f"systemd-run ended with {done.returncode}")
    path = next((line[4:] for line in done.stdout.splitlines() if line.startswith("0::/")), "")
    controllers = " ".join(_lines((mount.folder / path).parent / "cgroup.controllers")).split()
    if not {"cpu", "memory"} <= set(controllers):
        return Mechanism("systemd", False, "the user's service manager has no cpu and memory controllers")
    return Mechanism("systemd", True, "a user scope took a CPU quota", {"unified": mount.folder})


def probe_duty_cycle(_mounts: list[CgroupMount]) -> Mechanism:
    """Signals by CPU time: needs only what /proc and the kernel's clocks show of the user's own processes."""
    if not proc_is_usable():
        return Mechanism("duty-cycle", False, "/proc shows no children or CPU clocks of processes")
    return Mechanism("duty-cycle", True, "SIGSTOP and SIGCONT by measured CPU time; needs no privilege")


_PROBES: Mapping[str, Callable[[list[CgroupMount]], Mechanism]] = {
    "cgroup2": probe_cgroup2,
    "cgroup1": probe_cgroup1,
    "systemd": probe_systemd,
    "duty-cycle": probe_duty_cycle,
}


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


def usable_cpus() -> int:
    """How many CPUs this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
