"""True curves and noise whose expected duration is exactly the curve."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.interpolate import PchipInterpolator

Curve = Callable[[np.ndarray], np.ndarray]

GRID = np.array([128, 256, 512, 1024, 1769, 3008])


def cpu_law(io_ms: float, cpu_ms: float, parallel_fraction: float = 0.0, steepness: float = 1.0) -> Curve:
    """Waiting plus work: cpu / share^steepness below one vCPU, Amdahl's law above."""

    def duration(memory_mb):
        share = np.asarray(memory_mb, dtype=float) / 1769
        above = 1 - parallel_fraction + parallel_fraction / np.maximum(share, 1.0)
        return io_ms + cpu_ms * np.where(share < 1, np.maximum(1 / share, 1.0) ** steepness, above)

    return duration


def table(durations_ms: list[float]) -> Curve:
    """Points at GRID, monotone between them in logs."""
    spline = PchipInterpolator(np.log(GRID), np.log(durations_ms))
    return lambda memory_mb: np.exp(spline(np.log(memory_mb)))


WORKLOADS: dict[str, Curve] = {
    "io-bound": cpu_law(120.0, 2.0),
    "cpu-bound": cpu_law(1.0, 300.0),
    "mixed": cpu_law(40.0, 60.0),
    "amdahl": cpu_law(10.0, 500.0, parallel_fraction=0.8),
    "jvm": cpu_law(15.0, 25.0, steepness=1.5),
    "jvm-table": table([2600.0, 900.0, 330.0, 150.0, 95.0, 80.0]),
    "threshold": table([209.0, 205.0, 26.7, 18.4, 14.7, 14.5]),
    "drop": table([110.0, 10.0, 8.0, 7.5, 7.3, 7.2]),
}


def noise(
    rng: np.random.Generator, cv: float, calls: int, slow_share: float = 0.01, slow_factor: float = 3.0
) -> np.ndarray:
    """Log-normal noise with a slow tail, mean exactly one in expectation."""
    s = np.sqrt(np.log1p(cv**2))
    slow = np.where(rng.random(calls) < slow_share, slow_factor, 1.0)
    return rng.lognormal(-(s**2) / 2, s, calls) * slow / (1 + slow_share * (slow_factor - 1))


def measure(
    truth: Curve, rng: np.random.Generator, cv: float, calls: int, sizes=GRID
) -> dict[int, list[float]]:
    """Noisy durations of `calls` calls at every size."""
    return {int(m): list(float(truth(m)) * noise(rng, cv, calls)) for m in sizes}
