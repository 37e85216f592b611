"""What is simulated: an account with its functions, each with arrivals, durations and pools."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cost_models.pricing import Prices
from tuner.concurrency.quotas import USUAL_ACCOUNT_LIMIT
from tuner.concurrency.scaling import TODAY, ScalingRule
from tuner.concurrency.simulation.arrivals import Arrivals
from tuner.concurrency.simulation.durations import INSTANT, Durations
from tuner.concurrency.simulation.retries import NO_RETRIES, Retries

IDLE_RECLAIM_S = 300.0
"""How long an idle environment is kept. AWS promises nothing; minutes are what people observe."""
ROWS_AT_MOST = 120
_ROUND_STEPS_S = (0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200)


@dataclass(frozen=True, slots=True)
class FunctionProfile:
    """One function. `reserved` None shares the account's unreserved pool; 0 stops the function.

    A call that takes longer than `timeout_s` fails, as does a share of the others.
    """

    name: str
    arrivals: Arrivals
    durations: Durations
    memory_mb: int
    prices: Prices
    init: Durations = INSTANT
    timeout_s: float = 900.0
    error_share: float = 0.0
    reserved: int | None = None
    provisioned: int = 0
    idle_reclaim_s: float = IDLE_RECLAIM_S
    retries: Retries = NO_RETRIES


@dataclass(frozen=True, slots=True)
class Profile:
    """An account over a time. Requests that are in progress at its end run to their end."""

    name: str
    seconds: float
    functions: tuple[FunctionProfile, ...]
    account_limit: int = USUAL_ACCOUNT_LIMIT
    scaling: ScalingRule = TODAY
    seed: int = 0

    @property
    def step_s(self) -> float:
        """The length of a row of the timeline: a round time that makes at most so many rows."""
        fitting = (step for step in _ROUND_STEPS_S if self.seconds / step <= ROWS_AT_MOST)
        return next(fitting, 86_400.0)

    @property
    def rows(self) -> int:
        """The number of rows of the timeline."""
        return math.ceil(self.seconds / self.step_s)

    @property
    def expected_requests(self) -> float:
        """The mean number of requests in all."""
        return sum(f.arrivals.expected(0.0, self.seconds) for f in self.functions)

    @property
    def unreserved_pool(self) -> int:
        """What the functions without a reservation share on demand; provisioned concurrency is taken off."""
        taken = (f.provisioned if f.reserved is None else f.reserved for f in self.functions)
        return self.account_limit - sum(taken)
