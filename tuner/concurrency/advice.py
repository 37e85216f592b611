"""The answer of `tuner concurrency`: what a function needs, what to reserve and what to provision."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.concurrency.bills import Pricing
from tuner.concurrency.observed import Observed
from tuner.concurrency.process import ArrivalProcess, ObservedProcess, PoissonProcess
from tuner.concurrency.provisioned import ProvisionedAdvice, advise_provisioned
from tuner.concurrency.quotas import Quotas, quota_warnings
from tuner.concurrency.traffic import Traffic, check_traffic
from tuner.concurrency.words import time_text
from tuner.records import RunWarning

USUAL_THROTTLED_SHARE = 0.0001
USUAL_COLD_SHARE = 0.01
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "p999": 0.999}


@dataclass(frozen=True, slots=True)
class Targets:
    """The shares of requests that may be throttled, and that may start cold."""

    throttled_share: float = USUAL_THROTTLED_SHARE
    cold_share: float = USUAL_COLD_SHARE


@dataclass(frozen=True, slots=True)
class Sighting:
    """The requests that were seen, and what independent ones at the rate of their busiest hour would need.

    `decides` says whether they were enough to tell the throttled share that is aimed at.
    """

    observed: Observed
    decides: bool
    by_chance: int


@dataclass(frozen=True, slots=True)
class ConcurrencyAdvice:
    """What a function needs. `reserved_concurrency` is None where the account cannot reserve so much.

    `throttle_probability` is that under the reservation, else that of the whole unreserved pool. Without a
    `sighting` the requests are taken to come independently of each other.
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
    sighting: Sighting | None = None


def advise(
    traffic: Traffic,
    targets: Targets,
    quotas: Quotas,
    pricing: Pricing | None = None,
    observed: Observed | None = None,
) -> ConcurrencyAdvice:
    """What to reserve and to provision for this traffic. Raises `UsageError` for an impossible one.

    Requests that were observed take the place of independent ones; `traffic` is then their busiest hour.
    """
    by_chance = PoissonProcess(check_traffic(traffic))
    seen = ObservedProcess(observed, traffic) if observed else None
    process: ArrivalProcess = seen or by_chance
    provisioned = advise_provisioned(process, traffic, targets.cold_share, pricing, observed)
    # Never more can be provisioned than is reserved.
    needed = max(process.least_reserved(targets.throttled_share), provisioned.most)
    reserved = needed if needed <= quotas.reservable else None
    lost = process.throttled_share(quotas.unreserved)
    return ConcurrencyAdvice(
        traffic=traffic,
        targets=targets,
        quotas=quotas,
        quantiles={name: process.quantile(share) for name, share in QUANTILES.items()},
        needed_concurrency=needed,
        reserved_concurrency=reserved,
        throttle_probability=lost if reserved is None else process.throttled_share(reserved),
        provisioned=provisioned,
        warnings=(
            *quota_warnings(traffic, quotas, needed, lost=lost, target=targets.throttled_share),
            *_unknown_prices(pricing, provisioned),
            *(_short(observed) if observed else ()),
        ),
        sighting=Sighting(
            seen.observed,
            seen.can_tell(targets.throttled_share),
            by_chance.least_reserved(targets.throttled_share),
        )
        if seen
        else None,
    )


def _unknown_prices(pricing: Pricing | None, provisioned: ProvisionedAdvice) -> tuple[RunWarning, ...]:
    if pricing is None or provisioned.break_even_utilization is not None:
        return ()
    region = pricing.prices.region
    message = (
        f"the prices of provisioned concurrency in {region} are not known, so nothing is said of its cost"
    )
    return (RunWarning("W-NO-PROVISIONED-PRICE", message, "tuner prices shows the regions that have them"),)


def _short(observed: Observed) -> tuple[RunWarning, ...]:
    if observed.covers_a_day:
        return ()
    seen = time_text(max(1.0, observed.seconds))
    message = f"only {seen} of a day was seen, so nothing is said of a month's bill or of a schedule by hour"
    return (RunWarning("W-SHORT-SIGHT", message, "give logs or metrics of whole days, best of two weeks"),)
