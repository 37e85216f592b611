"""Provisioned concurrency by the hour of the day, where the requests of a day were seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from tuner.concurrency.bills import Bill, Pricing, Volume, bill_of
from tuner.concurrency.observed import HOUR_S, Observed
from tuner.concurrency.process import least_within, share_at, tail_shares
from tuner.concurrency.quotas import least_for_rate
from tuner.concurrency.traffic import Traffic

DAYS = 30
READY_EARLY_S = 300
"""Environments take a minute or two until they are ready, so more of them are asked for before the hour.
https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""
CHANGES_MOST = 8
WASTE = 0.01
"""Two hours have the same number where that costs no more than this share of the day's environments."""


@dataclass(frozen=True, slots=True)
class HourPlan:
    """An hour of the day (UTC) with the environments to provision in it, and what 30 such hours cost.

    `utilization` is how busy they are, None where there are none; dollars are None where a price is unknown.
    """

    hour: int
    requests_per_second: float
    environments: int
    spillover_share: float
    utilization: float | None
    on_demand_usd: Decimal | None = None
    provisioned_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A number of environments for each hour of the day, and the bill of 30 such days."""

    hours: tuple[HourPlan, ...]
    bill: Bill | None

    @property
    def changes(self) -> tuple[HourPlan, ...]:
        """The hours from which on another number holds."""
        return tuple(h for h in self.hours if h.environments != self.hours[h.hour - 1].environments)


class Day:
    """The hours of the day as they were seen."""

    def __init__(self, observed: Observed, traffic: Traffic) -> None:
        self._traffic = traffic
        self._rates = observed.hourly_rates()
        self._spills = [tail_shares(met) for met in observed.met]

    def bill(self, pricing: Pricing, numbers: Sequence[int]) -> Bill:
        """What 30 days cost with so many environments in each hour."""
        hours = [self._volume(hour, number) for hour, number in enumerate(numbers)]
        rises = sum(max(0, number - numbers[hour - 1]) for hour, number in enumerate(numbers))
        whole = Volume(
            sum(h.requests for h in hours),
            sum(h.spilled for h in hours),
            sum(h.environment_seconds for h in hours) + rises * READY_EARLY_S * DAYS,
        )
        return bill_of(pricing.prices, self._traffic, pricing.memory_mb, whole)

    def cheapest(self, utilization: float) -> int:
        """How many environments all day make the bill least, where one must be so busy to pay for itself."""
        places = range(max(map(len, self._spills)))
        carried = [
            sum(r * (1 - share_at(s, n)) for r, s in zip(self._rates, self._spills, strict=True))
            for n in places
        ]
        busy = np.array(carried) * self._traffic.duration_ms / 1000 / 24
        return int(np.argmin(utilization * np.array(places) - busy))

    def schedule(self, cold_share: float, pricing: Pricing | None) -> Schedule | None:
        """The fewest environments in each hour for a share of cold starts; None where one number does."""
        wanted = [
            max(least_within(spills, cold_share), least_for_rate(rate)) if rate else 0
            for rate, spills in zip(self._rates, self._spills, strict=True)
        ]
        numbers = _in_few_changes(wanted)
        if len(set(numbers)) == 1:
            return None
        return Schedule(
            tuple(self._hour(hour, number, pricing) for hour, number in enumerate(numbers)),
            self.bill(pricing, numbers) if pricing else None,
        )

    def _hour(self, hour: int, number: int, pricing: Pricing | None) -> HourPlan:
        rate, spilled = float(self._rates[hour]), share_at(self._spills[hour], number)
        load = rate * (1 - spilled) * self._traffic.duration_ms / 1000
        plain = HourPlan(hour, rate, number, spilled, load / number if number else None)
        if pricing is None:
            return plain
        on_demand, provisioned = (
            bill_of(pricing.prices, self._traffic, pricing.memory_mb, self._volume(hour, n)).total
            for n in (0, number)
        )
        return HourPlan(hour, rate, number, spilled, plain.utilization, on_demand, provisioned)

    def _volume(self, hour: int, environments: int) -> Volume:
        requests = round(self._rates[hour] * HOUR_S * DAYS)
        spilled = round(requests * share_at(self._spills[hour], environments)) if environments else requests
        return Volume(requests, spilled, environments * HOUR_S * DAYS)


def _in_few_changes(wanted: Sequence[int]) -> list[int]:
    """At least as many in each hour, with few changes: neighbours are joined where that wastes least."""
    runs = [(hour, 1, number) for hour, number in enumerate(wanted)]  # from an hour on, so long, so many
    small = WASTE * sum(wanted)
    while len(runs) > 1:
        wastes = [_joined(run, runs[(i + 1) % len(runs)])[1] for i, run in enumerate(runs)]
        place = wastes.index(min(wastes))
        if wastes[place] > small and len(runs) <= CHANGES_MOST:
            break
        following = (place + 1) % len(runs)
        runs[place] = _joined(runs[place], runs[following])[0]
        del runs[following]
    numbers = [0] * len(wanted)
    for start, length, number in runs:
        for hour in range(start, start + length):
            numbers[hour % len(wanted)] = number
    return numbers


def _joined(run: tuple[int, int, int], following: tuple[int, int, int]) -> tuple[tuple[int, int, int], int]:
    """Two runs as one, and the environment-hours that this wastes."""
    start, length, number = run
    _, more, other = following
    most = max(number, other)
    return (start, length + more, most), (most - number) * length + (most - other) * more
