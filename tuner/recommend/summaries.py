"""Means with their intervals, and what calls are billed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cost_models.pricing import Prices
from tuner.recommend.evaluation import INTERVAL
from tuner.records import DurationSummary, Estimate, Invocation


def invoices_usd(calls: Sequence[Invocation], prices: Prices) -> np.ndarray:
    """What each call is billed [USD], shape (n,): priced one by one, never from a rounded or trimmed mean."""
    millisecond = float(prices.millisecond(calls[0].memory_mb))
    billed = np.array([c.billed_duration_ms or 0 for c in calls], dtype=float)
    return np.asarray(billed * millisecond + float(prices.request))


def own_interval(values: np.ndarray) -> Estimate | None:
    """The mean with its 95 % interval by Student's t; None with fewer than two values."""
    if values.size < 2:
        return None
    from scipy.special import stdtrit

    mean = float(values.mean())
    half = float(stdtrit(values.size - 1, INTERVAL[1]) * values.std(ddof=1) / np.sqrt(values.size))
    return Estimate(mean, max(0.0, mean - half), mean + half)


def summary(durations: np.ndarray, bounds: tuple[float, float]) -> DurationSummary:
    """The plain mean and quantiles of durations [ms], in an interval that holds the mean."""
    mean = float(durations.mean())
    p50, p95, p99 = (float(np.quantile(durations, q)) for q in (0.5, 0.95, 0.99))
    return DurationSummary(mean, p50, p95, p99, min(bounds[0], mean), max(bounds[1], mean))


def estimate(mean: float, bounds: tuple[float, float]) -> Estimate:
    """A mean in its interval; a sample's plain mean can lie outside the pooled one, which then widens."""
    return Estimate(mean, min(bounds[0], mean), max(bounds[1], mean))
