"""Call-to-call noise: robust locations, their variance, and the mean of a population with a slow tail.

Durations are treated in logs: noise is multiplicative, and every size shares its law up to a
modest difference in spread. The *location* of a size resists slow calls (P. J. Huber, "Robust
Statistics", 1981, proposal 2); what the slow calls add to the *expected* duration comes back in
`mean_factors`, pooled over all sizes, because one size alone sees too few of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Array = NDArray[np.float64]

CLIP = 1.5
"""Residuals beyond this many standard deviations count no further (96 % efficient on normal noise)."""

_CONSISTENCY = float(1 - 2 * (CLIP * norm.pdf(CLIP) + (1 - CLIP**2) * norm.sf(CLIP)))
"""E[clip(Z)^2] of a standard normal Z: makes the clipped scale agree with the standard deviation."""

SMALLEST_SCALE = 1e-3
"""No call repeats better than to 0.1 %; identical samples are luck, not certainty."""

_SPREAD_PRIOR_CALLS = 8.0  # how many calls of evidence the pooled spread weighs against a size's own
_USUAL_SCALE, _USUAL_SCALE_SPREAD = np.log(0.1), 1.0  # noise before any was seen: 0.1, times or over e

# Before any call was seen, the population is believed to be as ten calls would show it: the bulk,
# and 2 % of calls slower by a factor between 1.5 and 5 (platform noise, GC pauses, retries).
_PRIOR_CALLS = 10.0
_PRIOR_SLOW_CALLS = 0.2
_SLOW_FACTORS = (1.5, 5.0)

_WEIGHTS_AT_A_TIME = 1_000_000
"""Draws x calls: of 100,000 calls all weights at once would be hundreds of megabytes."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Robust log locations of every size.

    `variance` is that of the location when the scale is `scale`; `evidence` is how many degrees of
    freedom the scale rests on.
    """

    log_ms: Array
    variance: Array
    scale: float
    evidence: float


def locate(log_samples: Sequence[Array]) -> Locations:
    """Locations and pooled scale of log durations, one array per size, by Huber's proposal 2."""
    counts = np.array([len(s) for s in log_samples])
    size = np.repeat(np.arange(len(counts)), counts)
    values = np.concatenate(log_samples)
    centre = np.array([np.median(s) for s in log_samples])
    freedom = int(np.sum(counts - 1))
    scale = SMALLEST_SCALE
    if freedom:
        # residuals about a size's own centre are too small by sqrt(1 - 1/n); alone, a call has none
        shrink = np.sqrt(np.maximum(counts - 1, 1) / counts)[size]
        spread = np.abs(values - centre[size])[counts[size] > 1] / shrink[counts[size] > 1]
        scale = max(1.4826 * float(np.median(spread)), 0.5 * float(np.mean(spread)), SMALLEST_SCALE)
        for _ in range(20):
            residuals = values - centre[size]
            centre = centre + np.bincount(size, np.clip(residuals, -CLIP * scale, CLIP * scale)) / counts
            clipped = shrink * np.clip(residuals / shrink, -CLIP * scale, CLIP * scale)
            pooled = float(np.sum(clipped**2)) / (_CONSISTENCY * freedom)
            scale = max(float(np.sqrt(pooled)), SMALLEST_SCALE)
    variance = _location_variance(values - centre[size], size, counts, scale)
    return Locations(centre, variance, scale, 0.8 * freedom)


def _location_variance(
    residuals: Array, size: NDArray[np.intp], counts: NDArray[np.intp], scale: float
) -> Array:
    """Variance of each location, its spread shrunk to the pooled one."""
    clipped = np.clip(residuals, -CLIP * scale, CLIP * scale)
    own = np.bincount(size, clipped**2) / (_CONSISTENCY * scale**2)
    spread = (_SPREAD_PRIOR_CALLS + own) / (_SPREAD_PRIOR_CALLS + counts - 1)
    variance = scale**2 * spread / counts
    # When many calls of a size lie outside the pooled noise, clipping no longer tells the bulk from
    # the tail (of two calls, which is the slow one?): trust the plain spread of that size instead.
    outside = np.bincount(size, np.abs(residuals) > CLIP * scale) / counts
    plain = np.bincount(size, residuals**2) / (counts * np.maximum(counts - 1, 1))
    return np.where(outside > 1 / 3, np.maximum(variance, plain), variance)


def scale_nodes(scale: float, evidence: float, nodes: int = 7) -> Array:
    """Equally likely values of the noise scale given what the repeats say, shape (nodes,).

    The posterior of a scaled inverse chi-square likelihood and a log-normal prior around 0.1.
    """
    grid = np.linspace(np.log(SMALLEST_SCALE), np.log(30.0), 400)
    log_posterior = -0.5 * ((grid - _USUAL_SCALE) / _USUAL_SCALE_SPREAD) ** 2
    log_posterior -= evidence * (grid - np.log(scale)) + 0.5 * evidence * (scale / np.exp(grid)) ** 2
    cumulative = np.cumsum(np.exp(log_posterior - log_posterior.max()))
    middle = (np.arange(nodes) + 0.5) / nodes
    return np.exp(np.interp(middle, cumulative / cumulative[-1], grid))


def mean_factors(residuals: Array, scale: float, rng: np.random.Generator, draws: int) -> Array:
    """Posterior draws of E[duration] / exp(location), shape (draws,).

    With e a call's log residual and psi its clipped value, the location makes E[psi] vanish, so
    E[exp e] = 1 + E[exp(e) - 1 - psi(e)]. The right side is of second order in the bulk and first
    order in the tail: its bootstrap does not count the location's own uncertainty twice. The
    expectation is over a Dirichlet process posterior (the Bayesian bootstrap of D. B. Rubin, 1981,
    with a prior): the calls seen and a few imagined ones, so that sixty calls without a slow one do
    not prove that there are none.

    Args:
        residuals: log residuals of all calls about their location, shape (n,).
        scale: pooled noise scale.
    """
    clipped = np.clip(residuals, -CLIP * scale, CLIP * scale)
    excess = np.expm1(np.minimum(residuals, 600.0)) - clipped
    sums, excesses = np.empty(draws), np.empty(draws)
    together = max(1, _WEIGHTS_AT_A_TIME // max(1, len(residuals)))
    for first in range(0, draws, together):
        part = slice(first, min(first + together, draws))
        weights = rng.standard_exponential((part.stop - first, len(residuals)))
        sums[part], excesses[part] = weights.sum(axis=1), weights @ excess
    bulk = rng.standard_gamma(_PRIOR_CALLS - _PRIOR_SLOW_CALLS, draws)
    slow = rng.standard_gamma(_PRIOR_SLOW_CALLS, draws)
    slow_excess = (
        np.exp(rng.uniform(np.log(_SLOW_FACTORS[0]), np.log(_SLOW_FACTORS[1]), draws)) - 1 - CLIP * scale
    )
    bulk_excess = np.expm1(0.5 * min(scale, 1.0) ** 2)
    total = excesses + bulk * bulk_excess + slow * np.maximum(slow_excess, 0.0)
    factors: Array = np.maximum(1.0 + total / (sums + bulk + slow), 0.05)
    return factors
