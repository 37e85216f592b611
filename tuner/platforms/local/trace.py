"""The CPU time of a sandbox against time, while it runs."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from array import array
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tuner.platforms.local import processes
from tuner.platforms.local.treeclock import TreeClock

_INTERVAL_S, _URGENT_INTERVAL_S = 0.0004, 0.001
_SCAN_EVERY = 20  # looking for new processes takes 0.2 ms, reading the clocks of known ones 0.01 ms
_LATE_NS = 5_000_000
_LONGEST_READ_NS = 200_000

_CLOCK_MONOTONIC_COARSE = 6  # linux/time.h; the clock that the scheduler's tick advances

Floats = NDArray[np.float64]


class CpuTrace:
    """Reads the clocks of a process tree about every half millisecond, in a thread, while the block runs.

    Needs no privileges, and works alike under every mechanism.
    """

    def __init__(self, *, root: int, supervisor: int) -> None:
        self._clock = TreeClock(root=root, supervisor=supervisor)
        self._at_ns, self._cpu_ns, self._delay_ns = array("q"), array("q"), array("q")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._clock.scan()
        # Children that ended in earlier calls are known from their parent only: both counts start there.
        self._clock.dead_ns = self._clock.waited_ns
        self._read()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._read()

    def within(self, start_ns: int, end_ns: int, *, cpus: int) -> tuple[Floats, Floats, Floats]:
        """What happened from one moment (`time.monotonic_ns`) to another [ms]; see `steps_of_computing`.

        The tree must have stood still at the first moment and at the second.
        """
        at = np.array(self._at_ns)
        # From the last reading before to the first one after; nothing was computed in what they are too far.
        first, last = np.searchsorted(at, [start_ns, end_ns], side="left")
        read = slice(max(0, first - 1), last + 1)
        at_ms = (np.clip(at[read], start_ns, end_ns) - start_ns) / 1e6
        cpu, delay = (np.maximum.accumulate(np.array(each))[read] for each in (self._cpu_ns, self._delay_ns))
        tick_ms = time.clock_getres(_CLOCK_MONOTONIC_COARSE) * 1e3
        return steps_of_computing(at_ms, cpu / 1e6, delay / 1e6, tick_ms=tick_ms, cpus=cpus)

    def _watch(self) -> None:
        interval_s = _INTERVAL_S
        while not self._ended.is_set():
            if len(self._at_ns) % _SCAN_EVERY == 0:
                self._clock.scan()
            self._read()
            if interval_s == _INTERVAL_S and self._at_ns[-1] - self._at_ns[-2] > _LATE_NS:
                # A function that uses every CPU, with the weight of its control group, lets nobody else in.
                # With precedence, each look keeps it waiting: less often then.
                interval_s = _URGENT_INTERVAL_S
                with contextlib.suppress(OSError):  # not without privileges
                    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            time.sleep(interval_s)

    def _read(self) -> None:
        for _ in range(3):
            before = time.monotonic_ns()
            used = self._clock.read_ns()
            after = time.monotonic_ns()
            if after - before < _LONGEST_READ_NS:
                break  # else interrupted in between: nobody knows to which moment the reading belongs
        self._at_ns.append((before + after) // 2)
        self._cpu_ns.append(used)
        self._delay_ns.append(sum(processes.run_delay_ns(pid) for pid in self._clock.seen))


def steps_of_computing(
    at_ms: Floats, cpu_ms: Floats, delay_ms: Floats, *, tick_ms: float, cpus: int
) -> tuple[Floats, Floats, Floats]:
    """When clocks that are brought up to date now and then must have run.

    The kernel adds to the CPU clock of a thread when the thread stops running and, while it runs, at its
    ticks (kernel/sched/cputime.c, thread_group_cputime). So a clock that is found to have advanced stands
    for a thread that ran, without a break, for just as long before it was found. What is more than one
    thread can have used since the tick before is that of several. The clock of the time that a thread was
    kept from a CPU advances when it gets one.

    Args:
        at_ms: when the clocks were read, ascending.
        cpu_ms: CPU time at each reading.
        delay_ms: time runnable without running, at each reading.
        tick_ms: the time between the scheduler's ticks.
        cpus: how many threads can run at a time.

    Returns:
        The lengths of consecutive steps from the first reading to the last, the CPU time used in each (the
        step times the number of threads that ran), and the time in each that a thread was kept from a CPU.
    """
    advance, since = np.diff(cpu_ms), np.diff(at_ms)
    threads = np.clip(np.ceil(advance / (since + tick_ms)), 1, cpus)
    begun = np.maximum(at_ms[0], at_ms[1:] - advance / threads)
    queued = np.maximum(at_ms[0], at_ms[1:] - np.diff(delay_ms))
    moments = np.concatenate((begun, queued, at_ms[1:], at_ms[:1]))
    nothing, one = np.zeros_like(threads), np.ones_like(threads)
    order = np.argsort(moments, kind="stable")
    steps = np.diff(moments[order])
    running = np.cumsum(np.concatenate((threads, nothing, -threads, [0.0]))[order])[:-1]
    delayed = np.cumsum(np.concatenate((nothing, one, -one, [0.0]))[order])[:-1]
    return steps, steps * running, steps * delayed
