"""The fitted curve: what the other stages ask about a function's duration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tuner.errors import ExtrapolationError

Array = NDArray[np.float64]

_LARGEST_LOG_MS = 600.0  # far extrapolation of wild data must stay a number


@dataclass(frozen=True, slots=True)
class FamilyFit:
    """One curve family: its posterior weight and its most probable parameters, in their units."""

    name: str
    weight: float
    parameters: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class CurveBand:
    """Expected warm duration [ms] at memory sizes [MB] with its interval; arrays of one shape."""

    memory_mb: Array
    mean_ms: Array
    low_ms: Array
    high_ms: Array


@dataclass(frozen=True, slots=True, eq=False)
class DurationCurve:
    """The expected warm duration as a function of memory, with its uncertainty.

    Attributes:
        fitted_range_mb: smallest and largest measured size; between them is interpolation.
        families: every curve family, by falling posterior weight; the weights sum to 1.
        noise_cv: robust spread of one call around the curve, relative.
        deviation: typical departure of the function from the families, relative (0.03 = 3 %); with few
            sizes it stays near the usual 0.06, which nothing contradicts.
        misfit: no family explains the sizes within noise, so the interval has widened.
        residual_ratios: each call's duration over the expected one, all sizes pooled, mean 1, shape (n,).
    """

    fitted_range_mb: tuple[int, int]
    families: tuple[FamilyFit, ...]
    noise_cv: float
    deviation: float
    misfit: bool
    residual_ratios: Array
    _log_memory: Array = field(repr=False)  # ascending grid, shape (grid,)
    _log_draws: Array = field(repr=False)  # log expected ms on the grid, shape (draws, grid)

    @property
    def family(self) -> str:
        """The most probable family."""
        return self.families[0].name

    @property
    def parameters(self) -> Mapping[str, float]:
        """The parameters of the most probable family."""
        return self.families[0].parameters

    def draws(self, memory_mb: ArrayLike, *, extrapolate: bool = False) -> Array:
        """Joint posterior draws of the expected warm duration.

        A row is one possible curve, so sums and differences over sizes keep their correlation.

        Args:
            memory_mb: sizes [MB], shape (n,).
            extrapolate: allow sizes outside `fitted_range_mb`; the spread grows with the distance.

        Returns:
            Durations [ms], shape (draws, n).

        Raises:
            ExtrapolationError: a size is outside `fitted_range_mb` and `extrapolate` is false.
        """
        memory = np.atleast_1d(np.asarray(memory_mb, dtype=float))
        smallest, largest = self.fitted_range_mb
        outside = memory[(memory < smallest) | (memory > largest)]
        if outside.size and not extrapolate:
            raise ExtrapolationError(
                f"{outside[0]:g} MB is outside the measured sizes {smallest}-{largest} MB",
                "measure a size beyond it, or ask for extrapolation and expect a wide interval",
            )
        log_memory = np.log(memory)
        grid = self._log_memory
        cell = np.clip(np.searchsorted(grid, log_memory, side="right") - 1, 0, len(grid) - 2)
        part = (log_memory - grid[cell]) / (grid[cell + 1] - grid[cell])
        curves = self._log_draws
        log_ms = curves[:, cell] * (1.0 - part) + curves[:, cell + 1] * part
        durations: Array = np.exp(np.clip(log_ms, -_LARGEST_LOG_MS, _LARGEST_LOG_MS))
        return durations

    def predict(self, memory_mb: ArrayLike, *, level: float = 0.95, extrapolate: bool = False) -> CurveBand:
        """Expected warm duration with a central interval that holds it with probability `level`.

        Raises:
            ExtrapolationError: a size is outside `fitted_range_mb` and `extrapolate` is false.
        """
        if not 0.0 < level < 1.0:
            raise ValueError(f"level must be between 0 and 1, not {level}")
        draws = self.draws(memory_mb, extrapolate=extrapolate)
        mean = draws.mean(axis=0)
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        # with a long tail the mean of the draws can leave a narrow central interval
        return CurveBand(
            np.atleast_1d(np.asarray(memory_mb, dtype=float)),
            mean,
            np.minimum(low, mean),
            np.maximum(high, mean),
        )

    def quantile_ratio(self, q: float) -> float:
        """The q-quantile of one call's duration over the expected duration (q = 0.95 for p95).

        The empirical quantile of the calls of all sizes, interpolated. It cannot exceed the slowest
        call seen: with n calls, a quantile beyond 1 - 1/n is that call, and too low. With one or two
        calls a size the curve follows them, so the spread is too small as well.
        """
        return float(np.quantile(self.residual_ratios, q))
