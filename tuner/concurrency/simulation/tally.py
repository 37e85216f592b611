"""Counting what became of the requests, in arrays whose size does not depend on how many there are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tuner.concurrency.simulation.engine import Fate
from tuner.concurrency.simulation.profile import Profile

if TYPE_CHECKING:
    from numpy.typing import NDArray

FATES = len(Fate)
_LEAST_MS, _MOST_MS = 0.01, 2_000_000.0
_WIDTH = 0.01
"""Bins of latency are 1 % wide, so a percentile is right to half a percent."""
_BINS = math.ceil(math.log(_MOST_MS / _LEAST_MS) / _WIDTH)


@dataclass(frozen=True, slots=True)
class Ended:
    """Requests that have a fate; arrays of one length, times in seconds.

    `starts` are those of the last attempt, before which a caller `waited`.
    """

    functions: NDArray[np.intp]
    starts: NDArray[np.float64]
    waited: NDArray[np.float64]
    busy: NDArray[np.float64]
    fates: NDArray[np.intp]
    failed: NDArray[np.bool_]
    retries: NDArray[np.float64]


class Tally:
    """Sums by function and row of the timeline."""

    def __init__(self, profile: Profile) -> None:
        functions, rows = len(profile.functions), profile.rows
        self._profile = profile
        self.fates = np.zeros((functions, rows, FATES), dtype=np.int64)
        self.failed = np.zeros((functions, rows), dtype=np.int64)
        self.retries = np.zeros((functions, rows), dtype=np.int64)
        self.billed_ms = np.zeros((functions, rows, 2), dtype=np.float64)  # on demand, provisioned
        self.latency_of_row = np.zeros((rows, _BINS), dtype=np.int64)
        self.latency_of_function = np.zeros((functions, _BINS), dtype=np.int64)
        self.peak = np.zeros(rows, dtype=np.int64)
        # Starts and ends of calls by function and row, as numbers and as sums of times; the last column
        # is the time after the end.
        self._changes = np.zeros((2, 2, functions, rows + 1), dtype=np.float64)

    def count(self, row: int, ended: Ended, highest: int) -> None:
        """Add a part of a row, in which so many requests were in progress at most."""
        number = len(self._profile.functions)
        functions, fates = ended.functions, ended.fates
        counted = np.bincount(functions * FATES + fates, minlength=number * FATES)
        self.fates[:, row] += counted.reshape(number, FATES)
        self.failed[:, row] += np.bincount(functions[ended.failed], minlength=number)
        retries = np.bincount(functions, ended.retries, number)
        self.retries[:, row] += retries.astype(np.int64)
        self.peak[row] = max(self.peak[row], highest)

        ran = fates < Fate.OVER_LIMIT
        functions, busy, starts = functions[ran], ended.busy[ran], ended.starts[ran]
        # Durations are reported to 0.01 ms, so a longer fraction is floating-point dust, not time.
        billed = np.ceil(np.round(busy * 1000, 4))
        kind = functions * 2 + (fates[ran] == Fate.PROVISIONED)
        self.billed_ms[:, row] += np.bincount(kind, billed, number * 2).reshape(number, 2)
        latency_ms = (ended.waited[ran] + busy) * 1000
        bins = np.log(np.clip(latency_ms, _LEAST_MS, _MOST_MS) / _LEAST_MS) / _WIDTH
        bins = np.minimum(bins.astype(np.intp), _BINS - 1)
        self.latency_of_row[row] += np.bincount(bins, minlength=_BINS)
        cells = np.bincount(functions * _BINS + bins, minlength=number * _BINS)
        self.latency_of_function += cells.reshape(number, _BINS)
        self._mark(0, functions, np.full(len(starts), row), starts)
        self._mark(1, functions, self._rows_at(starts + busy), starts + busy)

    def concurrency(self) -> NDArray[np.float64]:
        """The mean number of requests in progress, by function and row.

        Up to a time T they have been in progress for the sum of T - start over those that have started,
        less the sum of T - end over those that have ended.
        """
        edges = self.edges()[1:]
        up_to = np.zeros((len(self._profile.functions), len(edges)))
        for (number, times), sign in zip(self._changes, (1, -1), strict=True):
            up_to += sign * (edges * np.cumsum(number, axis=1)[:, :-1] - np.cumsum(times, axis=1)[:, :-1])
        in_row: NDArray[np.float64] = np.diff(up_to, axis=1, prepend=0.0) / np.diff(self.edges())
        in_row[in_row < 0] = 0.0
        return in_row

    def edges(self) -> NDArray[np.float64]:
        """Where the rows of the timeline begin, and where the last one ends [s]."""
        steps = np.arange(self._profile.rows + 1) * self._profile.step_s
        cut: NDArray[np.float64] = np.minimum(steps, self._profile.seconds)
        return cut

    def _rows_at(self, times: NDArray[np.float64]) -> NDArray[np.intp]:
        rows = (times / self._profile.step_s).astype(np.intp)
        return np.where(times < self._profile.seconds, rows, self._profile.rows)

    def _mark(
        self,
        which: int,
        functions: NDArray[np.intp],
        rows: NDArray[np.intp],
        times: NDArray[np.float64],
    ) -> None:
        shape = self._changes.shape[2:]
        cells = functions * shape[1] + rows
        self._changes[which, 0] += np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        self._changes[which, 1] += np.bincount(cells, times, shape[0] * shape[1]).reshape(shape)


def percentile_ms(histogram: NDArray[np.int64], share: float) -> float | None:
    """The latency [ms] that a share of the requests does not exceed; None where none ran."""
    counts = np.cumsum(histogram)
    if counts[-1] == 0:
        return None
    found = int(np.searchsorted(counts, share * counts[-1]))
    return _LEAST_MS * math.exp((found + 0.5) * _WIDTH)
