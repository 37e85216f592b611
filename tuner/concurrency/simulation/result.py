"""What a simulation found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from cost_models.pricing import LineItem, total
from tuner.concurrency.simulation.profile import FunctionProfile, Profile

LATENCY_STATISTICS = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
Latency = Mapping[str, float] | None
"""Percentiles [ms] of the requests that ran, from the first attempt to the answer; None where none did."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Every request is completed, failed or throttled, once its caller has given up.

    `throttled_by` says which limit was met, `retries` how often callers tried again.
    """

    requests: int
    completed: int
    failed: int
    throttled: int
    cold_starts: int
    retries: int
    throttled_by: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Row:
    """A part of the timeline, from `t_s` on. `concurrency` is the mean, by function too."""

    t_s: float
    totals: Totals
    concurrency: float
    peak_concurrency: int
    concurrency_of: Mapping[str, float]
    latency_ms: Latency
    cost_usd: float


@dataclass(frozen=True, slots=True)
class FunctionOutcome:
    """One function over the whole time."""

    function: FunctionProfile
    totals: Totals
    concurrency: float
    peak_concurrency: int
    latency_ms: Latency
    line_items: tuple[LineItem, ...]

    @property
    def cost_usd(self) -> Decimal:
        """The sum of its bill."""
        return total(self.line_items)


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The whole account."""

    profile: Profile
    totals: Totals
    functions: tuple[FunctionOutcome, ...]
    timeline: tuple[Row, ...]
    latency_ms: Latency

    @property
    def cost_usd(self) -> Decimal:
        """The sum of all bills."""
        return sum((f.cost_usd for f in self.functions), Decimal(0))

    @property
    def peak_concurrency(self) -> int:
        """The most requests that were in progress at a time."""
        return max((row.peak_concurrency for row in self.timeline), default=0)
