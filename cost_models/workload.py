"""A stand-in for a function: how long it would run at each memory size, with noise, cold starts and failures.

`workload_file` reads one from TOML.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from cost_models.cpu import vcpu_share

if TYPE_CHECKING:
    import numpy as np

Ending = Literal["ok", "timeout", "out_of_memory"]


@dataclass(frozen=True, slots=True)
class PointsDuration:
    """Expected durations [ms] at some memory sizes [MB]: exact there, monotone in log-log between them."""

    points: tuple[tuple[float, float], ...]

    def expected_ms(self, memory_mb: float) -> float:
        """Flat outside the points, because nothing is known there."""
        sizes = [size for size, _ in self.points]
        if memory_mb <= sizes[0]:
            return self.points[0][1]
        if memory_mb >= sizes[-1]:
            return self.points[-1][1]
        return _interpolated_ms(self.points, memory_mb)


@lru_cache(maxsize=4096)
def _interpolated_ms(points: tuple[tuple[float, float], ...], memory_mb: float) -> float:
    """Kept, because the calls of a workload ask for the same few sizes again and again."""
    from scipy.interpolate import PchipInterpolator

    sizes, durations = zip(*points, strict=True)
    interpolator = PchipInterpolator([math.log(s) for s in sizes], [math.log(d) for d in durations])
    return math.exp(float(interpolator(math.log(memory_mb))))


@dataclass(frozen=True, slots=True)
class PhysicalDuration:
    """Waiting plus computing: io_ms + cpu_ms / speed, where cpu_ms is at one full vCPU.

    Below one vCPU the speed is the share. Above it only the parallel fraction gains (Amdahl's law).
    """

    io_ms: float
    cpu_ms: float
    parallel_fraction: float = 0.0

    def expected_ms(self, memory_mb: float) -> float:
        """The warm duration [ms] at a memory size [MB]."""
        share = vcpu_share(memory_mb)
        if share <= 1:
            return self.io_ms + self.cpu_ms / share
        serial = 1 - self.parallel_fraction
        return self.io_ms + self.cpu_ms * (serial + self.parallel_fraction / share)


@dataclass(frozen=True, slots=True)
class Noise:
    """Multiplicative log-normal noise, and a share of calls that are slower by a factor.

    The factor is one number, or drawn uniformly between two. The mean of the noise is one, slow calls
    included, so that the stated duration is the expected one.
    """

    cv: float = 0.0
    slow_share: float = 0.0
    slow_factor: float | tuple[float, float] = 1.0

    def sample(self, rng: np.random.Generator) -> float:
        """One factor."""
        sigma = math.sqrt(math.log1p(self.cv**2))
        factor = math.exp(rng.normal(-(sigma**2) / 2, sigma))
        low, high = self.slow_factor if isinstance(self.slow_factor, tuple) else (self.slow_factor,) * 2
        draw = rng.random()
        # Where a draw is below the share, it is uniform up to the share: it can place the factor too.
        slow = low + (high - low) * draw / self.slow_share if draw < self.slow_share else 1.0
        return factor * slow / (1 + self.slow_share * ((low + high) / 2 - 1))


@dataclass(frozen=True, slots=True)
class SimulatedCall:
    """What a simulated invocation would have reported. `init_duration_ms` is None on a warm one."""

    ending: Ending
    duration_ms: float
    init_duration_ms: float | None
    max_memory_used_mb: int | None


@dataclass(frozen=True, slots=True)
class Workload:
    """A function described by numbers. Durations in ms, memory in MB."""

    name: str
    duration: PointsDuration | PhysicalDuration
    architecture: str = "x86_64"
    noise: Noise = field(default_factory=Noise)
    init_duration_ms: float | None = None
    used_memory_mb: int | None = None

    def expected_duration_ms(self, memory_mb: float) -> float:
        """The mean warm duration at a memory size: the truth that a fit should find."""
        return self.duration.expected_ms(memory_mb)

    def call(
        self, rng: np.random.Generator, *, memory_mb: int, timeout_ms: float, fresh: bool
    ) -> SimulatedCall:
        """One invocation, instantly. A fresh one is cold where the workload has an init duration."""
        init = None
        if fresh and self.init_duration_ms is not None:
            init = self.init_duration_ms * Noise(cv=self.noise.cv).sample(rng)
        duration = self.expected_duration_ms(memory_mb) * self.noise.sample(rng)
        if self.used_memory_mb is not None and self.used_memory_mb > memory_mb:
            return SimulatedCall("out_of_memory", duration, init, memory_mb)
        if duration > timeout_ms:
            return SimulatedCall("timeout", timeout_ms, init, self.used_memory_mb)
        return SimulatedCall("ok", duration, init, self.used_memory_mb)
