"""The answer of `tuner concurrency`: what a function needs, what to reserve and what to provision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from cost_models.pricing import Prices
from tuner.concurrency.bills import (
    Bill,
    break_even_rate,
    break_even_utilization,
    cheapest_environments,
    monthly_bill,
    spillover_share,
)
from tuner.concurrency.erlang import concurrency_quantile, environments_for
from tuner.concurrency.quotas import Quotas, least_for_rate, quota_warnings, refused_by
from tuner.concurrency.traffic import Traffic, check_traffic
from tuner.records import RunWarning

USUAL_THROTTLED_SHARE = 0.0001
USUAL_COLD_SHARE = 0.01
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_LOADS = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Targets:
    """The shares of requests that may be throttled, and that may start cold."""

    throttled_share: float = USUAL_THROTTLED_SHARE
    cold_share: float = USUAL_COLD_SHARE


@dataclass(frozen=True, slots=True)
class Pricing:
    """What bills are written with."""

    prices: Prices
    memory_mb: int


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
    size or a price is unknown.
    """

    environments: int
    spillover_share: float
    break_even_utilization: float | None = None
    break_even_requests_per_second: float | None = None
    cheapest: int | None = None
    bill: Bill | None = None
    on_demand_bill: Bill | None = None
    loads: tuple[LoadBills, ...] = ()


@dataclass(frozen=True, slots=True)
class ConcurrencyAdvice:
    """What a function needs. `reserved_concurrency` is None where the account cannot reserve so much.

    `throttle_probability` is that under the reservation, else that of the whole unreserved pool.
    """

    traffic: Traffic
    targets: Targets
    quotas: Quotas
    quantiles: dict[str, int]
    needed_concurrency: int
    reserved_concurrency: int | None
    throttle_probability: float
    provisioned: ProvisionedAdvice
    warnings: tuple[RunWarning, ...]


def advise(
    traffic: Traffic, targets: Targets, quotas: Quotas, pricing: Pricing | None = None
) -> ConcurrencyAdvice:
    """What to reserve and to provision for this traffic. Raises `UsageError` for an impossible one."""
    load = check_traffic(traffic).expected_concurrency
    provisioned = _provisioned(traffic, targets, pricing)
    needed = max(
        environments_for(load, targets.throttled_share),
        least_for_rate(traffic.requests_per_second),
        provisioned.environments,  # never more than what is reserved
    )
    reserved = needed if needed <= quotas.reservable else None
    return ConcurrencyAdvice(
        traffic=traffic,
        targets=targets,
        quotas=quotas,
        quantiles={name: concurrency_quantile(load, share) for name, share in QUANTILES.items()},
        needed_concurrency=needed,
        reserved_concurrency=reserved,
        throttle_probability=refused_by(traffic, quotas.unreserved if reserved is None else reserved),
        provisioned=provisioned,
        warnings=quota_warnings(traffic, quotas, needed, targets.throttled_share)
        + _unknown_prices(pricing, provisioned),
    )


def _provisioned(traffic: Traffic, targets: Targets, pricing: Pricing | None) -> ProvisionedAdvice:
    cold_enough = traffic.cold_share is not None and traffic.cold_share <= targets.cold_share
    warm_load = traffic.requests_per_second * traffic.duration_ms / 1000
    wanted = max(environments_for(warm_load, targets.cold_share), least_for_rate(traffic.requests_per_second))
    environments = 0 if cold_enough else wanted
    plain = ProvisionedAdvice(environments, spillover_share(traffic, environments))
    utilization = break_even_utilization(pricing.prices, traffic) if pricing else None
    if pricing is None or utilization is None:
        return plain
    prices, memory_mb = pricing.prices, pricing.memory_mb
    return replace(
        plain,
        break_even_utilization=utilization,
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


def _unknown_prices(pricing: Pricing | None, provisioned: ProvisionedAdvice) -> tuple[RunWarning, ...]:
    if pricing is None or provisioned.bill is not None:
        return ()
    region = pricing.prices.region
    message = (
        f"the prices of provisioned concurrency in {region} are not known, so nothing is said of its cost"
    )
    return (RunWarning("W-NO-PROVISIONED-PRICE", message, "tuner prices shows the regions that have them"),)
