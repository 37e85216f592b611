"""Start a function's process: its own session, its log, its CPUs, nothing inherited."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def become_subreaper() -> None:
    """Adopt every orphan below this process (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def spawn(
    argv: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: str,
    log: Path,
    cpus: int,
    attach: Callable[[], None],
) -> int:
    """The process id of the started command. Must be called before any thread is started.

    Args:
        argv: the command line; its first word is looked for on the environment's PATH.
        environment: all of the command's environment.
        folder: the working directory.
        log: where standard output and error are appended.
        cpus: how many CPUs it may run on.
        attach: called in the child just before it becomes the command.

    Raises:
        OSError: the command could not be started.
    """
    library = ctypes.CDLL(None)
    report_read, report_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            # If the supervisor is killed too, the function must not live on.
            library.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            _use_streams(log)
            _default_signals()
            _use_cpus(cpus)
            os.chdir(folder)
            attach()
            os.execvpe(argv[0], list(argv), dict(environment))
        except OSError as error:
            os.write(report_write, f"{error.errno or 0} {error}".encode())
        finally:
            os._exit(127)
    os.close(report_write)
    with os.fdopen(report_read, "rb") as report:
        failure = report.read().decode()
    if failure:
        os.waitpid(pid, 0)
        number, _, text = failure.partition(" ")
        raise OSError(int(number), f"cannot start {argv[0]}: {text}")
    return pid


def _use_streams(log: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _default_signals() -> None:
    # CPython ignores SIGPIPE and SIGXFSZ; an ignored signal would be inherited.
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def _use_cpus(cpus: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        allowed = sorted(os.sched_getaffinity(0))
        if cpus < len(allowed):
            os.sched_setaffinity(0, allowed[:cpus])
