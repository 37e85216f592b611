"""Everything a decision rests on, gathered once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cost_models.pricing import Prices
from tuner.fit import DurationCurve
from tuner.options import RunOptions
from tuner.plans import SearchMethod
from tuner.recommend.eligible import Bound, bounds, rejections
from tuner.recommend.evaluation import Evaluation, evaluate
from tuner.recommend.sizes import considered_sizes
from tuner.records import MeasurementSet


@dataclass(frozen=True)
class Evidence:
    """What was measured, what the curve makes of it, and what the user wants.

    The columns of `evaluation` are the sizes worth telling apart. `acceptable` masks those among which the
    best is sought: in the range of the search, and rejected by nothing but perhaps `bounds`. `rejected`
    holds the reason for each size that may not be recommended as things stand.
    """

    measurements: MeasurementSet
    curve: DurationCurve
    prices: Prices
    options: RunOptions
    evaluation: Evaluation
    acceptable: np.ndarray
    bounds: tuple[Bound, ...]
    rejected: Mapping[int, str]

    @property
    def allowed(self) -> np.ndarray:
        """The columns of the sizes that may be recommended once they are measured, shape (k,)."""
        return self._columns([bound.holds for bound in self.bounds])

    @property
    def in_play(self) -> np.ndarray:
        """The columns that are allowed or may turn out to be, shape (k,)."""
        return self._columns([bound.possible for bound in self.bounds])

    def _columns(self, conditions: Sequence[np.ndarray]) -> np.ndarray:
        return np.flatnonzero(np.all([self.acceptable, *conditions], axis=0))

    @property
    def measured(self) -> np.ndarray:
        """Which columns have warm samples, shape (n,)."""
        warm = [size for size in self.measurements.memory_sizes_mb if self.measurements.warm(size)]
        return np.isin(self.evaluation.memory_mb, warm)

    @property
    def can_be_answers(self) -> np.ndarray:
        """Which columns are known well enough to be the answer: the measured ones, or all of a prediction."""
        return np.ones_like(self.measured) if self._is_prediction else self.measured

    @property
    def known_range_mb(self) -> tuple[int, int]:
        """The smallest and the largest size that need no extrapolation."""
        search = self.measurements.search
        return search.range_mb if search and self._is_prediction else self.curve.fitted_range_mb

    @property
    def _is_prediction(self) -> bool:
        search = self.measurements.search
        return search is not None and search.method is SearchMethod.PREDICT

    def is_ruled_out(self, memory_mb: int) -> bool:
        """Whether nothing that may still be measured can make a size the answer."""
        column = self.evaluation.position(memory_mb)
        return column is None or not bool(self.acceptable[column])

    @property
    def today(self) -> int | None:
        """The column of today's setting, where it is in the known range."""
        current = self.measurements.current
        low, high = self.known_range_mb
        if current is None or not low <= current.memory_mb <= high:
            return None
        return self.evaluation.position(current.memory_mb)


def gather(
    curve: DurationCurve,
    measurements: MeasurementSet,
    prices: Prices,
    options: RunOptions,
    *,
    also_mb: Iterable[int] = (),
) -> Evidence:
    """The evidence over the range of the search; `also_mb` are sizes outside it that will be shown."""
    low, high = measurements.search.range_mb if measurements.search else curve.fitted_range_mb
    today = {measurements.current.memory_mb} if measurements.current else set()
    inside = {size for size in (*measurements.memory_sizes_mb, *today) if low <= size <= high}
    sought = considered_sizes(low, high, inside)
    shown = {*measurements.memory_sizes_mb, *today, *also_mb}
    sizes = np.union1d(sought, np.array(sorted(shown), dtype=np.int64))
    evaluation = evaluate(curve, prices, sizes, extrapolate=True)
    rejected = rejections(sizes, measurements, options)
    acceptable = np.isin(sizes, sought) & ~np.isin(sizes, list(rejected))
    found = bounds(evaluation, acceptable, options)
    for bound in found:
        broken = np.flatnonzero(acceptable & ~bound.holds)
        rejected = {int(sizes[c]): bound.why[c] for c in broken} | rejected
    return Evidence(measurements, curve, prices, options, evaluation, acceptable, found, rejected)
