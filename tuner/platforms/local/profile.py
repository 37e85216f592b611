"""What a function does at full speed: when it computes, when it waits, and what follows for other sizes.

A few calls without a CPU limit are enough to predict the whole duration curve, because the limit itself is
known exactly (`cost_models.throttling`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cost_models.throttling import Activity, simulate_duration_ms
from tuner.errors import MeasurementError
from tuner.platforms.local.environment import Environment
from tuner.platforms.local.trace import CpuTrace
from tuner.records import Invocation, Outcome

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_SHORTEST_WAIT_MS = 1.0
_WAIT_PART = 0.05  # of the computing before it, for a wait to end a slice
_SHORTEST_CPU_MS = 0.2  # less, in the middle of a wait, is the work of a timer
_PARALLEL = 1.3  # CPUs in use at once, from which on more than one thread must be running
_LEVEL_MS = 3.0  # over which that is averaged


@dataclass(frozen=True, slots=True)
class Profile:
    """How one warm call at full speed spends its time.

    The CPU times of the slices add up to `cpu_ms`, their durations to `duration_ms`. `calls` are all the
    calls that were watched, and the profile is that of one of them, without the time in which other work
    kept it from a CPU. Peak memory is the largest of all.
    """

    slices: tuple[Activity, ...]
    cpu_ms: float
    duration_ms: float
    calls: tuple[Invocation, ...]
    max_memory_used_mb: int | None
    init_duration_ms: float | None

    @property
    def parallelism(self) -> float:
        """How many threads compute at a time, on average over the time in which any does; at least 1."""
        busy_ms = sum(each.cpu_ms / each.parallelism for each in self.slices)
        return self.cpu_ms / busy_ms if busy_ms else 1.0


def predicted_durations_ms(profile: Profile, memory_mb: ArrayLike) -> Floats:
    """The expected warm duration at each memory size [ms], of the shape of `memory_mb`."""
    return simulate_duration_ms(profile.slices, memory_mb)


def take_profile(
    environment: Environment, *, timeout_s: int, payload: bytes, warm_ups: int, calls: int, cpus: int
) -> Profile:
    """Invoke an initialised environment that is not throttled, and watch it.

    The profile is that of the call with the median duration among those that other work did not disturb:
    a mean of several calls would blur the moments at which they compute and wait.

    Args:
        environment: not invoked yet; its CPUs must be its own.
        timeout_s: of each call.
        payload: the event of each call.
        warm_ups: calls to discard, after the cold one.
        calls: how many to watch.
        cpus: how many the function can use.

    Raises:
        MeasurementError: a call failed.
    """
    watched: list[tuple[Invocation, tuple[int, int]]] = []
    with CpuTrace(root=environment.pid, supervisor=environment.supervisor_pid) as trace:
        for _ in range(1 + warm_ups + calls):
            call = environment.invoke(payload, timeout_s)
            if call.outcome is not Outcome.OK:
                raise MeasurementError(f"a call at full speed failed: {call.outcome}: {call.error_message}")
            watched.append((call, environment.window_ns))
    cold, warm = watched[0][0], watched[1 + warm_ups :]
    quiet = [each for each in warm if each[0].excluded is None] or warm
    quiet.sort(key=lambda each: each[0].duration_ms or 0.0)
    call, window = quiet[(len(quiet) - 1) // 2]
    steps_ms, used_ms, delayed_ms = trace.within(*window, cpus=cpus)
    cpu_ms = call.cpu_time_ms or 0.0
    slices = infer_slices(steps_ms, used_ms, delayed_ms, cpu_ms=cpu_ms)
    memory = [each[0].max_memory_used_mb for each in warm]
    return Profile(
        slices=slices,
        cpu_ms=cpu_ms,
        duration_ms=sum(each.duration_ms for each in slices),
        calls=tuple(each[0] for each in warm),
        max_memory_used_mb=max((peak for peak in memory if peak is not None), default=None),
        init_duration_ms=cold.init_duration_ms,
    )


def infer_slices(
    steps_ms: Floats, used_ms: Floats, delayed_ms: Floats, *, cpu_ms: float
) -> tuple[Activity, ...]:
    """Slices of computing and waiting from the CPU time used in small steps of time.

    Waits shorter than 1 ms, and spells of computing below 0.2 ms in a wait, are joined with what is before
    them: their times count, their places are lost.

    Args:
        steps_ms: the lengths of the steps, in order.
        used_ms: the CPU time used in each.
        delayed_ms: the time in each that a thread was kept from a CPU; it is neither computing nor waiting,
            unless other threads went on.
        cpu_ms: the CPU time of all, measured more exactly; what the steps say is scaled to it.

    Returns:
        Slices whose CPU times add up to `cpu_ms`, and whose durations to the time that was not lost.
    """
    found = used_ms.sum()
    # A call so short that no reading fell into it computed, as far as is known, at its beginning.
    used = used_ms * (cpu_ms / found) if found else np.append(cpu_ms, 0.0 * used_ms[1:])
    # Readings are late by up to their interval, so that a thread seems to pause here and to run twice there.
    # Over a few of them the errors cancel; a step of negative waiting is made good by its neighbours.
    in_use = _in_use(steps_ms, used)
    parallel = in_use > _PARALLEL
    busy = used / np.where(parallel, in_use, 1.0)
    waiting = steps_ms - busy - np.where(parallel, 0.0, delayed_ms)
    stretches = [_Stretch()]
    idle = _Stretch()  # what little was computed since a wait began
    for cpu, computing, idling, several in zip(used, busy, waiting, parallel, strict=True):
        last = stretches[-1]
        idle.cpu, idle.busy = idle.cpu + cpu, idle.busy + computing
        if not last.waited or idle.cpu >= _SHORTEST_CPU_MS:
            if last.waited or (several != last.several and last.busy >= _SHORTEST_WAIT_MS):
                last = _Stretch()
                stretches.append(last)
            last.several = bool(several) if not last.busy else last.several
            last.take(idle)
        last.wait += idling
    stretches[-1].take(idle)
    for before, after in reversed(list(pairwise(stretches))):
        after.owe(before)
    return tuple(each.activity() for each in stretches)


@dataclass
class _Stretch:
    """A slice in the making: CPU time, the time in which it was used, and waiting [ms]."""

    cpu: float = 0.0
    busy: float = 0.0
    wait: float = 0.0
    several: bool = False  # threads at a time

    @property
    def waited(self) -> bool:
        """Whether its wait is long enough for the slice to end with it."""
        return self.wait >= max(_SHORTEST_WAIT_MS, _WAIT_PART * self.busy)

    def take(self, idle: _Stretch) -> None:
        """Add the computing of another, which has none left then."""
        self.cpu, self.busy = self.cpu + idle.cpu, self.busy + idle.busy
        idle.cpu = idle.busy = 0.0

    def owe(self, before: _Stretch) -> None:
        """Take what it waited less than nothing from the wait of the one before."""
        before.wait, self.wait = before.wait + min(0.0, self.wait), max(0.0, self.wait)

    def activity(self) -> Activity:
        """The finished slice."""
        # A call has more CPU time than time by an error of its readings, if it never waits.
        busy, wait = self.busy + min(0.0, self.wait), max(0.0, self.wait)
        return Activity(float(self.cpu), float(wait), max(1.0, float(self.cpu / busy)) if busy > 0 else 1.0)


def _in_use(steps_ms: Floats, used_ms: Floats) -> Floats:
    """How many CPUs were in use around the middle of each step."""
    end = np.cumsum(steps_ms)
    middle = end - steps_ms / 2
    low, high = np.maximum(0.0, middle - _LEVEL_MS / 2), np.minimum(end[-1], middle + _LEVEL_MS / 2)
    at, total = np.append(0.0, end), np.append(0.0, np.cumsum(used_ms))
    in_use: Floats = (np.interp(high, at, total) - np.interp(low, at, total)) / (high - low)
    return in_use
