"""What a function is asked to carry, and the concurrency that follows from it by Little's law."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.errors import UsageError
from tuner.units import format_count

CONCURRENCY_MAX = 100_000
"""Above this no account has a limit ("tens of thousands" on request), so a number was mistyped."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests at a steady rate, each with its mean duration [ms]; Poisson arrivals, as of many callers.

    A cold call takes `init_duration_ms` more. `cold_share` is the share of cold calls without provisioned
    concurrency. None is unknown, and then adds nothing to the expected concurrency. `billed_duration_ms`
    is what a warm call is billed on average, where that is known better than from its duration.
    """

    requests_per_second: float
    duration_ms: float
    init_duration_ms: float | None = None
    cold_share: float | None = None
    billed_duration_ms: float | None = None

    @property
    def init_ms_per_call(self) -> float:
        """What cold starts add to the mean call [ms]."""
        return (self.cold_share or 0.0) * (self.init_duration_ms or 0.0)

    @property
    def billed_warm_ms(self) -> float:
        """What the mean warm call is billed [ms]."""
        return self.billed_duration_ms or self.duration_ms

    @property
    def mean_duration_ms(self) -> float:
        """How long a call holds its environment on average [ms], cold starts included."""
        return self.duration_ms + self.init_ms_per_call

    @property
    def expected_concurrency(self) -> float:
        """Little's law: the rate times the mean duration. In erlangs this is the offered load."""
        return self.requests_per_second * self.mean_duration_ms / 1000

    @property
    def warm_load(self) -> float:
        """The expected concurrency where no call is cold, as on provisioned environments."""
        return self.requests_per_second * self.duration_ms / 1000


def check_traffic(traffic: Traffic) -> Traffic:
    """The traffic itself where it can be that of one function. Raises `UsageError` otherwise."""
    expected = traffic.expected_concurrency
    if not 0 < expected <= CONCURRENCY_MAX:
        raise UsageError(
            f"an expected concurrency of {expected:,.6g} is not one of a function",
            f"rate x duration must be above 0 and at most {format_count(CONCURRENCY_MAX)}; check the units",
        )
    return traffic
