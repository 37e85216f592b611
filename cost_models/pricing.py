"""The line items of an AWS Lambda bill, in Decimal, from a dated price snapshot.

Rules and their source (aws.amazon.com/lambda/pricing, and the Lambda guide on execution environments):

- compute is memory [GB] x billed duration [s]; 1 GB = 1024 MB;
- each invocation is rounded up to 1 ms, with no minimum; since 2025-08-01 its init duration is part of it;
- every started invocation is one request, failed ones included;
- ephemeral storage above 512 MB is billed for the same duration;
- provisioned concurrency is billed for the time that it is configured, and makes duration cheaper;
- compute has three price tiers by monthly GB-seconds, per architecture and region.

The free tier is left out: it is shared by a whole account, which cannot be seen from one function.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cost_models.errors import PriceNotFoundError, did_you_mean
from cost_models.snapshots import ARCHITECTURES, Snapshot, newest_snapshot

MB_PER_GB = 1024
INCLUDED_EPHEMERAL_MB = 512


def billed_duration_ms(duration_ms: float, init_duration_ms: float = 0.0) -> int:
    """What one invocation is billed for [ms]: handler and init together, rounded up to 1 ms."""
    # Durations are reported to 0.01 ms, so a longer fraction is floating-point dust, not time.
    return math.ceil(round(duration_ms + init_duration_ms, 4))


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line of a bill; its amount is quantity x price."""

    name: str
    unit: str
    quantity: Decimal
    price: Decimal

    @property
    def amount(self) -> Decimal:
        """The line's total, in the currency of the prices."""
        return self.quantity * self.price


@dataclass(frozen=True, slots=True)
class PriceTier:
    """The price of a GB-second up to a monthly volume; the last tier has no end."""

    up_to_gb_seconds: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region and architecture, in dollars unless `currency` says otherwise.

    `as_of` is the publication date of the list; `price_date` the day these prices were checked;
    `ephemeral_mb` the storage of the function that is priced.
    """

    region: str
    region_name: str
    architecture: str
    currency: str
    price_date: str
    as_of: str
    compute_tiers: tuple[PriceTier, ...]
    request: Decimal
    ephemeral_gb_second: Decimal
    provisioned_concurrency_gb_second: Decimal | None
    provisioned_duration_gb_second: Decimal | None
    ephemeral_mb: int = INCLUDED_EPHEMERAL_MB

    def millisecond(self, memory_mb: int) -> Decimal:
        """The price of one billed millisecond at a memory size, first tier."""
        extra_mb = max(0, self.ephemeral_mb - INCLUDED_EPHEMERAL_MB)
        per_second = memory_mb * self.compute_tiers[0].price + extra_mb * self.ephemeral_gb_second
        return per_second / MB_PER_GB / 1000

    def age_days(self, today: date) -> int:
        """Days since these prices were checked; 0 where that day has not come yet in this time zone."""
        return max(0, (today - date.fromisoformat(self.price_date)).days)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a function used in a month, with `billed_ms` summed over the invocations, each rounded up."""

    memory_mb: int
    invocations: int
    billed_ms: int
    ephemeral_mb: int = INCLUDED_EPHEMERAL_MB
    provisioned_environments: int = 0
    provisioned_seconds: int = 0


def line_items(prices: Prices, usage: Usage) -> tuple[LineItem, ...]:
    """The bill for a month's usage. Raises `PriceNotFoundError` for a meter that has no price here."""
    gb_seconds = Decimal(usage.memory_mb) / MB_PER_GB * usage.billed_ms / 1000
    provisioned = usage.provisioned_environments > 0
    if provisioned:
        price = _known(prices.provisioned_duration_gb_second, "provisioned duration", prices)
        items = [LineItem("Provisioned compute", "GB-s", gb_seconds, price)]
    else:
        items = _compute_items(prices, gb_seconds)
    items.append(LineItem("Requests", "request", Decimal(usage.invocations), prices.request))
    extra_mb = usage.ephemeral_mb - INCLUDED_EPHEMERAL_MB
    if extra_mb > 0:
        quantity = Decimal(extra_mb) / MB_PER_GB * usage.billed_ms / 1000
        items.append(LineItem("Ephemeral storage", "GB-s", quantity, prices.ephemeral_gb_second))
    if provisioned:
        price = _known(prices.provisioned_concurrency_gb_second, "provisioned concurrency", prices)
        configured = (
            Decimal(usage.memory_mb) / MB_PER_GB * usage.provisioned_environments * usage.provisioned_seconds
        )
        items.append(LineItem("Provisioned concurrency", "GB-s", configured, price))
    return tuple(items)


def total(items: tuple[LineItem, ...]) -> Decimal:
    """The sum of a bill."""
    return sum((item.amount for item in items), Decimal(0))


def regions(architecture: str = "x86_64") -> tuple[str, ...]:
    """Every region of the newest snapshot that has prices for the architecture."""
    return tuple(name for name, entry in newest_snapshot().regions.items() if entry.get(architecture))


def find_prices(region: str, architecture: str) -> Prices:
    """The prices of a region. Raises `PriceNotFoundError`, with near names, where there are none."""
    if architecture not in ARCHITECTURES:
        raise PriceNotFoundError(
            f"unknown architecture '{architecture}'", did_you_mean(architecture, ARCHITECTURES)
        )
    found = prices_in(newest_snapshot(), region, architecture)
    if found is not None:
        return found
    if region in regions():
        raise PriceNotFoundError(f"no {architecture} price for region '{region}'")
    raise PriceNotFoundError(f"no price for region '{region}'", did_you_mean(region, regions()))


def prices_in(snapshot: Snapshot, region: str, architecture: str) -> Prices | None:
    """The prices of a region in one snapshot; `None` where it has none."""
    entry = snapshot.regions.get(region, {})
    meters = entry.get(architecture)
    if not meters:
        return None
    bounds = entry.get("duration_tiers", snapshot.document["duration_tiers"])[architecture]
    return Prices(
        region=region,
        region_name=entry["name"],
        architecture=architecture,
        currency=entry["currency"],
        price_date=entry.get("price_date", snapshot.price_date),
        as_of=entry["as_of"],
        compute_tiers=_tiers(bounds, meters["gb_second"]),
        request=Decimal(meters["request"]),
        ephemeral_gb_second=Decimal(meters["ephemeral_gb_second"]),
        provisioned_concurrency_gb_second=_optional(meters.get("provisioned_concurrency_gb_second")),
        provisioned_duration_gb_second=_optional(meters.get("provisioned_duration_gb_second")),
    )


def _compute_items(prices: Prices, gb_seconds: Decimal) -> list[LineItem]:
    """The compute lines, one a tier that the volume reaches."""
    items: list[LineItem] = []
    begin = Decimal(0)
    for number, tier in enumerate(prices.compute_tiers, start=1):
        end = gb_seconds if tier.up_to_gb_seconds is None else min(gb_seconds, tier.up_to_gb_seconds)
        if end > begin or number == 1:
            name = "Compute" if number == 1 else f"Compute, tier {number}"
            items.append(LineItem(name, "GB-s", end - begin, tier.price))
        begin = max(begin, end)
    if begin < gb_seconds:
        raise PriceNotFoundError(
            f"no price in {prices.region} above {begin:,} GB-s a month", "the snapshot lacks its higher tiers"
        )
    return items


def _tiers(bounds: list[Mapping[str, int | None]], tier_prices: list[str | None]) -> tuple[PriceTier, ...]:
    """Pair bounds with prices; a tier without a price ends the list, and the volumes that can be priced."""
    return tuple(
        PriceTier(None if bound["end"] is None else Decimal(bound["end"]), Decimal(price))
        for bound, price in zip(bounds, tier_prices, strict=True)
        if price is not None
    )


def _known(price: Decimal | None, meter: str, prices: Prices) -> Decimal:
    if price is None:
        raise PriceNotFoundError(f"no {meter} price for {prices.region} {prices.architecture}")
    return price


def _optional(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
