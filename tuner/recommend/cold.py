"""Cold calls at one size: a population of their own, mixed with the warm one only by a stated share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cost_models.pricing import Prices
from tuner.recommend.evaluation import PER_MILLION
from tuner.recommend.summaries import invoices_usd, own_interval, summary
from tuner.records import Candidate, ColdStarts, Invocation, Mixture, Outcome


def cold_starts(calls: Sequence[Invocation], prices: Prices) -> ColdStarts | None:
    """What the cold calls among these took and cost; None where none succeeded."""
    cold = [c for c in calls if c.cold and c.outcome is Outcome.OK and c.duration_ms is not None]
    if not cold:
        return None
    # Init and restore come before the handler's own time, and the caller waits for both.
    waits = np.array([_wait_ms(call) for call in cold], dtype=float)
    costs = invoices_usd(cold, prices) * PER_MILLION
    bounds = own_interval(waits)
    return ColdStarts(
        calls=len(cold),
        duration_ms=summary(waits, (bounds.low, bounds.high) if bounds else (waits[0], waits[0])),
        cost_usd_per_million=float(costs.mean()),
    )


def mixture(row: Candidate, share: float | None) -> Mixture | None:
    """The mean call where this share is cold; None without a share, or where one of the two is unknown."""
    warm, cost, cold = row.duration_ms, row.cost_usd_per_million, row.cold
    if share is None or warm is None or cost is None or cold is None:
        return None
    return Mixture(
        cold_share=share,
        duration_ms=(1 - share) * warm.mean + share * cold.duration_ms.mean,
        cost_usd_per_million=(1 - share) * cost.mean + share * cold.cost_usd_per_million,
    )


def _wait_ms(call: Invocation) -> float:
    return (call.duration_ms or 0.0) + (call.init_duration_ms or 0.0) + (call.restore_duration_ms or 0.0)
