"""The account as a machine that admits requests one by one, in the order in which they come.

NumPy draws the requests and counts what became of them; between, each one meets a handful of plain lists.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush
from typing import TYPE_CHECKING, NamedTuple

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
PUT_OFF = -1
"""No fate yet: the request was throttled, and its caller will try again."""


@dataclass(frozen=True, slots=True)
class Requests:
    """Requests ascending in time; arrays of one length, times in seconds. Some fail, if they run at all."""

    times: NDArray[np.float64]
    functions: NDArray[np.intp]
    durations: NDArray[np.float64]
    inits: NDArray[np.float64]
    failing: NDArray[np.bool_]


class Retry(NamedTuple):
    """A throttled request whose caller tries again `at` a time, `retries` of them made by then."""

    at: float
    function: int
    duration: float
    init: float
    failing: bool
    since: float
    retries: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """The fate of each request of a window, those that came back in it, and the highest concurrency."""

    fates: list[int]
    came_back: list[tuple[Retry, int]]
    highest: int


class Engine:
    """The state of an account between requests.

    Stations are where a request can run: station f is function f on demand, station n + f its provisioned
    environments. Functions with a reservation have a pool of their own; pool 0 is the unreserved one.
    """

    def __init__(self, profile: Profile) -> None:
        functions = profile.functions
        number = len(functions)
        self._rule = profile.scaling
        self._end_s = profile.seconds
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
        self._retries = [f.retries for f in functions]
        self._waiting: list[Retry] = []
        self._random = random.Random(profile.seed)  # of the waits
        self._highest = 0
        self.in_use = [0] * number
        self.in_use_peak = [0] * number

    def admit(self, start_s: float, end_s: float, requests: Requests) -> Admitted:
        """Play the requests of a window, and the retries that fall into it."""
        self._finish(start_s)
        self._highest = len(self._finishing)
        waiting, take, columns = self._waiting, self._take, requests
        fates: list[int] = []
        came_back: list[tuple[Retry, int]] = []
        each = (columns.times, columns.functions, columns.durations, columns.inits)
        for t, f, duration, init in zip(*(column.tolist() for column in each), strict=True):
            if waiting and waiting[0].at <= t:
                self._take_retries(t, came_back)
            fate = take(t, f, duration, init)
            if fate >= _OVER_LIMIT:
                failing = bool(columns.failing[len(fates)])
                fate = self._put_off(Retry(t, f, duration, init, failing, t, 0), fate)
            fates.append(fate)
        self._take_retries(end_s, came_back)
        return Admitted(fates, came_back, self._highest)

    def _take(self, t: float, f: int, duration: float, init: float) -> int:
        """The fate of one attempt."""
        finishing, in_use = self._finishing, self.in_use
        if finishing and finishing[0][0] <= t:
            self._finish(t)
        if t >= self._second_ends:
            self._next_second(t)
        if self._ready[f] and self._admitted_ready[f] < self._ready_rate[f]:
            self._ready[f] -= 1
            self._admitted_ready[f] += 1
            fate = _PROVISIONED
            heappush(finishing, (t + duration, len(in_use) + f))
        else:
            fate = self._on_demand(f, t)
            if fate >= _OVER_LIMIT:
                return fate
            heappush(finishing, (t + duration + init if fate == _COLD else t + duration, f))
        in_use[f] += 1
        # Calling max() twice for each request would take a tenth of the whole time.
        if in_use[f] > self.in_use_peak[f]:  # noqa: PLR1730
            self.in_use_peak[f] = in_use[f]
        if len(finishing) > self._highest:  # noqa: PLR1730
            self._highest = len(finishing)
        return fate

    def _take_retries(self, until: float, came_back: list[tuple[Retry, int]]) -> None:
        """Play the retries up to a time, and keep those that have a fate now."""
        waiting = self._waiting
        while waiting and waiting[0].at <= until:
            retry = heappop(waiting)
            retry = retry._replace(retries=retry.retries + 1)
            fate = self._take(retry.at, retry.function, retry.duration, retry.init)
            if fate >= _OVER_LIMIT:
                fate = self._put_off(retry, fate)
            if fate != PUT_OFF:
                came_back.append((retry, fate))

    def _put_off(self, throttled: Retry, fate: int) -> int:
        """`PUT_OFF` where the caller of a throttled request will try again before the end, else its fate."""
        retries, attempts = self._retries[throttled.function], throttled.retries + 1
        if attempts >= retries.attempts:
            return fate
        at = throttled.at + self._random.random() * retries.longest_wait_s(attempts)
        if at >= self._end_s:
            return fate
        heappush(self._waiting, throttled._replace(at=at))
        return PUT_OFF

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
