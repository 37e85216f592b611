"""Everything a decision rests on, gathered once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cost_models.pricing import Prices
from tuner.options import RunOptions
from tuner.recommend.evaluation import Evaluation
from tuner.records import MeasurementSet


@dataclass(frozen=True)
class Evidence:
    """What was measured, what the curve makes of it, and what the user wants.

    `beyond` evaluates sizes above the fitted range, to be shown and never recommended; `rejected` holds
    the reason for each size that may not be recommended.
    """

    measurements: MeasurementSet
    prices: Prices
    options: RunOptions
    evaluation: Evaluation
    beyond: Evaluation | None
    rejected: Mapping[int, str]

    @property
    def allowed(self) -> np.ndarray:
        """The columns of the sizes that may be recommended, shape (k,)."""
        sizes = self.evaluation.memory_mb
        return np.array([c for c, size in enumerate(sizes) if int(size) not in self.rejected], dtype=int)

    @property
    def measured(self) -> frozenset[int]:
        """The columns of the sizes with warm samples."""
        columns = (
            self.evaluation.position(size)
            for size in self.measurements.memory_sizes_mb
            if self.measurements.warm(size)
        )
        return frozenset(column for column in columns if column is not None)

    @property
    def today(self) -> int | None:
        """The column of today's setting, where it is in range."""
        current = self.measurements.current
        return self.evaluation.position(current.memory_mb) if current else None
