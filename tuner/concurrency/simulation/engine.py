"""The account as a machine that admits requests one by one, in the order in which they come.

NumPy draws the requests and counts what became of them; between, each one meets a handful of plain lists.
"""

from __future__ import annotations

import math
from enum import IntEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from tuner.concurrency.quotas import REQUESTS_PER_SECOND_EACH
from tuner.concurrency.simulation.profile import Profile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Fate(IntEnum):
    """What becomes of a request. Those from `OVER_LIMIT` on are throttled, each by another limit."""

    WARM = 0
    COLD = 1
    PROVISIONED = 2
    OVER_LIMIT = 3
    OVER_RATE = 4
    OVER_SCALING = 5


# Plain numbers: looking a member up costs as much as the rest of a request.
_WARM, _COLD, _PROVISIONED, _OVER_LIMIT, _OVER_RATE, _OVER_SCALING = map(int, Fate)


class Engine:
    """The state of an account between requests.

    Stations are where a request can run: station f is function f on demand, station n + f its provisioned
    environments. Functions with a reservation have a pool of their own; pool 0 is the unreserved one.
    """

    def __init__(self, profile: Profile) -> None:
        functions = profile.functions
        number = len(functions)
        self._rule = profile.scaling
        self._finishing: list[tuple[float, int]] = []  # (time, station) of the requests in progress
        self._idle: list[list[float]] = [[] for _ in functions]  # since when, the latest last
        self._reclaim_s = [f.idle_reclaim_s for f in functions]
        self._ready = [f.provisioned for f in functions]
        self._ready_rate = [f.provisioned * REQUESTS_PER_SECOND_EACH for f in functions]
        self._pool_of = [0 if f.reserved is None else 1 + i for i, f in enumerate(functions)]
        own = (0 if f.reserved is None else f.reserved - f.provisioned for f in functions)
        self._limit = [profile.unreserved_pool, *own]
        self._rate = [limit * REQUESTS_PER_SECOND_EACH for limit in self._limit]
        self._used = [0] * (number + 1)
        self._second_ends = 0.0
        self._admitted = [0] * (number + 1)  # by pool, in this second
        self._admitted_ready = [0] * number  # by function, on provisioned environments
        self._bucket_of = [0 if self._rule.shared else i for i in range(number)]
        self._new_left = [float(self._rule.immediate)] * number
        self._new_at = [0.0] * number
        self.in_use = [0] * number
        self.in_use_peak = [0] * number

    def admit(
        self,
        start_s: float,
        times: NDArray[np.float64],
        functions: NDArray[np.intp],
        durations: NDArray[np.float64],
        inits: NDArray[np.float64],
    ) -> tuple[list[int], int]:
        """The fate of each request of a window, ascending in time, and the highest concurrency meanwhile."""
        self._finish(start_s)
        finishing, in_use, peaks = self._finishing, self.in_use, self.in_use_peak
        number, on_demand = len(in_use), self._on_demand
        ready, admitted, rate = self._ready, self._admitted_ready, self._ready_rate
        fates: list[int] = []
        highest = len(finishing)
        requests = zip(times.tolist(), functions.tolist(), durations.tolist(), inits.tolist(), strict=True)
        for t, f, duration, init in requests:
            if finishing and finishing[0][0] <= t:
                self._finish(t)
            if t >= self._second_ends:
                self._next_second(t)
            if ready[f] and admitted[f] < rate[f]:
                ready[f] -= 1
                admitted[f] += 1
                fates.append(_PROVISIONED)
                heappush(finishing, (t + duration, number + f))
            else:
                fate = on_demand(f, t)
                fates.append(fate)
                if fate >= _OVER_LIMIT:
                    continue
                heappush(finishing, (t + duration + init if fate == _COLD else t + duration, f))
            in_use[f] += 1
            # Calling max() twice for each request would take a tenth of the whole time.
            if in_use[f] > peaks[f]:  # noqa: PLR1730
                peaks[f] = in_use[f]
            if len(finishing) > highest:  # noqa: PLR1730
                highest = len(finishing)
        return fates, highest

    def _finish(self, t: float) -> None:
        """Free what the requests that have ended by now were holding."""
        finishing, number = self._finishing, len(self.in_use)
        while finishing and finishing[0][0] <= t:
            ended, station = heappop(finishing)
            if station < number:
                self._idle[station].append(ended)
                self._used[self._pool_of[station]] -= 1
                self.in_use[station] -= 1
            else:
                self._ready[station - number] += 1
                self.in_use[station - number] -= 1

    def _next_second(self, t: float) -> None:
        """Requests a second are counted in whole seconds."""
        self._second_ends = math.floor(t) + 1.0
        self._admitted[:] = [0] * len(self._admitted)
        self._admitted_ready[:] = [0] * len(self._admitted_ready)

    def _on_demand(self, f: int, t: float) -> int:
        """The fate of a request that no provisioned environment takes."""
        pool = self._pool_of[f]
        if self._used[pool] >= self._limit[pool]:
            return _OVER_LIMIT
        if self._admitted[pool] >= self._rate[pool]:
            return _OVER_RATE
        idle = self._idle[f]
        if idle and idle[-1] > t - self._reclaim_s[f]:
            idle.pop()
            fate = _WARM
        elif self._start(f, t):
            idle.clear()  # the latest was too old, so all are
            fate = _COLD
        else:
            return _OVER_SCALING
        self._used[pool] += 1
        self._admitted[pool] += 1
        return fate

    def _start(self, function: int, t: float) -> bool:
        """Whether the scaling rule allows one more environment now; if so, it is started."""
        of, rule = self._bucket_of[function], self._rule
        left = min(float(rule.immediate), self._new_left[of] + (t - self._new_at[of]) * rule.per_second)
        allowed = left >= 1
        self._new_left[of] = left - 1 if allowed else left
        self._new_at[of] = t
        return allowed
