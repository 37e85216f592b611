"""From warm durations to a duration curve.

Robust log locations of the sizes (`noise`), families as Gaussians around their best parameters (`linear`),
averaged by evidence together with a smooth deviation (`mixture`), never rising unless the data do
(`monotone`), times what slow calls add to the expected duration (`noise`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cost_models.cpu import ONE_VCPU_MB
from tuner.errors import NoAnswerError
from tuner.fit import mixture, monotone, noise
from tuner.fit.curves import FAMILIES, simulated
from tuner.fit.duration_curve import DurationCurve, FamilyFit
from tuner.fit.linear import LinearFamily, linearise
from tuner.plans import Prediction

Array = NDArray[np.float64]

SHORTEST_MS = 1e-3
"""A duration reported as 0 is shorter than the clock resolves, not free."""

GRID_MB = (128.0, 10240.0)  # what a Lambda function can have; draws live on a log grid over it
GRID_POINTS = 64


def fit_duration_curve(
    durations_ms: Mapping[int, Sequence[float]],
    *,
    seed: int = 0,
    draws: int = 400,
    prediction: Prediction | None = None,
) -> DurationCurve:
    """The duration curve of a function from its warm calls.

    The expected duration is what the curve estimates (its mean over calls, slow ones included), not
    the typical one. Same input and seed, same result.

    Args:
        durations_ms: warm durations of successful calls [ms] by memory size [MB]; one size and one
            call are enough, with the interval that so little deserves.
        seed: of the posterior draws.
        draws: how many curves are drawn from the posterior.
        prediction: what a simulation of this very function says, one more family to average.

    Raises:
        NoAnswerError: there is no duration at all.
    """
    sizes, log_samples = _log_samples(durations_ms)
    rng = np.random.default_rng(seed)
    locations = noise.locate(log_samples)
    log_grid = _log_grid(sizes)
    measured = np.searchsorted(log_grid, np.log(sizes))
    unit_ms = float(np.exp(locations.log_ms.min()))
    families = list(FAMILIES)
    if prediction:
        known = simulated(np.array(prediction.memory_mb), np.array(prediction.duration_ms))
        families = [known] if len(sizes) == 1 else [*families, known]  # one size tells nothing of a shape
    linear = [linearise(family, log_grid, measured, locations, unit_ms) for family in families]
    posterior = mixture.average(linear, log_grid, measured, locations)

    log_draws = mixture.draw(posterior, rng, draws)
    if not monotone.rises(locations.log_ms, posterior.location_variance):
        log_draws = monotone.towards_non_increasing(log_draws, measured)
    residuals = np.concatenate([s - c for s, c in zip(log_samples, posterior.log_mean, strict=True)])
    scale = posterior.noise_scale
    factors = noise.mean_factors(residuals, scale, rng, draws)
    ratios = np.exp(residuals - residuals.max())
    return DurationCurve(
        fitted_range_mb=(int(sizes[0]), int(sizes[-1])),
        families=_family_fits(linear, posterior.family_weights, unit_ms * float(factors.mean())),
        noise_cv=float(np.sqrt(np.expm1(min(scale, 5.0) ** 2))),
        deviation=posterior.deviation,
        misfit=posterior.misfit,
        residual_ratios=ratios / ratios.mean(),
        _log_memory=log_grid,
        _log_draws=log_draws + np.log(factors)[:, None],
    )


def _log_samples(durations_ms: Mapping[int, Sequence[float]]) -> tuple[Array, list[Array]]:
    """Measured sizes, ascending, and the log durations of each."""
    sizes = sorted(m for m, calls in durations_ms.items() if len(calls))
    if not sizes:
        raise NoAnswerError(
            "no warm duration was measured at any memory size",
            "look at the outcomes: every call was cold, failed, or lost its report line",
        )
    if sizes[0] <= 0:
        raise ValueError(f"a memory size must be positive, not {sizes[0]}")
    samples = [np.asarray(durations_ms[m], dtype=float) for m in sizes]
    if not all(np.all(np.isfinite(s) & (s >= 0)) for s in samples):
        raise ValueError("durations must be finite and not negative")
    return np.array(sizes, dtype=float), [np.log(np.maximum(s, SHORTEST_MS)) for s in samples]


def _log_grid(sizes: Array) -> Array:
    """Ascending log memory: the platform's range, the measured sizes and the knee."""
    low, high = min(GRID_MB[0], sizes[0]), max(GRID_MB[1], sizes[-1])
    even = np.linspace(np.log(low), np.log(high), GRID_POINTS)
    exact = np.log(np.append(sizes, ONE_VCPU_MB))
    # Points closer than this to a measured size add nothing and make the covariance singular.
    apart = np.min(np.abs(even[:, None] - exact[None, :]), axis=1) > 0.01
    return np.unique(np.concatenate([even[apart], exact]))


def _family_fits(linear: Sequence[LinearFamily], weights: Array, unit_ms: float) -> tuple[FamilyFit, ...]:
    """The families by falling weight, their durations in expected milliseconds."""
    fits = []
    for f, weight in zip(linear, weights, strict=True):
        named = zip(f.family.parameters, f.parameters, strict=True)
        fits.append(
            FamilyFit(f.family.name, float(weight), {p.name: p.natural(u, unit_ms) for p, u in named})
        )
    return tuple(sorted(fits, key=lambda fit: -fit.weight))
