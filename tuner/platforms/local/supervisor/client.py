"""The tuner's end of a supervisor."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import tuner
from tuner.errors import MeasurementError
from tuner.platforms.local import processes
from tuner.platforms.local.supervisor.config import SandboxConfig

_REQUEST_TIMEOUT_S = 30
_CLOSE_TIMEOUT_S = 8

# -I and -S: neither the caller's environment nor site-packages are needed, and it starts in half the time.
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from tuner.platforms.local.supervisor.server import main; main()"
)


class SupervisorClient:
    """A started supervisor. Ending this process, even by SIGKILL, makes it clean up."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        root = str(Path(tuner.__file__).resolve().parents[1])
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_REQUEST_TIMEOUT_S)
        try:
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _PROGRAM, root],
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
        except BaseException:
            self._socket.close()  # interrupted after the fork: a supervisor without a tuner ends itself
            raise
        self._replies = self._socket.makefile("rb")
        self._socket.sendall(config.to_json().encode() + b"\n")

    @property
    def pid(self) -> int:
        """The supervisor's own process id."""
        return self._process.pid

    def request(self, name: str) -> dict[str, Any]:
        """The supervisor's answer.

        Raises:
            MeasurementError: the supervisor is gone or could not do it.
        """
        try:
            self._socket.sendall(name.encode() + b"\n")
            line = self._replies.readline()
        except OSError as error:
            raise MeasurementError(f"the sandbox's supervisor does not answer: {error}") from error
        if not line:
            raise MeasurementError("the sandbox's supervisor has ended unexpectedly")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise MeasurementError(f"the sandbox could not {name}: {reply['error']}")
        return reply

    def close(self) -> None:
        """End the sandbox with everything in it. Never raises, and may be called twice."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._replies.close()
        self._socket.close()
        try:
            self._process.wait(_CLOSE_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode != 0:
            from tuner.platforms.local.reaper import remove_sandbox_of

            processes.kill_marked(self.config.marker)
            remove_sandbox_of(self.config.marker)
