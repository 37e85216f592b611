"""Arrival processes: when requests come. Another process is another class with these two methods."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DAY_S = 86_400.0
_DIURNAL_STEP_S = 60.0


class Arrivals(Protocol):
    """When requests of one function come, window by window."""

    def expected(self, start_s: float, end_s: float) -> float:
        """The mean number of requests in a window."""

    def draw(self, rng: np.random.Generator, start_s: float, end_s: float, /) -> NDArray[np.float64]:
        """The times [s] of the requests in a window, ascending."""


@dataclass(frozen=True, slots=True)
class PoissonArrivals:
    """A Poisson process whose rate is constant between steps; `rates` hold from `starts_s` on."""

    starts_s: tuple[float, ...]
    rates: tuple[float, ...]

    def expected(self, start_s: float, end_s: float) -> float:
        """The area under the rate."""
        return float(self._area(start_s, end_s)[1][-1])

    def draw(self, rng: np.random.Generator, start_s: float, end_s: float) -> NDArray[np.float64]:
        """As many as a Poisson draw says, spread by the rate."""
        import numpy as np

        points, area = self._area(start_s, end_s)
        places = np.sort(rng.random(rng.poisson(area[-1]))) * area[-1]
        times: NDArray[np.float64] = np.interp(places, area, points)
        return times

    def _area(self, start_s: float, end_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The points at which the rate changes in a window, and the area under the rate up to each."""
        import numpy as np

        starts = np.array(self.starts_s)
        inside = starts[(starts > start_s) & (starts < end_s)]
        points = np.concatenate([[start_s], inside, [end_s]])
        rates = np.array(self.rates)[np.searchsorted(starts, points[:-1], side="right") - 1]
        return points, np.concatenate([[0.0], np.cumsum(rates * np.diff(points))])


@dataclass(frozen=True, slots=True, eq=False)
class RecordedArrivals:
    """Requests at times [s] that were observed, ascending."""

    times_s: NDArray[np.float64]

    def expected(self, start_s: float, end_s: float) -> float:
        """Exactly those that were observed."""
        return float(len(self._within(start_s, end_s)))

    def draw(self, _rng: np.random.Generator, start_s: float, end_s: float) -> NDArray[np.float64]:
        """Nothing is left to chance."""
        return self._within(start_s, end_s)

    def _within(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        import numpy as np

        first, last = np.searchsorted(self.times_s, [start_s, end_s])
        return self.times_s[first:last]


def recorded(times_s: Sequence[float] | NDArray[np.float64]) -> RecordedArrivals:
    """Observed times, brought into order."""
    import numpy as np

    return RecordedArrivals(np.sort(np.array(times_s, dtype=np.float64)))


def constant(requests_per_second: float) -> PoissonArrivals:
    """The same rate all the time."""
    return PoissonArrivals((0.0,), (requests_per_second,))


def burst(base: float, peak: float, *, start_s: float, length_s: float) -> PoissonArrivals:
    """A base rate with one burst."""
    before = ((0.0, base),) if start_s > 0 else ()
    starts, rates = zip(*before, (start_s, peak), (start_s + length_s, base), strict=True)
    return PoissonArrivals(starts, rates)


def diurnal(trough: float, peak: float, *, peak_at_s: float, seconds: float) -> PoissonArrivals:
    """A rate that swings like a cosine once a day, in steps of a minute."""
    middle, swing = (peak + trough) / 2, (peak - trough) / 2
    starts = [n * _DIURNAL_STEP_S for n in range(math.ceil(seconds / _DIURNAL_STEP_S))]
    phases = [2 * math.pi * (start + _DIURNAL_STEP_S / 2 - peak_at_s) / DAY_S for start in starts]
    return PoissonArrivals(tuple(starts), tuple(middle + swing * math.cos(phase) for phase in phases))
