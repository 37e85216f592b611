"""What each mechanism writes, against a folder that plays the control group file system, and preflight."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuner.errors import UsageError
from tuner.platforms.local import preflight, probe
from tuner.platforms.local.limits.base import MECHANISMS, Allowance
from tuner.platforms.local.limits.cgroup1 import Cgroup1
from tuner.platforms.local.limits.cgroup2 import Cgroup2
from tuner.platforms.local.limits.systemd import SystemdScope
from tuner.platforms.local.preflight import CgroupMount

ALLOWANCE = Allowance(share=256 / 1769, memory_bytes=256 << 20)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def empty_when_dead(process: subprocess.Popen[bytes], procs: Path) -> None:
    """Play the kernel: a group's process list is empty once the process is dead."""

    def watch() -> None:
        process.wait()
        procs.write_text("")

    threading.Thread(target=watch, daemon=True).start()


@pytest.mark.parametrize(
    ("memory_mb", "quota_us"), [(128, 1447), (256, 2894), (1769, 20_000), (3538, 40_000)]
)
def test_quota_is_the_share_of_a_period_of_twenty_milliseconds(memory_mb: int, quota_us: int) -> None:
    assert Allowance(memory_mb / 1769, 1).quota_us == quota_us


def test_quota_is_never_below_what_the_kernel_takes() -> None:
    assert Allowance(0.01, 1).quota_us == 1000


def test_cgroup2_writes_memory_first_and_cpu_only_when_throttled(tmp_path: Path) -> None:
    limits = Cgroup2(tmp_path, "tuner-x", ALLOWANCE)
    limits.create()
    group = tmp_path / "tuner-x"
    assert (group / "memory.max").read_text() == str(256 << 20)
    assert (group / "memory.swap.max").read_text() == "0"
    assert not (group / "cpu.max").exists()
    limits.attach()
    assert (group / "cgroup.procs").read_text() == str(os.getpid())
    limits.throttle()
    assert (group / "cpu.max").read_text() == "2894 20000"


def test_cgroup2_reads_its_counters(tmp_path: Path) -> None:
    limits = Cgroup2(tmp_path, "tuner-x", ALLOWANCE)
    limits.create()
    group = tmp_path / "tuner-x"
    assert (limits.cpu_ns(), limits.peak_bytes(), limits.ran_out_of_memory()) == (0, 0, False)
    (group / "cpu.stat").write_text("usage_usec 1500\nuser_usec 1000\nthrottled_usec 7\n")
    (group / "memory.peak").write_text("5000\n")
    (group / "memory.stat").write_text("anon 1\nfile 1200\nshmem 200\n")
    (group / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert (limits.cpu_ns(), limits.throttled_ns()) == (1_500_000, 7_000)
    assert (limits.peak_bytes(), limits.ran_out_of_memory()) == (4000, True)


def test_cgroup2_freezes_and_waits_until_the_kernel_says_so(tmp_path: Path) -> None:
    limits = Cgroup2(tmp_path, "tuner-x", ALLOWANCE)
    limits.create()
    group = tmp_path / "tuner-x"
    (group / "cgroup.events").write_text("populated 1\nfrozen 1\n")
    limits.freeze()
    assert (group / "cgroup.freeze").read_text() == "1"
    (group / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    limits.wake()
    assert (group / "cgroup.freeze").read_text() == "0"


def test_cgroup2_kills_at_once_where_the_kernel_can_and_one_by_one_too(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    limits = Cgroup2(tmp_path, "tuner-x", ALLOWANCE)
    limits.create()
    procs = tmp_path / "tuner-x" / "cgroup.procs"
    procs.write_text(f"{sleeper.pid}\n")
    empty_when_dead(sleeper, procs)
    limits.kill()
    assert (tmp_path / "tuner-x" / "cgroup.kill").read_text() == "1"
    assert sleeper.wait(2) == -signal.SIGKILL


def fake_group1(tmp_path: Path, *controllers: str) -> Cgroup1:
    parents = {name: tmp_path / name for name in controllers}
    for folder in parents.values():
        folder.mkdir()
    limits = Cgroup1(parents, "tuner-x", ALLOWANCE)
    limits.create()
    return limits


def test_cgroup1_writes_memory_first_and_cpu_only_when_throttled(tmp_path: Path) -> None:
    limits = fake_group1(tmp_path, "cpu", "memory", "cpuacct", "freezer")
    cpu, memory = tmp_path / "cpu" / "tuner-x", tmp_path / "memory" / "tuner-x"
    assert (cpu / "cpu.cfs_period_us").read_text() == "20000"
    assert (memory / "memory.limit_in_bytes").read_text() == str(256 << 20)
    assert not (cpu / "cpu.cfs_quota_us").exists()
    limits.throttle()
    assert (cpu / "cpu.cfs_quota_us").read_text() == "2894"
    limits.attach()
    for controller in ("cpu", "memory", "cpuacct", "freezer"):
        assert (tmp_path / controller / "tuner-x" / "cgroup.procs").read_text() == str(os.getpid())


def test_cgroup1_without_a_freezer_stops_by_signal(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    limits = fake_group1(tmp_path, "cpu", "memory", "cpuacct")
    (tmp_path / "cpu" / "tuner-x" / "cgroup.procs").write_text(str(sleeper.pid))

    def state() -> str:
        time.sleep(0.05)
        return Path(f"/proc/{sleeper.pid}/stat").read_text().split(") ")[1][0]

    limits.freeze()
    assert state() == "T"
    limits.wake()
    assert state() == "S"


def test_scope_is_asked_for_memory_at_the_start_and_for_cpu_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    for program in ("systemctl", "systemd-run"):
        path = tmp_path / program
        path.write_text(f'#!/bin/sh\necho {program} "$@" >> {log}\n')
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    limits = SystemdScope(tmp_path, "tuner-x", ALLOWANCE)
    limits.create()
    command = limits.command(["python", "-m", "awslambdaric", "app.handler"])
    assert command[-4:] == ["python", "-m", "awslambdaric", "app.handler"]
    assert {"--user", "--scope", "--unit=tuner-x.scope", f"MemoryMax={256 << 20}"} <= set(command)
    assert not any("CPUQuota" in word for word in command)
    limits.started(os.getpid())
    limits.throttle()
    limits.close()
    throttle, stop = log.read_text().splitlines()
    assert throttle.endswith("set-property --runtime tuner-x.scope CPUQuota=14.47% CPUQuotaPeriodSec=20ms")
    assert stop.endswith("stop tuner-x.scope")


def test_every_mechanism_is_probed_and_says_why() -> None:
    tried = probe()
    assert tuple(each.name for each in tried) == MECHANISMS
    assert all(each.reason for each in tried)
    assert any(each.available for each in tried)
    assert not list(Path("/sys/fs/cgroup").glob(f"*/tuner-probe-{os.getpid()}-*"))


def test_mechanism_that_does_not_work_is_refused_with_its_reason(available: dict[str, str | None]) -> None:
    missing = [name for name, reason in available.items() if reason]
    if not missing:
        pytest.skip("every mechanism works here")
    with pytest.raises(UsageError) as caught:
        preflight.choose(missing[0])
    assert str(available[missing[0]]) in caught.value.message


def test_mounts_of_a_mixed_machine_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(
        "cgroup /c/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup2 /c/unified cgroup2 rw 0 0\n"
        "x /y ext4 rw 0 0\n"
    )
    (tmp_path / "cgroup").write_text("4:cpu,cpuacct:/user\n0::/user.slice/me.scope\n")
    v1, v2 = preflight.cgroup_mounts(tmp_path)
    assert (v1.folder, v1.own) == (Path("/c/cpu,cpuacct"), Path("/c/cpu,cpuacct/user"))
    assert {"cpu", "cpuacct"} <= v1.controllers
    assert v2 == CgroupMount(Path("/c/unified"), frozenset(), Path("/c/unified/user.slice/me.scope"))


def test_cgroup2_without_controllers_is_not_available(tmp_path: Path) -> None:
    mount = CgroupMount(tmp_path, frozenset(), tmp_path)
    assert not preflight.probe_cgroup2([mount]).available
    assert not preflight.probe_cgroup2([]).available


def test_cgroup2_takes_the_nearest_group_that_hands_controllers_down(tmp_path: Path) -> None:
    own = tmp_path / "user.slice" / "session.scope"
    own.mkdir(parents=True)
    (tmp_path / "cgroup.controllers").write_text("cpu memory pids\n")
    for folder in (own, own.parent):
        (folder / "cgroup.subtree_control").mkdir()  # cannot be written
    (tmp_path / "cgroup.subtree_control").write_text("cpu memory\n")
    got = preflight.probe_cgroup2([CgroupMount(tmp_path, frozenset(), own)])
    assert got.available
    assert dict(got.groups) == {"unified": tmp_path}
