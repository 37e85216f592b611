"""How long a function runs at each memory size, from what it does at full speed.

A memory size buys a share of a vCPU as a quota: so many milliseconds of CPU in every period of 20 ms
(published timings: github.com/pwrdrvr/lambda-throttling). Computing uses the quota up and then stands still
until the next period; waiting lets it fill again. So the same CPU time costs less when it comes in small
pieces between waits than in one, which waiting + CPU / share does not see. The bucket is simulated as the
kernel keeps it (kernel/sched/fair.c, CFS bandwidth control):

- a quota that was not used is lost: there is never more than one in the bucket;
- the end of the quota is noticed at the scheduler's next tick, so a piece of work may overrun it; the
  overrun is a debt that the next periods pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cost_models.cpu import ONE_VCPU_MB, visible_vcpus

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

PERIOD_MS = 20.0
TICK_MS = 4.0
"""A kernel with HZ=250. That of Lambda is not known."""

# Phases of period and tick: a Fibonacci lattice, the most even spread of n points over a square. Within a
# call of many slices the phases average out by themselves.
_FEW_SLICES, _MANY_PHASES, _FEW_PHASES = 16, (89, 55), (13, 8)
_EXACT_PERIODS = 6.0  # at the end of a long computation; the periods before are all alike


@dataclass(frozen=True, slots=True)
class Activity:
    """A stretch of computing and the waiting that follows it.

    `cpu_ms` is CPU time over all threads, of which `parallelism` (at least 1) run at a time: at full speed
    the stretch takes cpu_ms / parallelism + wait_ms.
    """

    cpu_ms: float
    wait_ms: float = 0.0
    parallelism: float = 1.0

    @property
    def duration_ms(self) -> float:
        """How long it takes at full speed."""
        return self.cpu_ms / self.parallelism + self.wait_ms


def simulate_duration_ms(slices: Sequence[Activity], memory_mb: ArrayLike) -> Floats:
    """The expected warm duration of a function that does `slices` in this order [ms].

    Expected over the moments at which a call can meet the periods and ticks; it starts with a full quota, as
    after a rest. Above one vCPU only parallel slices gain, and never by more threads than Lambda shows cores.

    Args:
        slices: what the function does at full speed.
        memory_mb: the memory sizes, any shape.

    Returns:
        Durations of the shape of `memory_mb`.

    Raises:
        ValueError: a negative time, a parallelism below 1, or a size that is not positive.
    """
    sizes = np.asarray(memory_mb, dtype=float)
    if not (sizes > 0).all():
        raise ValueError("memory sizes must be positive")
    if any(each.cpu_ms < 0 or each.wait_ms < 0 or each.parallelism < 1 for each in slices):
        raise ValueError("times must not be negative, and parallelism must be at least 1")
    return _Lanes(slices, sizes.ravel()).run().reshape(sizes.shape)


class _Lanes:
    """One simulated call for every size and phase, all advanced together, each at its own place.

    Arrays have one element a lane. A lane's clock shows the time in its period modulo `PERIOD_MS`.
    """

    def __init__(self, slices: Sequence[Activity], sizes: Floats) -> None:
        # One slice more, of nothing: where the lanes that are done have arrived.
        rows = [(each.cpu_ms, each.wait_ms, each.parallelism) for each in slices] + [(0.0, 0.0, 1.0)]
        self.cpu, self.wait, self.parallelism = np.array(rows).T
        self.phases, step = _MANY_PHASES if len(slices) <= _FEW_SLICES else _FEW_PHASES
        phase = np.arange(self.phases)
        cores = np.array([visible_vcpus(int(min(size, 10_240))) for size in sizes], dtype=float)
        self.sizes = len(sizes)
        self.quota = np.repeat(sizes / ONE_VCPU_MB * PERIOD_MS, self.phases)
        self.cores = np.repeat(cores, self.phases)
        self.start = np.tile((phase + 0.5) / self.phases * PERIOD_MS, self.sizes)
        self.tick = np.tile(phase * step % self.phases / self.phases * TICK_MS, self.sizes)
        self.clock = self.start.copy()
        self.tokens = self.quota.copy()
        self.at = np.zeros(len(self.quota), dtype=int)
        self.left = np.full(len(self.quota), self.cpu[0])

    def run(self) -> Floats:
        """The mean duration of each size over its phases."""
        duration = np.zeros(len(self.quota))
        lane = np.arange(len(self.quota))
        while len(lane):
            done = self.at == len(self.cpu) - 1
            if done.any():
                duration[lane[done]] = (self.clock - self.start)[done]
                lane = lane[~done]
                self._keep(~done)
            self._compute()
        means: Floats = duration.reshape(self.sizes, self.phases).mean(axis=1)
        return means

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        for name in ("quota", "cores", "start", "tick", "clock", "tokens", "at", "left"):
            setattr(self, name, getattr(self, name)[kept])

    def _compute(self) -> None:
        """Compute until the slice is done, the period ends, or the end of the quota is noticed."""
        rate = np.minimum(self.parallelism[self.at], self.cores)
        unlimited = self.quota >= PERIOD_MS * rate
        self._skip_like_periods(unlimited)
        self._stand_still()
        to_done = self.left / rate
        to_period = PERIOD_MS - self.clock % PERIOD_MS
        empty = self.clock + self.tokens / rate
        noticed = np.ceil((empty - self.tick) / TICK_MS) * TICK_MS + self.tick
        running = np.minimum(to_done, np.minimum(to_period, noticed - self.clock))
        running = np.where(unlimited, to_done, running)
        finished = running >= to_done
        self.left -= running * rate
        self.tokens -= running * rate
        self._pass(running)
        if finished.any():
            self._pass(np.where(finished, self.wait[self.at], 0.0))
            self.at += finished
            self.left = np.where(finished, self.cpu[self.at], self.left)

    def _pass(self, elapsed: Floats) -> None:
        """Let time go by; every period that begins adds a quota, up to a full bucket."""
        later = self.clock + elapsed
        # A clock that was moved to the end of a period may be short of it by a rounding error.
        begun = np.floor(later / PERIOD_MS + 1e-9) - np.floor(self.clock / PERIOD_MS + 1e-9)
        self.tokens = np.minimum(self.quota, self.tokens + begun * self.quota)
        self.clock = later

    def _stand_still(self) -> None:
        """Lanes without tokens wait for the period that pays their debt."""
        throttled = self.tokens <= 0
        if not throttled.any():
            return
        periods = np.floor(-self.tokens / self.quota) + 1
        end = (np.floor(self.clock / PERIOD_MS + 1e-9) + periods) * PERIOD_MS
        self.clock = np.where(throttled, end, self.clock)
        self.tokens = np.where(throttled, self.tokens + periods * self.quota, self.tokens)

    def _skip_like_periods(self, unlimited: NDArray[np.bool_]) -> None:
        """Of a long computation, spend the periods that give one quota each at once."""
        periods = np.floor(self.left / self.quota) - _EXACT_PERIODS
        periods = np.where(unlimited | (periods < 1), 0.0, periods)
        self.left -= periods * self.quota
        self.clock += periods * PERIOD_MS
