"""How the requests of a function came, counted from its calls or from the metrics of its minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOUR_S, DAY_S = 3_600, 86_400
_US = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Requests of a period [s since 1970], counted in ways whose size does not depend on how many they are.

    `met` has the requests by hour of day (UTC) and by how many others were in progress as they began.
    `busiest_s` are the seconds of the busiest hour by the concurrency in them, `begun` all seconds by the
    requests that began in them. `dispersion` is the variance of the requests in windows of `window_s` seconds
    of that hour, over their mean: 1 where they come independently of each other, as a Poisson process does.
    """

    first_s: float
    last_s: float
    met: NDArray[np.int64]
    busiest_s: NDArray[np.float64]
    begun: NDArray[np.int64]
    dispersion: float
    window_s: int
    source: Literal["logs", "metrics"]

    @property
    def requests(self) -> int:
        """How many were seen."""
        return int(self.met.sum())

    @property
    def peak(self) -> int:
        """The most that were in progress at a time."""
        return int(self.met.shape[1])

    @property
    def seconds(self) -> float:
        """How long was looked."""
        return self.last_s - self.first_s

    @property
    def covers_a_day(self) -> bool:
        """Whether every hour of the day was seen."""
        return self.seconds >= DAY_S

    def hourly_rates(self) -> NDArray[np.float64]:
        """Requests a second in each hour of the day (UTC), over all its days."""
        hours = np.arange(np.floor(self.first_s / HOUR_S), np.ceil(self.last_s / HOUR_S))
        starts, ends = np.maximum(hours * HOUR_S, self.first_s), np.minimum((hours + 1) * HOUR_S, self.last_s)
        seen_s = np.bincount(hours.astype(np.int64) % 24, ends - starts, 24)
        rates: NDArray[np.float64] = self.met.sum(axis=1) / np.maximum(seen_s, 1.0)
        return rates


def observe_calls(
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.int64]]], busiest_hour: int
) -> Observed:
    """What calls say, each known by its beginning and its end [us since 1970].

    Args:
        parts: the beginnings and the ends that fall into a time, in the order of time, no hour in two parts.
        busiest_hour: the hour since 1970 with the most calls.
    """
    met, begun = np.zeros((24, 1), dtype=np.int64), np.zeros(1, dtype=np.int64)
    first_us, last_us, present = None, 0, 0
    busiest = _Busiest(busiest_hour)
    for part in parts:
        begins, ends = map(np.sort, part)
        if begins.size:
            first_us = int(begins[0]) if first_us is None else first_us
            others = present + np.arange(begins.size) - np.searchsorted(ends, begins, side="right")
            met = _added(met, _by_hour(begins, others))
            _, counts = np.unique(begins // _US, return_counts=True)
            begun = _added(begun, np.bincount(counts))
        if ends.size:
            last_us = int(ends[-1])
        busiest.look(begins, ends, present)
        present += begins.size - ends.size
    first_s = (first_us or 0) / _US
    last_s = max(last_us / _US, first_s)
    begin_s, end_s = _clipped(busiest_hour, first_s, last_s)
    busiest.seconds[0] -= HOUR_S - (end_s - begin_s)  # nothing is known of what was not seen
    return Observed(
        first_s, last_s, met, busiest.seconds, begun, busiest.dispersion(begin_s, end_s), 1, "logs"
    )


def observe_minutes(
    starts_s: NDArray[np.int64], requests: NDArray[np.int64], highest: NDArray[np.int64]
) -> Observed:
    """What the metrics of minutes say: their requests, and the highest concurrency in each.

    A request is taken to have met the highest concurrency of its minute, so no share is too low. Minutes
    without a request need not be listed.
    """
    order = np.argsort(starts_s)
    starts_s, requests, highest = starts_s[order], requests[order], np.maximum(highest[order], 1)
    hours = starts_s // HOUR_S
    met = np.zeros((24, int(highest.max())), dtype=np.int64)
    np.add.at(met, (hours % 24, highest - 1), requests)
    by_hour = np.bincount(hours - hours[0], requests)
    busiest_hour = int(np.argmax(by_hour)) + int(hours[0])
    inside = hours == busiest_hour
    first_s, last_s = float(starts_s[0]), float(starts_s[-1] + 60)
    begin, end = _clipped(busiest_hour, first_s, last_s)
    busiest_s = 60.0 * np.bincount(highest[inside], minlength=1).astype(np.float64)
    busiest_s[0] = end - begin - busiest_s.sum()
    counts = np.bincount((starts_s[inside] - int(begin)) // 60, requests[inside], round((end - begin) / 60))
    begun = np.bincount(-(-requests // 60), minlength=1) * 60
    return Observed(first_s, last_s, met, busiest_s, begun, _dispersion(counts), 60, "metrics")


class _Busiest:
    """The hour with the most calls: how long each concurrency held in it, and how evenly they came."""

    def __init__(self, hour: int) -> None:
        self._hour = hour
        self._begins = np.zeros(0, dtype=np.int64)
        self.seconds: NDArray[np.float64] = np.zeros(1)

    def look(self, begins: NDArray[np.int64], ends: NDArray[np.int64], present: int) -> None:
        """Keep what a part says of the hour, if it is in it."""
        low, high = self._hour * HOUR_S * _US, (self._hour + 1) * HOUR_S * _US
        inside = [times[slice(*np.searchsorted(times, [low, high]))] for times in (begins, ends)]
        if not inside[0].size:
            return
        self._begins = inside[0]
        before = present + int(np.searchsorted(begins, low)) - int(np.searchsorted(ends, low))
        times = np.concatenate([*inside, [low, high]])
        changes = np.repeat([1, -1, before, 0], [inside[0].size, inside[1].size, 1, 1])
        order = np.lexsort((np.arange(times.size) != times.size - 2, times))  # what was there comes first
        levels = np.cumsum(changes[order])[:-1]
        held_s = np.diff(times[order]) / _US
        self.seconds = np.bincount(np.maximum(levels, 0), held_s).astype(np.float64)

    def dispersion(self, begin_s: float, end_s: float) -> float:
        """Of the calls a second."""
        places = self._begins // _US - int(begin_s)
        return _dispersion(np.bincount(places, minlength=max(1, int(end_s) - int(begin_s))))


def _clipped(hour: int, first_s: float, last_s: float) -> tuple[float, float]:
    """The part of an hour that was seen [s]."""
    return max(hour * HOUR_S, first_s), min((hour + 1) * HOUR_S, last_s)


def _dispersion(counts: NDArray[np.int64] | NDArray[np.float64]) -> float:
    mean = float(counts.mean())
    return float(counts.var()) / mean if mean else 0.0


def _by_hour(begins: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many calls began in an hour of the day while so many others were in progress."""
    levels = int(others.max()) + 1
    hours = begins // (HOUR_S * _US) % 24
    counted: NDArray[np.int64] = np.bincount(hours * levels + others, minlength=24 * levels)
    return counted.reshape(24, levels)


def _added(known: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """The sum of two tables, each as wide as it has to be."""
    width = max(known.shape[-1], more.shape[-1])
    padded = [np.pad(t, [(0, 0)] * (t.ndim - 1) + [(0, width - t.shape[-1])]) for t in (known, more)]
    found: NDArray[np.int64] = padded[0] + padded[1]
    return found
