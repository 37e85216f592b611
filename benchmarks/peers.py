"""The published methods of two other tuners, in code of our own.

Each takes a function, a range of memory sizes, a strategy and a seed, and gives the size that it would
recommend with the invocations that it made, cold ones included. Both invoke the same simulated functions as
tuner does, with the same random numbers at each size, so that differences are the methods' own.

AWS Lambda Power Tuning (github.com/alexcasalboni/aws-lambda-power-tuning) invokes every size of a list
equally often, one call after the other, and picks the best of their trimmed means.

Parrotfish ("Parrotfish: Parametric Regression for Optimizing Serverless Functions", SoCC 2023;
github.com/ubc-cirrus-lab/parrotfish) fits a curve to few sizes and picks the cheapest point of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import curve_fit
from tables import balanced

from cost_models.cpu import MEMORY_MIN_MB
from cost_models.workload import Workload
from tuner.platforms.base import InvocationRequest
from tuner.platforms.model import ModelPlatform
from tuner.records import Invocation, Regret, Strategy
from tuner.units import TIMEOUT_MAX_S

POWER_TUNING_SIZES_MB = (128, 256, 512, 1024, 1536, 3008)
TRIMMED_SHARE = 0.2


@dataclass(frozen=True)
class Answer:
    """The size that a method recommends, the invocations it made, and the regret it states, if it does."""

    memory_mb: int
    invocations: int
    stated: Regret | None = None


class Function:
    """A simulated function that can be invoked at any size, and counts its invocations."""

    def __init__(self, workload: Workload, seed: int) -> None:
        self._platform = ModelPlatform(workload, seed=seed)
        self.invocations = 0

    def invoke(self, memory_mb: int, *, fresh: bool = False) -> Invocation:
        """One call; the first at a size, and every fresh one, is cold."""
        self.invocations += 1
        return self._platform.invoke(InvocationRequest(memory_mb, TIMEOUT_MAX_S, b"{}", fresh))


def power_tuning(
    workload: Workload, sizes_mb: Sequence[int], calls: int, strategy: Strategy, seed: int
) -> Answer:
    """AWS Lambda Power Tuning: `calls` invocations at each size, in series; the first of them is cold.

    The cold call is not set apart. Of the sorted durations 20 % are dropped at each end, rounded down to
    whole calls, which mostly takes the cold one along when there are five calls or more.

    Duration is the trimmed mean of handler and init time; cost is the trimmed mean of the billed durations,
    rounded up, x memory: without the request charge. `cost` and `speed` take the smallest, and of equals the
    one that is better in the other; `balanced` takes the smallest half-and-half sum of the two, each divided
    by its largest among the sizes.
    """
    function = Function(workload, seed)
    durations, costs = np.empty(len(sizes_mb)), np.empty(len(sizes_mb))
    for n, size in enumerate(sizes_mb):
        made = [function.invoke(size) for _ in range(calls)]
        durations[n] = trimmed_mean([(i.duration_ms or 0.0) + (i.init_duration_ms or 0.0) for i in made])
        costs[n] = np.ceil(trimmed_mean([i.billed_duration_ms or 0 for i in made])) * size
    objectives = {
        Strategy.COST: (costs, durations),
        Strategy.SPEED: (durations, costs),
        Strategy.BALANCED: (balanced(durations / durations.max(), costs / costs.max()), durations),
    }
    first, second = objectives[strategy]
    best = min(range(len(sizes_mb)), key=lambda n: (first[n], second[n]))
    return Answer(sizes_mb[best], function.invocations)


def trimmed_mean(values: Sequence[float], share: float = TRIMMED_SHARE) -> float:
    """The mean without the lowest and the highest share of the values, each rounded down to whole values."""
    dropped = int(len(values) * share)
    return float(np.mean(sorted(values)[dropped : len(values) - dropped]))


# Parrotfish's defaults: its range of sizes, the calls at a size, and when it ends.
SIZES_MB = (MEMORY_MIN_MB, 3008)
CALLS = 4
MORE_CALLS = 8
STEADY_CV = 0.05
NEIGHBOURHOOD_MB = 200.0
ENOUGH_KNOWLEDGE = 3.0
MOST_SAMPLES = 20

NEAR_DECAY_MB = 500.0
"""Not Parrotfish's own: a memory over which duration may well decay, to start a fit from."""


@dataclass
class _Curve:
    """duration(m) = floor + scale x exp(-m / decay), fitted by unweighted least squares."""

    near_start: bool
    parameters: np.ndarray | None = None

    def fit(self, memory_mb: np.ndarray, duration_ms: np.ndarray) -> None:
        """Start where the last fit ended; keep its parameters when the new one does not converge."""
        start = self._first_start(duration_ms) if self.parameters is None else self.parameters
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # the covariance, which is not used
                self.parameters, _ = curve_fit(_decay, memory_mb, duration_ms, p0=start, maxfev=20_000)
        except RuntimeError:
            self.parameters = start

    def _first_start(self, duration_ms: np.ndarray) -> np.ndarray:
        """As published, a tenth of the first duration for all three alike; or what the samples suggest."""
        if not self.near_start:
            return np.full(3, max(duration_ms[0] // 10, 1.0))
        fastest = duration_ms.min()
        return np.array([fastest, duration_ms.max() - fastest + 1.0, NEAR_DECAY_MB])

    def costs(self, memory_mb: np.ndarray) -> np.ndarray:
        """Duration x memory, shape (n,): the price but for a factor, without the request charge."""
        with np.errstate(all="ignore"):
            return _decay(memory_mb, *self.parameters) * memory_mb


def _decay(memory_mb: np.ndarray, floor: float, scale: float, decay: float) -> np.ndarray:
    return floor + scale * np.exp(-memory_mb / decay)


@dataclass
class _Samples:
    """Billed durations by memory size."""

    memory_mb: list[int] = field(default_factory=list)
    duration_ms: list[float] = field(default_factory=list)


def parrotfish(
    workload: Workload, range_mb: tuple[int, int], seed: int, *, near_start: bool = False
) -> Answer:
    """Parrotfish with its defaults; it knows the strategy cost only, and sizes up to 3,008 MB.

    It starts with the smallest size, one a third of the way up, and the largest. From then on it takes the
    size with the lowest fitted cost x knowledge, where the knowledge of a size is one plus, for each size
    measured, a bell of height one and 200 MB deviation. It ends when the knowledge at the cheapest fitted
    size is above 3, or when it holds more than 20 samples (four a size), and recommends that size.

    The values from which its least squares start are so far off for slow functions that they can end in a
    poor fit, even without noise. `near_start` gives the method nearer ones, to see what it is worth itself.
    """
    function = Function(workload, seed)
    low, high = max(range_mb[0], SIZES_MB[0]), min(range_mb[1], SIZES_MB[1])
    space = np.arange(low, high + 1)
    knowledge = np.ones(len(space))
    curve, samples = _Curve(near_start), _Samples()

    def measure(size: int) -> None:
        durations = steady_sample(function, size)
        samples.memory_mb += [size] * len(durations)
        samples.duration_ms += durations
        knowledge[:] += np.exp(-0.5 * ((space - size) / NEIGHBOURHOOD_MB) ** 2)

    third = -(-len(space) // 3)
    for size in (space[0], space[third], space[-1]):
        measure(int(size))
    while True:
        curve.fit(np.array(samples.memory_mb, dtype=float), np.array(samples.duration_ms))
        costs = curve.costs(space)
        if knowledge[costs.argmin()] > ENOUGH_KNOWLEDGE or len(samples.memory_mb) > MOST_SAMPLES:
            return Answer(int(space[costs.argmin()]), function.invocations)
        open_sizes = ~np.isin(space, samples.memory_mb)
        measure(int(space[open_sizes][(costs * knowledge)[open_sizes].argmin()]))


def steady_sample(function: Function, memory_mb: int) -> list[float]:
    """Four billed durations [ms] at a size, after four calls at once that start four environments.

    While their coefficient of variation is above 0.05 further calls are made, up to eight. Each takes the
    place of the duration by whose loss the coefficient falls most, if it falls at all.
    """
    for _ in range(CALLS):
        function.invoke(memory_mb, fresh=True)
    kept = [_billed(function, memory_mb) for _ in range(CALLS)]
    for _ in range(MORE_CALLS):
        if _variation(kept) <= STEADY_CV:
            break
        another = _billed(function, memory_mb)
        swaps = [[*kept[:n], another, *kept[n + 1 :]] for n in range(CALLS)]
        kept = min([kept, *swaps], key=_variation)
    return kept


def _billed(function: Function, memory_mb: int) -> float:
    return float(function.invoke(memory_mb).billed_duration_ms or 0)


def _variation(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1) / np.mean(values))
