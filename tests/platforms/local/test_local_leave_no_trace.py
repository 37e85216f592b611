"""Whatever ends a run, nothing of it is left: no process, no control group, no file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from sandbox_cases import Open, Write, supervisors, supervisors_left, traces, wait_until_gone

from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import open_local, probe, sweep_stale
from tuner.platforms.local.processes import MARKER_VARIABLE, alive, start_ticks

pytestmark = pytest.mark.sandbox

# Daemonises in every way that loses a process: a new session, a double fork, an ignored SIGTERM.
STRAYS = """
    import os, signal, subprocess, sys, time
    def stray(new_session, twice):
        if os.fork() == 0:
            if new_session: os.setsid()
            if twice and os.fork(): os._exit(0)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(300)
    stray(True, True)
    def handler(event, context):
        stray(False, False); stray(True, False); stray(False, True); stray(True, True)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"], start_new_session=True)
        if event == "spin":
            while True: pass
        if event == "exit": os._exit(1)
        return 1
"""


def request(event: object = None, *, memory_mb: int = 256, timeout_s: int = 3) -> InvocationRequest:
    return InvocationRequest(memory_mb, timeout_s, json.dumps(event).encode())


def test_close_leaves_nothing(open_app: Open, mechanism: str, private_state: Path) -> None:
    with open_app(STRAYS, mechanism=mechanism) as platform:
        platform.invoke(request())
        platform.invoke(request(memory_mb=512))
        running = traces(platform.run_id)
        assert len([line for line in running if line.startswith("/proc")]) >= 6
        assert len(list(private_state.rglob("*.json"))) == 2
    assert traces(platform.run_id) == []
    assert supervisors(private_state) == []
    assert not private_state.exists() or list(private_state.rglob("*")) == []


def test_close_twice_is_no_error(open_app: Open) -> None:
    platform = open_app(STRAYS)
    platform.invoke(request())
    platform.close()
    platform.close()
    assert traces(platform.run_id) == []


@pytest.mark.parametrize("event", ["spin", "exit"])
def test_failed_environment_leaves_nothing_while_others_live_on(
    open_app: Open, mechanism: str, event: str
) -> None:
    with open_app(STRAYS, mechanism=mechanism) as platform:
        kept = platform.invoke(request(memory_mb=512))
        failed = platform.invoke(request(event, timeout_s=1))
        assert failed.environment is not None
        assert traces(failed.environment) == []
        assert not platform.invoke(request(memory_mb=512)).cold
        assert kept.environment is not None


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_exception_in_the_block_leaves_nothing(open_app: Open, error: type[BaseException]) -> None:
    with pytest.raises(error), open_app(STRAYS) as platform:
        platform.invoke(request())
        raise error
    assert traces(platform.run_id) == []


def test_interrupt_during_a_call_leaves_nothing(open_app: Open, mechanism: str) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt), open_app(STRAYS, mechanism=mechanism) as platform:
            platform.invoke(request())
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            platform.invoke(request("spin", timeout_s=30))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert traces(platform.run_id) == []


PARENT = """
    import signal
    import sys
    from pathlib import Path
    from tuner.platforms.base import InvocationRequest
    from tuner.platforms.local import open_local
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    platform = open_local(sys.argv[1], root=Path("/"), mechanism=sys.argv[2])
    print(platform.run_id, flush=True)
    with platform:
        for memory_mb in (256, 512, 128, 1024, 256, 512, 300, 301, 302, 303, 304, 305) * 50:
            platform.invoke(InvocationRequest(memory_mb, 3, b"1"))
            print(memory_mb, flush=True)
"""


def start_parent(folder: Path, temporary: Path, mechanism: str) -> tuple[subprocess.Popen[str], str]:
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PARENT), f"{folder}:app.handler", mechanism],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.parametrize("moment_s", [0.0, 0.1, 0.25, 0.8])
def test_killed_tuner_leaves_nothing(
    write: Write, tmp_path: Path, mechanism: str, private_state: Path, moment_s: float
) -> None:
    process, run_id = start_parent(write(STRAYS), tmp_path / "tmp", mechanism)
    time.sleep(moment_s)
    process.kill()
    process.communicate()
    assert wait_until_gone(run_id, tmp_path / "tmp") == []
    assert supervisors_left(private_state) == []
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list(private_state.rglob("*.json")) == []
    probe()  # removes the trial group of a tuner that was killed while it looked for mechanisms
    assert list(Path("/sys/fs/cgroup").glob(f"*/tuner-probe-{process.pid}-*")) == []


def test_terminal_interrupt_reaches_only_the_tuner(write: Write, tmp_path: Path, private_state: Path) -> None:
    process, run_id = start_parent(write(STRAYS), tmp_path / "tmp", "duty-cycle")
    assert process.stdout is not None
    process.stdout.readline()
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=10)
    assert wait_until_gone(run_id, tmp_path / "tmp", within_s=2) == []
    assert supervisors_left(private_state, within_s=2) == []


def test_sweep_removes_what_is_left_when_the_supervisor_was_killed_too(
    write: Write, tmp_path: Path, mechanism: str, private_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    process, run_id = start_parent(write(STRAYS), temporary, mechanism)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    for pid in supervisors(private_state):
        os.kill(pid, signal.SIGKILL)
    process.kill()
    process.communicate()
    assert supervisors_left(private_state, within_s=5) == []  # on a busy machine even a kill takes its time
    assert traces(run_id, temporary) != []

    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    assert sweep_stale() >= 1
    assert traces(run_id, temporary) == []
    assert list(private_state.rglob("*.json")) == []
    assert sweep_stale() == 0


def test_opening_a_platform_sweeps(open_app: Open, private_state: Path) -> None:
    marker = "0123456789abcdef-1"
    stray = subprocess.Popen(["sleep", "300"], env={MARKER_VARIABLE: marker})
    record = private_state / "tuner" / "sandboxes" / f"{marker}.json"
    record.parent.mkdir(parents=True)
    record.write_text(
        json.dumps(
            {"marker": marker, "supervisor": stray.pid, "started": 1, "temporary": "/tmp/x", "groups": []}
        )
    )
    with open_app("def handler(event, context): pass") as platform:
        platform.describe()
    assert stray.wait(5) == -signal.SIGKILL
    assert not record.exists()


def test_sweep_leaves_running_sandboxes_alone(open_app: Open) -> None:
    with open_app("def handler(event, context): pass") as platform:
        first = platform.invoke(request())
        assert sweep_stale() == 0
        assert platform.invoke(request()).environment == first.environment


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"marker": "../../x"}',
        '{"marker": "../x", "supervisor": 1, "started": 1, "temporary": "/etc", "groups": ["/etc"]}',
        '{"marker": "0123456789abcdef-1", "supervisor": 1, "started": 1, "temporary": "KEEP", '
        '"groups": ["KEEP"]}',
    ],
)  # fmt: skip
def test_sweep_touches_only_what_a_sandbox_can_have_made(tmp_path: Path, text: str) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "x.json").write_text(text.replace("KEEP", str(keep)))
    sweep_stale(folder)
    assert keep.is_dir() and Path("/etc").is_dir()


def test_unwritable_state_folder_is_no_obstacle(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/proc/nowhere")
    with open_app("def handler(event, context): pass") as platform:
        assert platform.invoke(request()).duration_ms is not None
    assert traces(platform.run_id) == []


def test_supervisor_killed_during_a_run_leaves_nothing(
    write: Write, mechanism: str, private_state: Path
) -> None:
    from tuner.errors import MeasurementError

    with open_local(f"{write(STRAYS)}:app.handler", root=Path("/"), mechanism=mechanism) as platform:
        platform.invoke(request())
        for pid in supervisors(private_state):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(MeasurementError, match="supervisor"):
            platform.invoke(request())
    assert traces(platform.run_id) == []


def test_process_is_known_by_its_pid_and_start() -> None:
    started = start_ticks(os.getpid())
    assert alive(os.getpid(), started)
    assert not alive(os.getpid(), 1)
    assert start_ticks(2**22 + 1) is None
