"""How much to provision for a share of cold starts, and what that costs against calls on demand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from tuner.concurrency.bills import (
    Bill,
    Pricing,
    break_even_rate,
    break_even_utilization,
    cheapest_environments,
    monthly_bill,
)
from tuner.concurrency.observed import Observed
from tuner.concurrency.process import ArrivalProcess
from tuner.concurrency.schedule import Day, Schedule
from tuner.concurrency.traffic import Traffic

_LOADS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class LoadBills:
    """A month's cost at one rate: all on demand, and with the provisioned concurrency that is advised."""

    requests_per_second: float
    on_demand_usd: Decimal
    provisioned_usd: Decimal


@dataclass(frozen=True, slots=True)
class ProvisionedAdvice:
    """Provisioned concurrency for a share of cold starts, and what it costs.

    `environments` keeps cold starts within the target; `cheapest` makes the bill least. `spillover_share`
    of the requests still runs on demand, so no more than that starts cold. Bills are None where the memory
    size or a price is unknown, or the requests of a whole day. A `schedule` is there where the hours of the
    day differ.
    """

    environments: int
    spillover_share: float
    break_even_utilization: float | None = None
    break_even_requests_per_second: float | None = None
    cheapest: int | None = None
    bill: Bill | None = None
    on_demand_bill: Bill | None = None
    loads: tuple[LoadBills, ...] = ()
    schedule: Schedule | None = None

    @property
    def most(self) -> int:
        """The most environments that are provisioned at a time."""
        hours = self.schedule.hours if self.schedule else ()
        return max([self.environments, *(hour.environments for hour in hours)])


def advise_provisioned(
    process: ArrivalProcess,
    traffic: Traffic,
    cold_share: float,
    pricing: Pricing | None,
    observed: Observed | None,
) -> ProvisionedAdvice:
    """The fewest environments for a share of cold starts, with bills at this rate or of the days as seen."""
    cold_enough = traffic.cold_share is not None and traffic.cold_share <= cold_share
    environments = 0 if cold_enough else process.least_provisioned(cold_share)
    utilization = break_even_utilization(pricing.prices, traffic) if pricing else None
    plain = ProvisionedAdvice(environments, process.spilled_share(environments), utilization)
    if observed is not None:
        return _over_the_day(plain, observed, traffic, cold_share, pricing)
    return plain if pricing is None or utilization is None else _at_this_rate(plain, traffic, pricing)


def _over_the_day(
    plain: ProvisionedAdvice,
    observed: Observed,
    traffic: Traffic,
    cold_share: float,
    pricing: Pricing | None,
) -> ProvisionedAdvice:
    if not observed.covers_a_day:
        return plain
    day = Day(observed, traffic)
    utilization = plain.break_even_utilization
    known = pricing if utilization is not None else None
    found = replace(plain, schedule=day.schedule(cold_share, known) if plain.environments else None)
    if known is None or utilization is None:
        return found
    return replace(
        found,
        cheapest=day.cheapest(utilization),
        bill=day.bill(known, [plain.environments] * 24),
        on_demand_bill=day.bill(known, [0] * 24),
    )


def _at_this_rate(plain: ProvisionedAdvice, traffic: Traffic, pricing: Pricing) -> ProvisionedAdvice:
    utilization, environments = plain.break_even_utilization, plain.environments
    assert utilization is not None
    prices, memory_mb = pricing.prices, pricing.memory_mb
    return replace(
        plain,
        break_even_requests_per_second=break_even_rate(traffic, environments, utilization),
        cheapest=cheapest_environments(traffic, utilization),
        bill=monthly_bill(prices, traffic, memory_mb, environments),
        on_demand_bill=monthly_bill(prices, traffic, memory_mb, 0),
        loads=tuple(_bills_at(pricing, traffic, factor, environments) for factor in _LOADS),
    )


def _bills_at(pricing: Pricing, traffic: Traffic, factor: float, environments: int) -> LoadBills:
    at = replace(traffic, requests_per_second=traffic.requests_per_second * factor)
    on_demand, provisioned = (
        monthly_bill(pricing.prices, at, pricing.memory_mb, number).total for number in (0, environments)
    )
    return LoadBills(at.requests_per_second, on_demand, provisioned)
