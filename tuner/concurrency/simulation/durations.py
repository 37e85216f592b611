"""How long calls take. Another distribution is another class with this one method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Durations(Protocol):
    """The durations of one function's calls."""

    def draw(self, rng: np.random.Generator, number: int) -> NDArray[np.float64]:
        """So many durations [s]."""


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Durations with a mean [s] and a coefficient of variation; without variation they are all the same."""

    mean_s: float
    cv: float = 0.0

    def draw(self, rng: np.random.Generator, number: int) -> NDArray[np.float64]:
        """So many durations [s]; their expected value is the mean."""
        import numpy as np

        if self.cv == 0 or self.mean_s == 0:
            return np.full(number, self.mean_s)
        sigma = math.sqrt(math.log1p(self.cv**2))
        drawn: NDArray[np.float64] = rng.lognormal(math.log(self.mean_s) - sigma**2 / 2, sigma, number)
        return drawn


INSTANT = LogNormal(0.0)
"""No time at all, as of an init that is not known."""
