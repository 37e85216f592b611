"""Duration and cost of every memory size in range, as joint draws from the fitted curve.

Every decision is made on the draws, so that it knows how sure it is; tables show their means.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cost_models.pricing import Prices
    from tuner.fit import DurationCurve

PER_MILLION = 1_000_000
INTERVAL = (0.025, 0.975)


@dataclass(frozen=True)
class Evaluation:
    """Shapes: memory_mb (n,), the others (draws, n). Cost is one invocation's [USD]."""

    memory_mb: np.ndarray
    duration_ms: np.ndarray
    billed_ms: np.ndarray
    cost_usd: np.ndarray
    quantile_ratio: dict[str, float]

    @property
    def mean_duration_ms(self) -> np.ndarray:
        """Expected warm duration [ms], shape (n,)."""
        return np.asarray(self.duration_ms.mean(axis=0))

    @property
    def mean_cost_usd(self) -> np.ndarray:
        """Expected cost of one invocation [USD], shape (n,)."""
        return np.asarray(self.cost_usd.mean(axis=0))

    def latency_ms(self, statistic: str) -> np.ndarray:
        """Draws of `mean`, `p50`, `p95` or `p99` of the warm duration [ms], shape (draws, n)."""
        return self.duration_ms * self.quantile_ratio[statistic]

    def position(self, memory_mb: int) -> int | None:
        """The column of a memory size, or None when it is out of range."""
        found = np.flatnonzero(self.memory_mb == memory_mb)
        return int(found[0]) if found.size else None


def evaluate(
    curve: DurationCurve, prices: Prices, memory_mb: np.ndarray, *, extrapolate: bool = False
) -> Evaluation:
    """Price the curve at each size [MB], shape (n,).

    cost = mean of ceil(duration) x price of a millisecond + request charge: each invocation is rounded up
    before the mean is taken, which matters for functions of a few milliseconds.
    """
    durations = curve.draws(memory_mb, extrapolate=extrapolate)
    millisecond = np.array([float(prices.millisecond(int(size))) for size in memory_mb])
    billed = _mean_billed_ms(durations, curve.residual_ratios)
    quantiles = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return Evaluation(
        memory_mb=memory_mb,
        duration_ms=durations,
        billed_ms=billed,
        cost_usd=billed * millisecond + float(prices.request),
        quantile_ratio={"mean": 1.0, **{name: curve.quantile_ratio(q) for name, q in quantiles.items()}},
    )


def _mean_billed_ms(expected_ms: np.ndarray, ratios: np.ndarray) -> np.ndarray:
    """Mean billed duration [ms] where single calls are `expected_ms` x `ratios`, each rounded up to 1 ms.

    Tabulated over the durations that occur, because the mean over calls at every draw would be too slow.
    """
    low, high = float(expected_ms.min()), float(expected_ms.max())
    if low > 200:  # rounding up adds half a millisecond on average, whatever the noise
        return expected_ms + 0.5
    grid = np.geomspace(low, max(high, low * 1.0001), 512)
    billed = np.ceil(np.round(grid[:, None] * ratios[None, :], 4)).mean(axis=1)
    return np.asarray(np.interp(expected_ms, grid, billed))
