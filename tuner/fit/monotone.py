"""More memory is never slower, unless the data say so.

Memory buys CPU and network, never takes any, so a posterior draw that rises is mostly a draw of noise. Its
values at the measured sizes are brought towards the nearest non-increasing ones, and between two
measured sizes towards what lies between their values: this is what keeps an interval narrow on a plateau
whose ends were measured, however wild the function is elsewhere. When a measured size is clearly
slower than a smaller one (real functions do that: another CPU model, more threads than work), nothing
is forced.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]

CLEAR_RISE = 3.0
"""Standard deviations by which a size must be slower than a smaller one to be believed."""

FORCE = 0.5
"""How far a rising draw is brought to the nearest non-increasing one. Not all the way: of the functions
measured on AWS many are some percent slower at a larger size, by the host they happened to get."""


def rises(log_ms: Array, variance: Array) -> bool:
    """Whether any size is clearly slower than a smaller one; sizes ascending, shape (n,)."""
    rise = log_ms[None, :] - log_ms[:, None]
    score = np.triu(rise / np.sqrt(variance[None, :] + variance[:, None]), k=1)
    return bool(np.max(score) > CLEAR_RISE)


def towards_non_increasing(log_draws: Array, measured: NDArray[np.intp]) -> Array:
    """Draws made less increasing from the first measured grid point to the last.

    Args:
        log_draws: curves on a grid of ascending sizes, shape (draws, grid).
        measured: grid indices of the measured sizes, ascending, shape (n,).

    Returns:
        The draws, moved by `FORCE` of the way; unchanged outside the measured range.
    """
    anchors = log_draws[:, measured]
    certainty = 1.0 / np.maximum(np.var(anchors, axis=0), 1e-12)
    for i in np.flatnonzero(np.any(np.diff(anchors, axis=1) > 0, axis=1)):
        anchors[i] = isotonic_regression(anchors[i], weights=certainty, increasing=False).x
    first, last = measured[0], measured[-1]
    inside = np.arange(first, last + 1)
    left = np.searchsorted(measured, inside, side="right") - 1
    right = np.searchsorted(measured, inside, side="left")
    between = np.clip(log_draws[:, inside], anchors[:, right], anchors[:, left])
    falling = np.minimum.accumulate(between, axis=1)
    lifted = np.maximum.accumulate(between[:, ::-1], axis=1)[:, ::-1]
    projected = log_draws.copy()
    projected[:, inside] += FORCE * (0.5 * (falling + lifted) - log_draws[:, inside])
    return projected
