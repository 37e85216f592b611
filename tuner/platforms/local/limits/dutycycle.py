"""CPU and memory limits without any privilege: SIGSTOP and SIGCONT by measured CPU time.

A token bucket on the tree's own CPU clock: every 20 ms the tree is given its quota, and once that is used
it is stopped until the next period. An overrun is a debt, an unused quota is lost, as in the kernel's CFS
bandwidth control. The bucket's periods run on while the tree is frozen, so that a call meets them at a
random phase, as it does on Lambda. Memory is watched, not limited: a sum of resident memory above the limit
is answered with SIGKILL within a few milliseconds (rlimits fail in other ways: a Python MemoryError, a node
that hangs).

The controller is a thread of the supervisor, a process that does nothing else, with a timer slack of 1 us.
Children are looked for in a second thread; one that lives shorter than its interval is counted late, when
its parent has waited for it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tuner.platforms.local import processes
from tuner.platforms.local.limits.base import PERIOD_US, Allowance
from tuner.platforms.local.treeclock import TreeClock

_PERIOD_NS = PERIOD_US * 1_000
_SHORTEST_SLEEP_NS = 100_000
_WATCH_S = 0.004
# A single busy thread at a share of one CPU is never throttled by the kernel; without the tolerance the
# reading error alone would stop it now and then (2-7 % too slow).
_TOLERANCE_NS, _TOLERANT_FROM = 2_000_000, 0.98
_PR_SET_TIMERSLACK = 29


@dataclass
class DutyCycle:
    """The processes below the calling process, kept to their allowance by signals."""

    allowance: Allowance
    cpus: int
    clock: TreeClock = field(default_factory=TreeClock)
    peak: int = 0
    out_of_memory: bool = False
    _throttling: bool = False
    _running: bool = True  # False while frozen
    _stopped: bool = False  # by the controller, for the rest of a period
    _tokens_ns: int = 0
    _used_ns: int = 0
    _period_end_ns: int = 0
    _closed: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _kick: threading.Event = field(default_factory=threading.Event)
    _awake: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def budget_ns(self) -> int:
        """CPU time per period [ns]."""
        return round(self.allowance.share * _PERIOD_NS)

    def create(self) -> None:
        """Nothing to do."""

    def command(self, argv: list[str]) -> list[str]:
        return argv

    def attach(self) -> None:
        """Nothing to do: the supervisor's descendants are inside."""

    def started(self, pid: int) -> None:
        self.clock.root = pid
        self.clock.scan()
        self._awake.set()
        for work in (self._control, self._watch):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self._threads.append(thread)

    def throttle(self) -> None:
        with self._lock:
            self._used_ns = self.clock.read_ns()
            self._tokens_ns = self.budget_ns
            self._period_end_ns = time.monotonic_ns() + _PERIOD_NS
            # More than all CPUs of this machine is no limit.
            self._throttling = self.allowance.share < min(self.cpus, os.cpu_count() or 1)
        self._kick.set()

    def freeze(self) -> None:
        with self._lock:
            self._running = False
            self._awake.clear()
            self._signal(signal.SIGSTOP)
        # What was being forked at that moment has its own process by now.
        processes.send(self.clock.scan(), signal.SIGSTOP)

    def wake(self) -> None:
        with self._lock:
            self._running, self._stopped = True, False
            self._account(time.monotonic_ns())
            if self._throttling and self._tokens_ns <= 0:
                self._stopped = True  # still in debt from before
            else:
                self._signal(signal.SIGCONT)
        self._awake.set()
        self._kick.set()

    def cpu_ns(self) -> int:
        self.clock.scan()
        return self.clock.read_ns()

    def throttled_ns(self) -> int:
        return 0  # a stopped thread is not runnable, so it does not count as waiting

    def peak_bytes(self) -> int:
        return self.peak

    def ran_out_of_memory(self) -> bool:
        return self.out_of_memory

    def kill(self) -> None:
        with self._lock:
            self._closed = True
            processes.send(self.clock.scan(), signal.SIGKILL)
        self._kick.set()
        self._awake.set()

    def close(self) -> None:
        for thread in self._threads:
            thread.join(timeout=1)

    def _signal(self, number: int) -> None:
        """To the function's process group at once, and to those who left it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self.clock.root:
                os.killpg(self.clock.root, number)
        processes.send(list(self.clock.seen), number)

    def _account(self, now_ns: int) -> None:
        """Pay for the CPU time used since the last look and add the quotas of the periods that ended."""
        used = self.clock.read_ns()
        self._tokens_ns -= used - self._used_ns
        self._used_ns = used
        if now_ns >= self._period_end_ns:
            ended = (now_ns - self._period_end_ns) // _PERIOD_NS + 1
            self._period_end_ns += ended * _PERIOD_NS
            self._tokens_ns = min(self.budget_ns, self._tokens_ns + ended * self.budget_ns)

    def _control(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, 1_000, 0, 0, 0)
        tolerance = _TOLERANCE_NS if self.allowance.share >= _TOLERANT_FROM else 0
        while not self._closed:
            self._kick.wait(self._step(tolerance))
            self._kick.clear()

    def _step(self, tolerance_ns: int) -> float | None:
        """One look at the clock; returns how long to sleep [s], `None` until something changes."""
        with self._lock:
            if self._closed or not (self._throttling and self._running):
                return None
            now = time.monotonic_ns()
            self._account(now)
            to_period_end = self._period_end_ns - now
            if self._tokens_ns <= -tolerance_ns:
                if not self._stopped:
                    self._stopped = True
                    self._signal(signal.SIGSTOP)
                return to_period_end / 1e9
            if self._stopped:
                self._stopped = False
                self._signal(signal.SIGCONT)
            # Every CPU at once could use up what is left.
            soonest = max(_SHORTEST_SLEEP_NS, (self._tokens_ns + tolerance_ns) // self.cpus)
            return min(to_period_end, soonest) / 1e9

    def _watch(self) -> None:
        """Find children and watch memory while the tree runs."""
        while not self._closed:
            self._awake.wait()
            pids = self.clock.scan()
            if self._stopped:
                with self._lock:
                    if self._stopped:  # children forked while the group was being stopped
                        processes.send(pids, signal.SIGSTOP)
            self._check_memory(pids)
            time.sleep(_WATCH_S)

    def _check_memory(self, pids: list[int]) -> None:
        used = sum(processes.resident_bytes(pid) for pid in pids)
        if used > self.allowance.memory_bytes and len(pids) > 1:
            # Forked processes share pages: count those once before a verdict.
            used = sum(processes.proportional_bytes(pid) for pid in pids)
        self.peak = max(self.peak, used)
        if used > self.allowance.memory_bytes:
            self.out_of_memory = True
            processes.send(pids, signal.SIGKILL)


def proc_is_usable() -> bool:
    """Whether /proc shows other processes' children and clocks, which the controller lives on."""
    own = os.getpid()
    return Path(f"/proc/{own}/task/{own}/children").exists() and processes.cpu_ns(own) is not None
