"""A curve family as a Gaussian over log curves, linearised around its most probable parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import leastsq

from tuner.fit import deviation
from tuner.fit.curves import Family, Kind
from tuner.fit.noise import Locations

Array = NDArray[np.float64]

_EXPECTED_DEVIATION = 0.02  # the departure allowed for while looking for the most probable parameters
_STEP = 1e-4  # of the numerical derivative by a parameter on its unbounded scale

_NARROW = 0.3  # of the gap between two sizes: a fall of this width shows at neither


@dataclass(frozen=True, slots=True)
class LinearFamily:
    """A Gaussian over log curves: mean + basis.T @ N(0, I), on a grid of memory sizes."""

    family: Family
    parameters: Array  # most probable, unbounded scale
    mean: Array  # (grid,)
    basis: Array  # (parameters and local departures, grid)
    stretch: Array  # how large a unit of deviation is, (grid,)
    edge: tuple[int, int] | None  # the measured grid points that enclose its fall, if it is that narrow


def linearise(
    family: Family, log_grid: Array, measured: NDArray[np.intp], locations: Locations, unit_ms: float
) -> LinearFamily:
    """The family as a Gaussian on the grid.

    Args:
        log_grid: log memory, ascending, shape (grid,).
        measured: grid indices of the measured sizes, shape (n,).
        unit_ms: the duration in which the parameters of kind `DURATION_MS` are measured.
    """
    memory = np.exp(log_grid)
    centre = np.array([p.centre for p in family.parameters])
    spread = np.array([p.spread for p in family.parameters])
    sizes = memory[measured]
    sd = np.sqrt(locations.variance + _EXPECTED_DEVIATION**2)

    def misfit(unbounded: Array) -> Array:
        residual = (locations.log_ms - family.log_duration(sizes, unbounded, unit_ms)) / sd
        return np.concatenate([residual, (unbounded - centre) / spread])

    # MINPACK's Levenberg-Marquardt; `least_squares` takes twice as long around so small a problem
    starts = _starts(family, log_grid[measured], locations.log_ms)
    found = [leastsq(misfit, start, ftol=1e-7, xtol=1e-7, maxfev=400, full_output=True) for start in starts]
    best = min(found, key=lambda answer: float(np.sum(answer[2]["fvec"] ** 2)))[0]
    at_best = family.log_duration(memory, best, unit_ms)
    gradient = np.array(
        [
            family.log_duration(memory, best + step, unit_ms)
            - family.log_duration(memory, best - step, unit_ms)
            for step in _STEP * np.eye(len(best))
        ]
    ) / (2 * _STEP)
    slope = np.gradient(at_best, log_grid)
    return LinearFamily(
        family=family,
        parameters=best,
        mean=at_best + (centre - best) @ gradient,
        basis=np.vstack(
            [gradient * spread[:, None], family.departure * deviation.departures(log_grid, slope)]
        ),
        stretch=family.departure * deviation.stretch(slope),
        edge=_edge(family, best, log_grid, measured),
    )


def _starts(family: Family, log_sizes: Array, log_ms: Array) -> list[Array]:
    """Where to look for the best parameters: the prior, and an edge at the steepest fall."""
    centre = np.array([p.centre for p in family.parameters])
    is_edge = np.array([p.kind is Kind.EDGE_MB for p in family.parameters])
    if len(log_sizes) < 2 or not is_edge.any():
        return [centre]
    steepest = int(np.argmin(np.diff(log_ms) / np.diff(log_sizes)))
    return [centre, np.where(is_edge, log_sizes[steepest : steepest + 2].mean(), centre)]


def _edge(family: Family, best: Array, log_grid: Array, measured: NDArray[np.intp]) -> tuple[int, int] | None:
    """The grid points of the two measured sizes that enclose the fall, if it is that narrow."""
    where = {p.kind: float(u) for p, u in zip(family.parameters, best, strict=True)}
    if Kind.EDGE_MB not in where:
        return None
    right = int(np.searchsorted(log_grid[measured], where[Kind.EDGE_MB]))
    if not 0 < right < len(measured):
        return None
    enclosing = int(measured[right - 1]), int(measured[right])
    gap = float(log_grid[enclosing[1]] - log_grid[enclosing[0]])
    return enclosing if np.exp(where[Kind.EDGE_WIDTH]) < _NARROW * gap else None
