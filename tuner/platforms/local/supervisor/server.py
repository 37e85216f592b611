"""The supervisor's main loop: start one function, obey the tuner, and clean up when the tuner is gone.

It adopts every orphan below it (PR_SET_CHILD_SUBREAPER), so no daemonised child leaves its sight. The end
of its standard input means that the tuner has ended, however it ended; everything is then killed and removed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuner.platforms.local import processes
from tuner.platforms.local.limits.base import Allowance, Limits
from tuner.platforms.local.limits.cgroup1 import Cgroup1
from tuner.platforms.local.limits.cgroup2 import Cgroup2
from tuner.platforms.local.limits.dutycycle import DutyCycle
from tuner.platforms.local.limits.systemd import SystemdScope
from tuner.platforms.local.supervisor.config import Leftover, SandboxConfig, save_leftover, state_folder
from tuner.platforms.local.supervisor.spawn import become_subreaper, spawn
from tuner.platforms.local.supervisor.waits import WaitClock

_TICK_S = 0.25
_LOG_LIMIT_BYTES = 4 * 1024 * 1024
_LOG_TAIL_BYTES = 4_000


class _Terminated(Exception):  # noqa: N818 - not an error: somebody asked this process to end
    """SIGTERM arrived."""


def make_limits(config: SandboxConfig) -> Limits:
    """The mechanism that a configuration names, over the folders that preflight found."""
    allowance = Allowance(config.share, config.memory_bytes)
    folders = {name: Path(folder) for name, folder in config.groups.items()}
    match config.mechanism:
        case "cgroup1":
            return Cgroup1(folders, config.name, allowance)
        case "cgroup2":
            return Cgroup2(folders["unified"], config.name, allowance)
        case "systemd":
            return SystemdScope(folders["unified"], config.name, allowance)
        case _:
            return DutyCycle(allowance, config.cpus)


@dataclass
class Supervisor:
    """One sandbox, from its first file to its last."""

    config: SandboxConfig
    limits: Limits
    pid: int = 0
    returncode: int | None = None
    waits: WaitClock = field(default_factory=WaitClock)
    _record: Path | None = field(default=None)

    @property
    def log(self) -> Path:
        """Where the function's output goes."""
        return self.config.temporary / "output.log"

    def start(self) -> dict[str, Any]:
        """Make the sandbox and start the function in it."""
        config = self.config
        group_folders = [str(Path(folder) / config.name) for folder in config.groups.values()]
        self._record = save_leftover(
            state_folder(),
            Leftover(
                marker=config.marker,
                supervisor=os.getpid(),
                started=processes.start_ticks(os.getpid()) or 0,
                temporary=str(config.temporary),
                groups=group_folders if config.mechanism.startswith("cgroup") else [],
                unit=f"{config.name}.scope" if config.mechanism == "systemd" else None,
            ),
        )
        config.temporary.mkdir(mode=0o700)
        (config.temporary / "tmp").mkdir()
        self.limits.create()
        spawned_ns = time.monotonic_ns()
        self.pid = spawn(
            self.limits.command(config.argv),
            environment=config.environment,
            folder=config.folder,
            log=self.log,
            cpus=config.cpus,
            attach=self.limits.attach,
        )
        self.limits.started(self.pid)
        self.waits.start()
        return {"pid": self.pid, "spawned_ns": spawned_ns, "log": str(self.log)}

    def answer(self, request: str) -> dict[str, Any]:
        """Carry out one request of the tuner."""
        match request:
            case "start":
                return self.start()
            case "throttle":
                self.limits.throttle()
            case "freeze":
                self.waits.pause()
                self.limits.freeze()
            case "wake":
                self.limits.wake()
                self.waits.resume()
            case "read":
                return self.read()
            case "status":
                return self.status()
            case "log":
                return {"log_tail": self._log_tail()}
            case _:
                return {"error": f"unknown request {request!r}"}
        return {}

    def read(self) -> dict[str, Any]:
        """The sandbox's counters. CPU first: every later line costs the reading some time."""
        cpu = self.limits.cpu_ns()
        return {
            "cpu_ns": cpu,
            "waited_ns": self.waits.read_ns() - self.limits.throttled_ns(),
            "peak_bytes": max(self.limits.peak_bytes(), processes.peak_resident_bytes(self.pid)),
        }

    def status(self) -> dict[str, Any]:
        """How the function's process ended, once it has."""
        give_up = time.monotonic() + 1
        while self.reap() is None and time.monotonic() < give_up:
            time.sleep(0.002)
        return {
            "returncode": self.returncode,
            "out_of_memory": self.limits.ran_out_of_memory(),
            "peak_bytes": self.limits.peak_bytes(),
            "log_tail": self._log_tail(),
        }

    def reap(self) -> int | None:
        """Wait for whatever has ended; returns the function's own return code once that has."""
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == self.pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def tick(self) -> None:
        """What must happen now and then: collect zombies, keep the log small."""
        self.reap()
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > _LOG_LIMIT_BYTES:
                os.truncate(self.log, 0)  # it is opened for appending, so writing goes on at the start

    def close(self) -> None:
        """Leave no process, no group and no file."""
        with contextlib.suppress(OSError):
            self.limits.kill()
        give_up = time.monotonic() + 3
        while (left := processes.descendants(os.getpid())) and time.monotonic() < give_up:
            processes.send(left, signal.SIGKILL)
            self.reap()
            time.sleep(0.002)
        processes.kill_marked(self.config.marker, within_s=1)
        self.reap()
        self.limits.close()
        shutil.rmtree(self.config.temporary, ignore_errors=True)
        if self._record:
            with contextlib.suppress(OSError):
                self._record.unlink()
                for folder in (self._record.parent, self._record.parent.parent):
                    folder.rmdir()  # fails, rightly, while something else is recorded there

    def _log_tail(self) -> str:
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - _LOG_TAIL_BYTES))
                return file.read().decode(errors="replace")
        except OSError:
            return ""


class _Lines:
    """Lines of a socket, so that `select` and the buffer never disagree about what is waiting."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    def next(self, timeout_s: float | None) -> str | None:
        """The next line, empty at the end of input; `None` when nothing came in time."""
        while b"\n" not in self._buffer:
            if not select.select([self._connection], [], [], timeout_s)[0]:
                return None
            data = self._connection.recv(1 << 16)
            if not data:
                return ""
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()


def serve(connection: socket.socket) -> None:
    """Read the configuration, then one request per line until the other end closes."""
    _ignore_terminal_signals()
    become_subreaper()
    parent = os.getppid()
    lines = _Lines(connection)
    first = lines.next(None)
    if not first:
        return
    config = SandboxConfig.from_json(first)
    supervisor = Supervisor(config, make_limits(config))
    try:
        while os.getppid() == parent:
            request = lines.next(_TICK_S)
            if request is None:
                supervisor.tick()
                continue
            if request in {"", "close"}:
                break
            try:
                reply = supervisor.answer(request)
            except OSError as error:
                reply = {"error": f"{type(error).__name__}: {error}"}
            connection.sendall(json.dumps(reply).encode() + b"\n")
    except (_Terminated, OSError):
        pass
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        supervisor.close()


def _ignore_terminal_signals() -> None:
    def terminate(_number: int, _frame: object) -> None:
        raise _Terminated

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, terminate)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(15, b"tuner-sandbox", 0, 0, 0)  # PR_SET_NAME, for `ps`


def main() -> None:
    """Serve the tuner at the other end of standard input, a socket."""
    with socket.socket(fileno=os.dup(0)) as connection:
        serve(connection)
