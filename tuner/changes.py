"""How much one number is above another, when both are known within intervals. Pure functions."""

from __future__ import annotations

import math

from tuner.records import DurationSummary, Estimate


def relative_change(before: Estimate, after: Estimate) -> Estimate | None:
    """The change as a fraction (0.1 is 10 % more) with its 95 % interval; None where nothing can be divided.

    The two are independent. In logarithms, each bound of the difference is as far from it as both bounds
    that it rests on together: like Welch's interval, and also right where intervals are not symmetrical.
    (G. Y. Zou and A. Donner, 2008, https://doi.org/10.1002/sim.3095)
    """
    if not (0 < before.mean < math.inf and 0 < after.mean < math.inf):
        return None
    difference = math.log(after.mean / before.mean)
    low = difference - math.hypot(_below(after), _above(before))
    high = difference + math.hypot(_above(after), _below(before))
    return Estimate(_fraction(difference), _fraction(low), _fraction(high))


def is_sure(change: Estimate) -> bool:
    """Whether the interval leaves no doubt in which direction it went."""
    return change.low > 0 or change.high < 0


def mean_of(summary: DurationSummary) -> Estimate:
    """The mean duration [ms] with its interval."""
    return Estimate(summary.mean, summary.low, summary.high)


def _below(estimate: Estimate) -> float:
    """How far the lower bound is below the mean, in logarithms."""
    return math.log(estimate.mean / estimate.low) if estimate.low > 0 else math.inf


def _above(estimate: Estimate) -> float:
    return math.log(estimate.high / estimate.mean)


def _fraction(logarithm: float) -> float:
    """The change that a logarithm stands for; infinite before the exponential overflows."""
    return math.expm1(logarithm) if logarithm < _OVERFLOWS else math.inf


_OVERFLOWS = 700.0
