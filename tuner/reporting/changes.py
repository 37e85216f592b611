"""Changes within their intervals, as the words and cells of a report."""

from __future__ import annotations

import math

from tuner.changes import is_sure
from tuner.records import Estimate
from tuner.reporting.wording import NOTHING, cheaper, faster
from tuner.units import format_percent

_FACTOR_FROM = 0.95  # as `faster` does: from about twice on, a factor is easier to grasp than a percentage


def cost_in_words(change: Estimate) -> str:
    """`18 % cheaper (12 % to 24 %)`."""
    return f"{cheaper(change.mean * 100)} ({_amounts(change, factors=False)})"


def speed_in_words(change: Estimate) -> str:
    """`3.0 % slower (1.2 % to 4.9 %)`; `2.1x faster (1.9x to 2.3x)`."""
    slower = change.mean > 0
    # In floating point all of a duration can be gone, which is no factor.
    factors = change.mean >= _FACTOR_FROM or -1 < change.mean <= 1 / (1 + _FACTOR_FROM) - 1
    return f"{faster(change.mean * 100)} ({_amounts(change, factors=factors, inverse=not slower)})"


def interval_in_words(change: Estimate) -> str:
    """`−3.0 % to +4.1 %`; a bound that is not known is left open."""
    low = format_percent(change.low, signed=True)
    return (
        f"{low} to {format_percent(change.high, signed=True)}"
        if math.isfinite(change.high)
        else f"from {low}"
    )


def change_cells(change: Estimate | None) -> tuple[str, str]:
    """The change and its interval; `~` before a change that may as well be none."""
    if change is None:
        return NOTHING, NOTHING
    mark = "" if is_sure(change) else "~ "
    return f"{mark}{format_percent(change.mean, signed=True)}", interval_in_words(change)


def _amounts(change: Estimate, *, factors: bool, inverse: bool = False) -> str:
    """Both bounds without their sign, the smaller first."""
    bounds = (change.low, change.high)
    if factors:
        ratios = sorted((1 / (1 + b) if b > -1 else math.inf) if inverse else 1 + b for b in bounds)
        return " to ".join(f"{ratio:,.1f}x" if ratio < 9.95 else f"{ratio:,.0f}x" for ratio in ratios)
    return " to ".join(format_percent(amount) for amount in sorted(map(abs, bounds)))
