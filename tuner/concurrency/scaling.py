"""How fast AWS Lambda adds environments, today and before, and what a sudden demand meets.

Today (since 2023-11-26) each function may add 1,000 environments every 10 seconds by itself. Before, the
functions of a Region shared an immediate burst of 500 to 3,000, and 500 more every minute.
https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
https://aws.amazon.com/blogs/aws/aws-lambda-functions-now-scale-12-times-faster-when-handling-high-volume-requests/
"""

from __future__ import annotations

from dataclasses import dataclass

from tuner.errors import UsageError
from tuner.option_values import read_count
from tuner.units import format_count, parse_duration_ms

MAX_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class ScalingRule:
    """`immediate` environments at once, and `increment` more every `period_s`.

    What is not used does not accrue beyond `immediate`. A `shared` rule holds for all functions together.
    """

    immediate: int
    increment: int
    period_s: float
    shared: bool = False

    @property
    def per_second(self) -> float:
        """The pace at which it refills."""
        return self.increment / self.period_s


TODAY = ScalingRule(immediate=1_000, increment=1_000, period_s=10)
EARLIER = ScalingRule(immediate=3_000, increment=500, period_s=60, shared=True)


@dataclass(frozen=True, slots=True)
class ClimbStep:
    """The concurrency from a time [s] on; `throttled` while the demand is above it."""

    t_s: float
    concurrency: int
    throttled: bool


@dataclass(frozen=True, slots=True)
class Climb:
    """How a function climbs to a demand; `reached_s` is None when a limit keeps it from getting there."""

    rule: ScalingRule
    demand: int
    limit: int
    timeline: tuple[ClimbStep, ...]
    reached_s: float | None

    @property
    def throttled_for_good(self) -> int:
        """The concurrency that is refused however long the demand lasts."""
        return max(0, self.demand - self.limit)


def climb(
    rule: ScalingRule, *, present: int, demand: int, account_limit: int, function_limit: int | None = None
) -> Climb:
    """A demand that jumps from the present concurrency at t = 0, seen at each step of the rule.

    Between steps AWS refills continuously, so what is shown is reached no later than shown.
    """
    limit = account_limit if function_limit is None else min(account_limit, function_limit)
    if present > limit:
        raise UsageError(
            f"a concurrency of {format_count(present)} is above the limit of {format_count(limit)} already",
            "give a lower --from, or a higher limit",
        )
    goal = min(demand, limit)
    steps_left = max(0, goal - present - rule.immediate)
    if steps_left > 0 and (rule.increment == 0 or steps_left / rule.increment > MAX_STEPS):
        raise UsageError(
            f"the climb to {format_count(goal)} would take more than {format_count(MAX_STEPS)} steps",
            "give a faster rule",
        )
    concurrency, t_s = min(goal, present + rule.immediate), 0.0
    timeline = [ClimbStep(t_s, concurrency, concurrency < demand)]
    while concurrency < goal:
        t_s += rule.period_s
        concurrency = min(goal, concurrency + rule.increment)
        timeline.append(ClimbStep(t_s, concurrency, concurrency < demand))
    return Climb(rule, demand, limit, tuple(timeline), None if concurrency < demand else t_s)


def read_rate_rule(text: str) -> ScalingRule:
    """A rule of today's kind, from `1000/10s`. Raises `UsageError` where it is none."""
    count, _, period = text.partition("/")
    try:
        increment, period_s = read_count(count), parse_duration_ms(period) / 1000
    except ValueError as error:
        raise UsageError(f"'{text}' is not a scaling rate: {error}", "write 1000/10s") from error
    if not 0.001 <= period_s <= 86_400 or increment > 1_000_000:
        raise UsageError(f"'{text}' is not a scaling rate", "write 1000/10s")
    return ScalingRule(immediate=increment, increment=increment, period_s=period_s)
