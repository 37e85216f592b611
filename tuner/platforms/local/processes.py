"""What /proc says of a process tree: its members, CPU time and memory; and how to stop and kill it.

Everything here works on processes of the same user without privileges. A process that vanishes between
two reads is normal and is skipped, never an error.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

MARKER_VARIABLE = "TUNER_SANDBOX"
"""Every process of a sandbox carries this variable, so that strays can be told from everything else."""

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def start_ticks(pid: int) -> int | None:
    """When a process started [clock ticks since boot]; with the pid it names a process for good."""
    fields = _stat_fields(pid)
    return int(fields[19]) if fields else None


def process_state(pid: int) -> str | None:
    """The state letter of a process (`R`, `S`, `T`, `Z`, ...); `None` when there is no such process."""
    fields = _stat_fields(pid)
    return fields[0] if fields else None


def alive(pid: int, started: int | None = None) -> bool:
    """Whether a process runs (a zombie does not) and, if given, is the one that started then."""
    fields = _stat_fields(pid)
    return bool(fields) and fields[0] not in "ZX" and (started is None or int(fields[19]) == started)


def _stat_fields(pid: int) -> list[str]:
    """/proc/PID/stat from the state on; the name before it may hold spaces and parentheses."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return []
    return text[text.rfind(")") + 2 :].split()


def children(pid: int) -> list[int]:
    """The direct children of a process, whichever of its threads forked them."""
    found: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - in a loop of 4 ms, a Path is slow
    except OSError:
        return found
    for thread in threads:
        found.extend(int(child) for child in _read(f"/proc/{pid}/task/{thread}/children").split())
    return found


def descendants(pid: int) -> list[int]:
    """Every process below one, parents before children. With a subreaper above none can escape the list."""
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children(waiting.pop())
        found.extend(below)
        waiting.extend(below)
    return found


def cpu_ns(pid: int) -> int | None:
    """CPU time of a process with all its threads [ns]; `None` once it is gone.

    The clock id is the kernel's own encoding, `(~pid << 3) | CPUCLOCK_SCHED` (include/linux/posix-timers.h).
    """
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except OSError:
        return None


def waited_children_ticks(pid: int) -> int:
    """CPU time of the children that a process has waited for [clock ticks]."""
    fields = _stat_fields(pid)
    return int(fields[13]) + int(fields[14]) if fields else 0


def resident_bytes(pid: int) -> int:
    """Resident memory of a process [bytes]; pages shared with a parent are counted in both."""
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE_BYTES if len(fields) > 1 else 0


def proportional_bytes(pid: int) -> int:
    """Resident memory with shared pages divided among their users [bytes]; slower than `resident_bytes`."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", b"Pss:") or resident_bytes(pid)


def peak_resident_bytes(pid: int) -> int:
    """The largest resident memory a process ever had (VmHWM) [bytes]; 0 when it is gone."""
    return _kilobytes(f"/proc/{pid}/status", b"VmHWM:")


def _kilobytes(path: str, label: bytes) -> int:
    for line in _read(path).splitlines():
        if line.startswith(label):
            return int(line.split()[1]) * 1024
    return 0


def _read(path: str) -> bytes:
    """A file of /proc, empty when its process has gone."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - as above
            return file.read()
    except OSError:
        return b""


def run_delays_ns(pid: int) -> dict[int, int]:
    """How long each thread of a process was runnable without running [ns] (sched-stats.rst, field 2)."""
    found = {}
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - as above
            fields = _read(f"/proc/{pid}/task/{thread}/schedstat").split()
            if len(fields) > 1:
                found[int(thread)] = int(fields[1])
    return found


def run_delay_ns(pid: int) -> int:
    """How long the main thread of a process was runnable without running [ns]; 0 when it is gone."""
    fields = _read(f"/proc/{pid}/schedstat").split()
    return int(fields[1]) if len(fields) > 1 else 0


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to each process that still exists."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def marked(marker: str) -> Iterator[int]:
    """Every running process whose environment carries this sandbox's marker."""
    wanted = f"{MARKER_VARIABLE}={marker}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        if wanted in _read(f"{entry}/environ").split(b"\0") and alive(int(entry.name)):
            yield int(entry.name)


def kill_marked(marker: str, *, within_s: float = 2.0) -> bool:
    """Kill everything that carries the marker; whether nothing was left in the end."""
    give_up = time.monotonic() + within_s
    while found := list(marked(marker)):
        send(found, signal.SIGKILL)
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True
