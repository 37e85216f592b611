"""What a month of traffic costs, with some of it on provisioned concurrency, and where that breaks even."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from cost_models.pricing import LineItem, Prices, Usage, line_items, total
from tuner.concurrency.erlang import busy_shares, erlang_b
from tuner.concurrency.traffic import CONCURRENCY_MAX, Traffic

SECONDS_PER_MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Bill:
    """The line items of 30 days; calls on provisioned environments and those on demand apart."""

    provisioned: tuple[LineItem, ...]
    on_demand: tuple[LineItem, ...]

    @property
    def total(self) -> Decimal:
        """The sum of all lines."""
        return total(self.provisioned) + total(self.on_demand)


@dataclass(frozen=True, slots=True)
class Pricing:
    """What bills are written with."""

    prices: Prices
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Requests, those of them that found no provisioned environment free, and how long such stood ready."""

    requests: int
    spilled: int
    environment_seconds: int


def monthly_bill(prices: Prices, traffic: Traffic, memory_mb: int, environments: int) -> Bill:
    """The bill of 30 days of this traffic, with so many provisioned environments all the time."""
    requests = round(traffic.requests_per_second * SECONDS_PER_MONTH)
    spilled = round(requests * spillover_share(traffic, environments))
    return bill_of(prices, traffic, memory_mb, Volume(requests, spilled, environments * SECONDS_PER_MONTH))


def bill_of(prices: Prices, traffic: Traffic, memory_mb: int, volume: Volume) -> Bill:
    """The bill of a volume of such requests.

    The provisioned environments take a request whenever one of them is free; what spills over runs on
    demand, cold as often as all calls would be without provisioned concurrency.
    """
    carried = volume.requests - volume.spilled
    on_demand = Usage(
        memory_mb=memory_mb,
        invocations=volume.spilled,
        billed_ms=round(volume.spilled * (traffic.billed_warm_ms + traffic.init_ms_per_call)),
        ephemeral_mb=prices.ephemeral_mb,
    )
    if volume.environment_seconds == 0:
        return Bill((), line_items(prices, on_demand))
    provisioned = Usage(
        memory_mb=memory_mb,
        invocations=carried,
        billed_ms=round(carried * traffic.billed_warm_ms),
        ephemeral_mb=prices.ephemeral_mb,
        provisioned_environments=1,
        provisioned_seconds=volume.environment_seconds,
    )
    return Bill(line_items(prices, provisioned), line_items(prices, on_demand) if volume.spilled else ())


def spillover_share(traffic: Traffic, environments: int) -> float:
    """The share of requests that find every provisioned environment busy: Erlang B of their warm load."""
    return erlang_b(environments, traffic.warm_load)


def break_even_utilization(prices: Prices, traffic: Traffic) -> float | None:
    """How busy (0 to 1) a provisioned environment must be to cost no more than its calls on demand.

    For each second that it is busy it saves the difference of the two prices of a GB-second and the cold
    starts; for each second that it stands ready it costs the standing price. From 1 on it never pays. None
    where a price is unknown, or nothing is saved.
    """
    standing, busy = prices.provisioned_concurrency_gb_second, prices.provisioned_duration_gb_second
    if standing is None or busy is None:
        return None
    warm = Decimal(traffic.billed_warm_ms / traffic.duration_ms)
    cold = Decimal(traffic.init_ms_per_call / traffic.duration_ms)
    saved = prices.compute_tiers[0].price * (warm + cold) - busy * warm
    return float(standing / saved) if saved > 0 else None


def cheapest_environments(traffic: Traffic, utilization: float) -> int:
    """How many provisioned environments make the bill least: those busier than the break-even."""
    for number, busy in enumerate(busy_shares(traffic.warm_load), start=1):
        if busy <= utilization:
            return number - 1
    raise AssertionError("the last environments are never busy")


def break_even_rate(traffic: Traffic, environments: int, utilization: float) -> float | None:
    """The requests a second from which so many provisioned environments cost less than none.

    None where they never do: they would have to be busy all the time.
    """
    if environments == 0 or utilization >= 1:
        return None

    def busy_enough(rate: float) -> bool:
        at = replace(traffic, requests_per_second=rate)
        return at.warm_load * (1 - spillover_share(at, environments)) >= utilization * environments

    return _least(busy_enough, traffic.requests_per_second)


def _least(enough: Callable[[float], bool], start: float) -> float | None:
    """The least number that is enough, to six digits, where more is always enough."""
    low, high = 0.0, start
    while not enough(high):
        low, high = high, high * 2
        if high > start * CONCURRENCY_MAX:
            return None
    while high - low > 1e-7 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
