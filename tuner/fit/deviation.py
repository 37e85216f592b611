"""The smooth departure of a real function from any formula: a Gaussian process in log memory.

No formula of a few parameters is the truth. M. C. Kennedy and A. O'Hagan, "Bayesian calibration of
computer models" (2001), add a smooth discrepancy to the model; so does this fit. Its amplitude and
length are not point estimates: a small grid of each is averaged by evidence, so the interval keeps
the tail in which the formula is wrong.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cost_models.cpu import ONE_VCPU_MB

Array = NDArray[np.float64]

AMPLITUDES = np.array([0.003, 0.01, 0.03, 0.1, 0.3, 1.0])
"""Typical departures from a family, relative (0.03 = 3 %)."""

AMPLITUDE_PRIOR = np.array([0.05, 0.10, 0.30, 0.35, 0.15, 0.05])

LENGTHS = np.array([0.4, 0.8, 1.6])
"""Over which change of log memory the departure changes (0.69 = one doubling); equally likely."""

KNEE_DEPARTURE = 0.05
"""How far a function may depart from its family near one vCPU (one standard deviation, relative)."""

_KNEE_OFFSETS = np.array([-0.3, -0.15, 0.15, 0.3])  # of the bumps, in log memory from one vCPU
_KNEE_WIDTH = 0.12

TILT = 0.05
"""How far the log-log slope of computing may depart from its family below one vCPU (one standard deviation):
a small share is a little less than proportional, by what the runtime, its collector and the kernel take."""


def matern(x: Array, y: Array, length: float) -> Array:
    """Matérn correlation with smoothness 5/2, shape (len(x), len(y)).

    k(r) = (1 + a + a^2 / 3) exp(-a), a = sqrt(5) r / length: twice differentiable, so less smooth
    than a polynomial and smoother than the noise. Rasmussen and Williams (2006), eq. 4.17.
    """
    a = np.sqrt(5.0) / length * np.abs(x[:, None] - y[None, :])
    k: Array = (1.0 + a + a**2 / 3.0) * np.exp(-a)
    return k


def stretch(log_slope: Array) -> Array:
    """How large a unit of deviation is where the family has this log-log slope, shape of the slope.

    sqrt(1 + slope^2): a formula is as wrong about *where* in memory something happens as about how
    long it takes, so a steep fall between two sizes is less certain than a plateau.
    """
    stretched: Array = np.sqrt(1.0 + log_slope**2)
    return stretched


def departures(log_memory: Array, log_slope: Array) -> Array:
    """Departures that computing is known for, as basis functions of unit normal weights, shape (k, n).

    Families bend sharply where a single thread has one vCPU. Real functions bend a little earlier or
    later, or gently, and nothing measured on either side tells: so the gap is less certain there. And
    below, their slope is nearly that of the family. Both in proportion to how much the family depends on
    memory just below the knee.
    """
    knee = np.log(ONE_VCPU_MB)
    below = min(float(np.interp(knee - 0.2, log_memory, np.abs(log_slope))), 1.0)
    centres = knee + _KNEE_OFFSETS
    bumps = np.exp(-0.5 * ((log_memory[None, :] - centres[:, None]) / _KNEE_WIDTH) ** 2)
    tilt = np.maximum(knee - log_memory, 0.0)
    basis: Array = below * np.vstack([KNEE_DEPARTURE * bumps, TILT * tilt])
    return basis
