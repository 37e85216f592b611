"""Estimates from calls that come in blocks, with standard errors that know it. Pure functions.

Everything is in logs: noise of durations is multiplicative. The standard error of every estimate is that
of the sums over blocks of what each call contributes to it (the "cluster-robust" or sandwich estimator),
so that what the calls of one environment share is not taken for evidence many times over.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit
from scipy.stats import norm

Array = NDArray[np.float64]
Blocks = NDArray[np.int64]

CLIP = 1.345
"""Calls beyond this many standard deviations count no further (Huber; 95 % efficient on normal noise)."""
SMALLEST_SCALE = 1e-3
"""No call repeats better than to 0.1 %; identical samples are luck, not certainty."""
_MAD_TO_SD = 1 / float(norm.ppf(0.75))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A logarithm with its standard error, which rests on so many degrees of freedom."""

    value: float
    standard_error: float
    freedom: float

    def bounds(self, level: float) -> tuple[float, float]:
        """The bounds that the truth is beyond with probability `level` each, by Student's t."""
        # A little farther: looks that take turns stop where chance made the standard error small, which
        # the levels of looks (see `boundaries`) do not know. Simulated: 0.098 for 0.1, without it 0.110.
        farther = math.sqrt((self.freedom + 1) / self.freedom)
        reach = critical(level, self.freedom) * self.standard_error * farther
        return self.value - reach, self.value + reach

    def minus(self, other: Estimate) -> Estimate:
        """The difference of two independent estimates; its freedom is Welch's and Satterthwaite's."""
        mine, its = self.standard_error**2, other.standard_error**2
        freedom = (mine + its) ** 2 / (mine**2 / self.freedom + its**2 / other.freedom)
        return Estimate(self.value - other.value, math.sqrt(mine + its), freedom)


def critical(level: float, freedom: float) -> float:
    """What a Student's t variable exceeds with probability `level`."""
    return float(stdtrit(freedom, 1 - level))


def spread(values: Array) -> float:
    """The standard deviation of the bulk: the median absolute deviation, scaled."""
    deviation = np.median(np.abs(values - np.median(values)))
    return max(_MAD_TO_SD * float(deviation), SMALLEST_SCALE)


def centre(values: Array, blocks: Blocks) -> Estimate:
    """Huber's location: a slow call pulls at it no harder than one at the edge of the bulk."""
    reach = CLIP * spread(values)
    location = float(np.median(values))
    for _ in range(50):
        step = float(np.clip(values - location, -reach, reach).mean()) / _inside(values - location, reach)
        location += step
        if abs(step) < 1e-9:
            break
    rest = values - location
    influence = np.clip(rest, -reach, reach) / _inside(rest, reach)
    floor = SMALLEST_SCALE / math.sqrt(len(values))
    return Estimate(location, max(_clustered(influence, blocks), floor), _freedom(blocks))


def mean(values: Array, blocks: Blocks, *, floor: float = 0.0) -> Estimate:
    """The plain mean; `floor` is the smallest standard deviation of a value that is believed."""
    smallest = max(floor, SMALLEST_SCALE) / math.sqrt(len(values))
    error = max(_clustered(values - values.mean(), blocks), smallest)
    return Estimate(float(values.mean()), error, _freedom(blocks))


def log_mean(values: Array, blocks: Blocks) -> Estimate:
    """The logarithm of the plain mean: nothing is trimmed."""
    average = float(values.mean())
    floor = SMALLEST_SCALE / math.sqrt(len(values))
    error = max(_clustered(values / average - 1, blocks), floor)
    return Estimate(math.log(average), error, _freedom(blocks))


def log_ratio_of_means(above: Array, below: Array, blocks: Blocks) -> Estimate:
    """The logarithm of the ratio of two plain means of paired values."""
    influence = above / above.mean() - below / below.mean()
    floor = SMALLEST_SCALE / math.sqrt(len(above))
    error = max(_clustered(influence, blocks), floor)
    return Estimate(math.log(float(above.mean() / below.mean())), error, _freedom(blocks))


@dataclass(frozen=True, slots=True)
class Bracket:
    """The logarithm of a quantile between its bounds; infinite where the sample does not reach that far."""

    value: float
    low: float
    high: float

    def minus(self, other: Bracket) -> Bracket:
        """The difference of two quantiles: each bound is as far as both bounds that it rests on.

        (G. Y. Zou and A. Donner, 2008, recovery of variances from limits.)
        """
        value = self.value - other.value
        return Bracket(
            value,
            value - math.hypot(self.value - self.low, other.high - other.value),
            value + math.hypot(self.high - self.value, other.value - other.low),
        )


def quantile(values: Array, blocks: Blocks, share: float, level: float) -> Bracket:
    """A quantile by its order statistics, from how surely a share of the values is below it (Woodruff)."""
    n = len(values)
    found = float(np.quantile(values, share))
    below = (values <= found).astype(float)
    error = max(_clustered(below - below.mean(), blocks), math.sqrt(share * (1 - share) / n))
    reach = critical(level, _freedom(blocks)) * error
    low, high = share - reach, share + reach
    return Bracket(
        found,
        float(np.quantile(values, low)) if low > 1 / (n + 1) else -math.inf,
        float(np.quantile(values, high)) if high < n / (n + 1) else math.inf,
    )


def _inside(rest: Array, reach: float) -> float:
    """The share of values that still pull with their full distance; at least a little, to divide by."""
    return max(float(np.mean(np.abs(rest) < reach)), 0.2)


def _clustered(influence: Array, blocks: Blocks) -> float:
    """The standard error of a mean of influences, whose sums over blocks are independent."""
    sums = np.bincount(blocks, influence)
    count = len(sums)
    return float(np.sqrt(np.sum((sums - sums.mean()) ** 2) * count / (count - 1))) / len(influence)


def _freedom(blocks: Blocks) -> int:
    return len(np.unique(blocks)) - 1
