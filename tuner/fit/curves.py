"""The physical curve families: how the duration of a function can depend on its memory size.

A family is a pure function `duration(memory_mb, *parameters)` and one entry in `FAMILIES` with a
weakly informative prior for each parameter. To add one, write both here and a test; nothing else
knows which families exist. All are non-increasing in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cost_models.cpu import ONE_VCPU_MB

Array = NDArray[np.float64]


def vcpu_shares(memory_mb: Array) -> Array:
    """The vCPUs that each memory size buys, shape (n,)."""
    return np.asarray(memory_mb, dtype=float) / ONE_VCPU_MB


def constant(memory_mb: Array, io_ms: float) -> Array:
    """Pure waiting: d(m) = io. Memory buys nothing."""
    return np.full(np.shape(memory_mb), io_ms, dtype=float)


def saturating_cpu(memory_mb: Array, io_ms: float, cpu_ms: float) -> Array:
    """Waiting plus work on one thread: d(m) = io + cpu / min(m / 1769, 1).

    `cpu_ms` is the CPU time on one full vCPU. More than one vCPU does not help a single thread.
    """
    return io_ms + cpu_ms / np.minimum(vcpu_shares(memory_mb), 1.0)


def amdahl(memory_mb: Array, io_ms: float, cpu_ms: float, parallel_fraction: float) -> Array:
    """Work of which a fraction f runs in parallel: Amdahl's law over the vCPU share s = m / 1769.

    d(m) = io + cpu / s for s < 1, io + cpu * ((1 - f) + f / s) above. G. M. Amdahl, "Validity of the
    single processor approach to achieving large scale computing capabilities", AFIPS 1967.
    """
    share = vcpu_shares(memory_mb)
    above = (1.0 - parallel_fraction) + parallel_fraction / np.maximum(share, 1.0)
    return io_ms + cpu_ms * np.where(share < 1.0, 1.0 / share, above)


def throttled_cpu(memory_mb: Array, io_ms: float, cpu_ms: float, steepness: float) -> Array:
    """Work that suffers more than its share: d(m) = io + cpu * max(1769 / m, 1) ^ steepness.

    Steeper than 1/m is common below 512 MB: garbage collectors and JIT threads compete with the
    handler for a small share, and each throttling period is paid as a whole.
    """
    return io_ms + cpu_ms * np.maximum(1.0 / vcpu_shares(memory_mb), 1.0) ** steepness


def power_law(memory_mb: Array, floor_ms: float, scale_ms: float, steepness: float) -> Array:
    """A power of memory that never saturates: d(m) = floor + scale * (1769 / m) ^ steepness.

    Without its floor a straight line in log-log, the slope by which measured tables are summarised.
    """
    return floor_ms + scale_ms * vcpu_shares(memory_mb) ** -steepness


def exponential(memory_mb: Array, floor_ms: float, scale_ms: float, decay_mb: float) -> Array:
    """Exponential decay to a floor: d(m) = floor + scale * exp(-m / decay).

    The form used by Parrotfish (Moghimi et al., "Parrotfish: Parametric Regression for Optimizing
    Serverless Functions", SoCC 2023).
    """
    return floor_ms + scale_ms * np.exp(-np.asarray(memory_mb, dtype=float) / decay_mb)


def late_knee(memory_mb: Array, io_ms: float, cpu_ms: float, knee_mb: float) -> Array:
    """Work that saturates elsewhere than at one vCPU: d(m) = io + cpu * max(knee / m, 1).

    Helper threads (garbage collector, JIT) can use a little more than one vCPU, and some processors
    give a little less of one for the same memory.
    """
    return io_ms + cpu_ms * np.maximum(knee_mb / np.asarray(memory_mb, dtype=float), 1.0)


def threshold(  # noqa: PLR0917  # every family takes its parameters in their order
    memory_mb: Array, io_ms: float, cpu_ms: float, drop: float, edge_mb: float, width: float
) -> Array:
    """Waiting and work, slower by a factor below a threshold.

    d(m) = (io + cpu / min(m / 1769, 1)) * exp(drop / (1 + (m / edge) ^ (1 / width))). Short work that needs
    more CPU than one throttling period grants waits for the next period: below the edge every call
    waits, above it none does. `drop` is the log of the factor.
    """
    log_ratio = np.log(edge_mb) - np.log(np.asarray(memory_mb, dtype=float))
    slower: Array = np.exp(drop * expit(log_ratio / width))
    return saturating_cpu(memory_mb, io_ms, cpu_ms) * slower


_SMALLEST_MS, _LARGEST_MS = 1e-300, 1e300  # a step of a search may leave the range of floats


class Kind(Enum):
    """How a parameter maps to the unbounded number that is estimated."""

    DURATION_MS = "duration"  # log, in units of the shortest measured duration
    MEMORY_MB = "memory"  # log
    EDGE_MB = "edge"  # log, and nothing measured can tell where between two sizes it is; asks for a width
    POSITIVE = "positive"  # log
    EDGE_WIDTH = "width"  # log, in log memory
    FRACTION = "fraction"  # logit


@dataclass(frozen=True, slots=True)
class Parameter:
    """A named parameter and its normal prior on the unbounded scale of its kind."""

    name: str
    kind: Kind
    centre: float = 0.0
    spread: float = 2.5

    def natural(self, unbounded: float, unit_ms: float) -> float:
        """The value in the unit of its name."""
        if self.kind is Kind.FRACTION:
            return float(expit(unbounded))
        return float(np.exp(unbounded)) * (unit_ms if self.kind is Kind.DURATION_MS else 1.0)


@dataclass(frozen=True, slots=True)
class Family:
    """A curve family: its name, its formula and its parameters in the order of the formula."""

    name: str
    duration: Callable[..., Array]
    parameters: tuple[Parameter, ...]
    prior_weight: float = 1.0  # against the other families
    departure: float = 1.0  # how far functions depart from it, against what is usual
    slope_outside: float = 0.15  # how far its log-log slope may be wrong beyond the measured sizes (one sd)

    def log_duration(self, memory_mb: Array, unbounded: Array, unit_ms: float = 1.0) -> Array:
        """Log of the duration [log ms] at unbounded parameters, shape (n,)."""
        with np.errstate(all="ignore"):
            values = [p.natural(u, unit_ms) for p, u in zip(self.parameters, unbounded, strict=True)]
            duration = self.duration(memory_mb, *values)
        # fmin takes the number where the other is NaN; `nan_to_num` is ten times as slow
        return np.asarray(np.log(np.maximum(np.fmin(duration, _LARGEST_MS), _SMALLEST_MS)))


def _ms(name: str) -> Parameter:
    return Parameter(name, Kind.DURATION_MS)


FAMILIES: tuple[Family, ...] = (
    Family("constant", constant, (_ms("io_ms"),)),
    Family("saturating-cpu", saturating_cpu, (_ms("io_ms"), _ms("cpu_ms"))),
    Family(
        "amdahl",
        amdahl,
        (_ms("io_ms"), _ms("cpu_ms"), Parameter("parallel_fraction", Kind.FRACTION, spread=1.5)),
    ),
    Family(
        "throttled-cpu",
        throttled_cpu,
        (_ms("io_ms"), _ms("cpu_ms"), Parameter("steepness", Kind.POSITIVE, np.log(1.4), 0.4)),
    ),
    Family(
        "late-knee",
        late_knee,
        (_ms("io_ms"), _ms("cpu_ms"), Parameter("knee_mb", Kind.MEMORY_MB, np.log(ONE_VCPU_MB), 0.25)),
    ),
    Family(
        "threshold",
        threshold,
        (
            _ms("io_ms"),
            _ms("cpu_ms"),
            Parameter("drop", Kind.POSITIVE, np.log(1.5), 0.6),
            Parameter("edge_mb", Kind.EDGE_MB, np.log(300.0), 0.7),
            Parameter("width", Kind.EDGE_WIDTH, np.log(0.25), 0.6),
        ),
    ),
    Family(
        "power-law",
        power_law,
        (_ms("floor_ms"), _ms("scale_ms"), Parameter("steepness", Kind.POSITIVE, 0.0, 0.6)),
    ),
    Family(
        "exponential",
        exponential,
        (_ms("floor_ms"), _ms("scale_ms"), Parameter("decay_mb", Kind.MEMORY_MB, np.log(400.0), 1.0)),
    ),
)


def simulated(memory_mb: Array, duration_ms: Array) -> Family:
    """The family of one simulated function, right but for the processor's speed: d(m) = scale * known(m).

    It is believed twenty times as much as all the others together, for it knows what this very function does:
    against throttled measurements it was off by 1 to 3 % (`benchmarks/prediction.py`).

    Args:
        memory_mb: ascending sizes of the simulation, shape (n,).
        duration_ms: what it says of them, shape (n,); log-log linear between, flat outside.
    """
    known = np.log(memory_mb), np.log(duration_ms)

    def duration(at_mb: Array, scale: float) -> Array:
        return scale * np.exp(np.interp(np.log(at_mb), *known))

    parameter = Parameter("scale", Kind.POSITIVE, centre=0.0, spread=0.2)
    return Family(
        "simulated",
        duration,
        (parameter,),
        prior_weight=20.0 * len(FAMILIES),
        departure=0.3,
        slope_outside=0.01,
    )
