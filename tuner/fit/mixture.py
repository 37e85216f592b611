"""The posterior: every family, deviation and noise scale, averaged by evidence.

Given a family, an amplitude and a length of the deviation and a noise scale, the log locations are

    z(m) = mean(m) + basis(m).T @ N(0, I) + deviation(m) + noise,

all Gaussian: evidence and posterior are closed forms, and the answer is the mixture (D. J. C. MacKay,
"Bayesian interpolation", 1992). Neither a family nor a tuning constant is *chosen*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tuner.fit import deviation as gp
from tuner.fit import noise
from tuner.fit.linear import LinearFamily

Array = NDArray[np.float64]

_MISFIT_DEVIATION = 0.1  # from this amplitude on, a family does not describe the function
_SURE_MISFIT = 0.95


@dataclass(frozen=True, slots=True)
class Mixture:
    """The posterior. Components are (family, amplitude, length, noise scale), flattened in that order.

    `covariance` is that of the log locations at the measured sizes under each component, `log_mean`
    their posterior mean over all components.
    """

    weights: Array  # (components,), sum 1
    shape: tuple[int, int, int, int]
    covariance: Array  # (components, n, n)
    log_mean: Array  # (n,)
    noise_sd: Array  # (noise scales, n)
    scales: Array  # (noise scales,)
    mean: Array  # (families, grid)
    basis: Array  # (families, parameters, grid), zero-padded
    stretch: Array  # (families, grid)
    slope_outside: Array  # (families,)
    edges: tuple[tuple[int, int] | None, ...]  # of each family
    correlation: Array  # (lengths, grid, grid)
    log_grid: Array  # (grid,)
    measured: NDArray[np.intp]  # (n,)
    log_ms: Array  # (n,)

    def _marginal(self, axis: int) -> Array:
        others = tuple(i for i in range(4) if i != axis)
        return np.asarray(self.weights.reshape(self.shape).sum(axis=others))

    @property
    def family_weights(self) -> Array:
        """Posterior weight of each linear family."""
        return self._marginal(0)

    @property
    def noise_scale(self) -> float:
        """Posterior mean (in logs) of the noise scale."""
        return float(np.exp(self._marginal(3) @ np.log(self.scales)))

    @property
    def location_variance(self) -> Array:
        """Variance of the measured log locations at that noise scale, shape (n,)."""
        return np.asarray((self.noise_sd[0] / self.scales[0] * self.noise_scale) ** 2)

    @property
    def deviation(self) -> float:
        """Posterior mean (in logs) of the amplitude of the deviation."""
        return float(np.exp(self._marginal(1) @ np.log(gp.AMPLITUDES)))

    @property
    def misfit(self) -> bool:
        """Whether a large deviation is sure: no family explains the sizes within noise."""
        return bool(self._marginal(1)[gp.AMPLITUDES >= _MISFIT_DEVIATION].sum() > _SURE_MISFIT)


def average(
    linear: Sequence[LinearFamily], log_grid: Array, measured: NDArray[np.intp], locations: noise.Locations
) -> Mixture:
    """The posterior of the log locations given every linear family."""
    mean = np.array([f.mean for f in linear])
    basis = np.zeros((len(linear), max(len(f.basis) for f in linear), len(log_grid)))
    for padded, f in zip(basis, linear, strict=True):
        padded[: len(f.basis)] = f.basis
    stretch = np.array([f.stretch for f in linear])
    correlation = np.array([gp.matern(log_grid, log_grid, length) for length in gp.LENGTHS])
    scales = noise.scale_nodes(locations.scale, locations.evidence)
    noise_sd = np.sqrt(locations.variance)[None, :] * (scales / locations.scale)[:, None]

    covariance = _covariance(
        basis[:, :, measured], stretch[:, measured], correlation[:, measured][:, :, measured], noise_sd
    )
    shape = covariance.shape[:4]
    residual = np.broadcast_to(
        (locations.log_ms - mean[:, measured])[:, None, None, None], covariance.shape[:5]
    )
    solved = np.linalg.solve(covariance, residual[..., None])[..., 0]
    diagonal = np.diagonal(np.linalg.cholesky(covariance), axis1=-2, axis2=-1)
    log_evidence = -np.log(diagonal).sum(axis=-1) - 0.5 * np.sum(residual * solved, axis=-1)
    log_evidence += np.log(gp.AMPLITUDE_PRIOR)[:, None, None]
    log_evidence += np.log([f.family.prior_weight for f in linear])[:, None, None, None]
    weights = np.exp(log_evidence - log_evidence.max())
    weights /= weights.sum()
    return Mixture(
        weights=weights.reshape(-1),
        shape=(shape[0], shape[1], shape[2], shape[3]),
        covariance=covariance.reshape(-1, *covariance.shape[4:]),
        log_mean=locations.log_ms - np.einsum("falsn,fals->n", noise_sd**2 * solved, weights),
        noise_sd=noise_sd,
        scales=scales,
        mean=mean,
        basis=basis,
        stretch=stretch,
        slope_outside=np.array([f.family.slope_outside for f in linear]),
        edges=tuple(f.edge for f in linear),
        correlation=correlation,
        log_grid=log_grid,
        measured=measured,
        log_ms=locations.log_ms,
    )


def _covariance(basis: Array, stretch: Array, correlation: Array, noise_sd: Array) -> Array:
    """Covariance of the locations, shape (families, amplitudes, lengths, noise scales, n, n)."""
    by_parameters = np.einsum("fpi,fpj->fij", basis, basis)[:, None, None, None]
    stretched = (stretch[:, :, None] * stretch[:, None, :])[:, None, None, None]
    by_deviation = (gp.AMPLITUDES[:, None, None, None] ** 2 * correlation)[:, :, None]
    by_noise = noise_sd[:, :, None] ** 2 * np.eye(noise_sd.shape[1])
    covariance: Array = by_parameters + stretched * by_deviation + by_noise
    return covariance


def draw(posterior: Mixture, rng: np.random.Generator, draws: int) -> Array:
    """Posterior draws of the log location on the grid, shape (draws, grid).

    Draws of the prior corrected by what they get wrong at the data (Matheron's rule; Wilson et al.,
    "Pathwise conditioning of Gaussian processes", 2021): exact, and one small solve each.
    """
    log_grid, measured = posterior.log_grid, posterior.measured
    even = (rng.permutation(draws) + rng.uniform()) / draws  # stratified: less luck in few draws
    cumulative = np.cumsum(posterior.weights)
    component = np.searchsorted(cumulative / cumulative[-1], even).clip(max=len(cumulative) - 1)
    family, amplitude, length, scale = np.unravel_index(component, posterior.shape)

    basis = posterior.basis[family]
    curves: Array = posterior.mean[family].copy()
    curves += np.einsum("dp,dpg->dg", rng.standard_normal(basis.shape[:2]), basis)
    height = gp.AMPLITUDES[amplitude][:, None] * posterior.stretch[family]
    normal = rng.standard_normal((draws, len(log_grid)))
    nugget = 1e-9 * np.eye(len(log_grid))
    for i, correlation in enumerate(posterior.correlation):
        chosen = length == i
        root = np.linalg.cholesky(correlation + nugget)
        curves[chosen] += height[chosen] * (normal[chosen] @ root.T)

    seen = curves[:, measured] + posterior.noise_sd[scale] * rng.standard_normal((draws, len(measured)))
    wrong = (posterior.log_ms - seen)[:, :, None]
    push = np.linalg.solve(posterior.covariance[component], wrong)[:, :, 0]
    along = np.einsum("dpn,dn->dp", basis[:, :, measured], push)
    curves += np.einsum("dp,dpg->dg", along, basis)
    curves += height * np.einsum(
        "dn,dng->dg", push * height[:, measured], posterior.correlation[:, measured][length]
    )
    for index, edge in enumerate(posterior.edges):
        if edge is not None:
            curves[family == index] = _falls_anywhere(curves[family == index], log_grid, edge, rng)

    low, high = log_grid[measured[0]], log_grid[measured[-1]]
    slopes = posterior.slope_outside[family][:, None] * rng.standard_normal((2, draws, 1))
    curves += slopes[0] * np.maximum(low - log_grid, 0.0) + slopes[1] * np.maximum(log_grid - high, 0.0)
    return curves


def _falls_anywhere(curves: Array, log_grid: Array, edge: tuple[int, int], rng: np.random.Generator) -> Array:
    """Curves whose fall between two measured sizes is anywhere between them, sharp or gentle.

    Nothing measured tells where between two sizes an edge is; the Gaussian around the best position
    would pretend to know. The ends of the fall stay as drawn.
    """
    left, right = edge
    part = (log_grid[left : right + 1] - log_grid[left]) / (log_grid[right] - log_grid[left])
    position = rng.uniform(0.0, 1.0, (len(curves), 1))
    width = rng.uniform(0.02, 0.2, (len(curves), 1))
    above: Array = expit((position - part) / width)
    above = (above - above[:, -1:]) / (above[:, :1] - above[:, -1:])  # exactly 1 and 0 at the ends
    moved: Array = curves.copy()
    low, high = curves[:, right, None], curves[:, left, None]
    moved[:, left : right + 1] = low + above * (high - low)
    return moved
