"""How sure each look at growing data must be, so that all looks together err no more often than promised.

Error spending (K. K. G. Lan and D. L. DeMets, 1983): by the time a fraction t of the data is there, t ** 1.5
of the error may have been spent. The sums that are looked at are a Brownian motion; what is left of its
density after each look is carried on to the next by numerical integration (Armitage, McPherson and Rowe).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

SPENDING = 1.5
"""Spent evenly (1), more would go to the first looks, where chance in the standard error, which the Brownian
motion does not have, decides; spent later (2 or more), what is obvious is seen late."""
_POINTS = 500
_FARTHEST = 8.0  # standard deviations, beyond which there is nothing


@dataclass(frozen=True, slots=True)
class _Going:
    """Where the sums are that no look has stopped: their density [weights] on a grid, at a fraction."""

    fraction: float
    grid: NDArray[np.float64]
    weights: NDArray[np.float64]


_START = _Going(0.0, np.zeros(1), np.ones(1))


def look_levels(fractions: tuple[float, ...], error: float) -> tuple[float, ...]:
    """The one-sided level of each look, at ascending fractions of the data, that spend `error` together."""
    return tuple(_look(fractions[: n + 1], error)[0] for n in range(len(fractions)))


@lru_cache(maxsize=1024)
def _look(fractions: tuple[float, ...], error: float) -> tuple[float, _Going]:
    """The level of the last of these looks, and what goes on after it."""
    earlier, now = fractions[:-1], fractions[-1]
    before = _look(earlier, error)[1] if earlier else _START
    to_spend = error * (math.pow(now, SPENDING) - math.pow(before.fraction, SPENDING))
    root = math.sqrt(now - before.fraction)

    def excess(bound: float) -> float:
        return float(before.weights @ ndtr((before.grid - bound) / root)) - to_spend

    farthest = _FARTHEST * math.sqrt(now)
    bound = float(brentq(excess, -farthest, farthest))
    grid = np.linspace(-farthest, bound, _POINTS)
    density = np.exp(-(((grid[:, None] - before.grid) / root) ** 2) / 2) @ before.weights
    weights = density / (root * math.sqrt(2 * math.pi)) * (grid[1] - grid[0])
    weights[[0, -1]] /= 2  # the trapezoidal rule
    return float(ndtr(-bound / math.sqrt(now))), _Going(now, grid, weights)
