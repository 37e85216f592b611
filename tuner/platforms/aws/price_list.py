"""AWS's own prices: the entries of its Price List API, which is free of charge, as regions with their prices.

An entry is JSON text written by somebody else, so it is read strictly: what is not understood is a problem of
its region, never a price.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cost_models.price_refresh import ListedRegion
from cost_models.pricing import PriceTier
from cost_models.snapshots import check_tiers, is_date, read_price
from tuner.platforms.aws.api import Api

_METERS = {
    "AWS-Lambda-Duration": "gb_second",
    "AWS-Lambda-Requests": "request",
    "AWS-Lambda-Storage-Duration": "ephemeral_gb_second",
    "AWS-Lambda-Provisioned-Concurrency": "provisioned_concurrency_gb_second",
    "AWS-Lambda-Duration-Provisioned": "provisioned_duration_gb_second",
}
# Usage types carry a prefix for each region (EUC1-Request); groups are the same everywhere.
GROUPS = {
    f"{group}{suffix}": (architecture, meter)
    for architecture, suffix in (("x86_64", ""), ("arm64", "-ARM"))
    for group, meter in _METERS.items()
}
"""The groups of entries that a bill needs: architecture and meter."""

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]{2,12}){1,3}-[0-9]{1,2}")
_BOUND = re.compile(r"[0-9]{1,15}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MISSHAPEN = (LookupError, TypeError, AttributeError)
"""What reaching into JSON raises when it is not of the documented shape."""


@dataclass(frozen=True, slots=True)
class PriceList:
    """What the list says of each region, and how many entries could not be read at all."""

    regions: tuple[ListedRegion, ...]
    unreadable: int


@dataclass(frozen=True, slots=True)
class _Listing:
    """One entry: the price of a meter in a region, or the problem with it."""

    region: str
    architecture: str
    meter: str
    name: str = ""
    as_of: str = ""
    currency: str = ""
    tiers: tuple[PriceTier, ...] = ()
    problem: str | None = None


def fetch_price_list(api: Api, region: str | None = None) -> PriceList:
    """The prices of a region, or of all that are listed. Raises `AwsError`."""
    entries: list[str] = []
    for group in GROUPS:
        wanted = {"group": group} | ({"regionCode": region} if region else {})
        filters = [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in wanted.items()]
        entries += api.pages(
            "GetProducts", "PriceList", ServiceCode="AWSLambda", FormatVersion="aws_v1", Filters=filters
        )
    return read_price_list(entries, region)


def read_price_list(entries: Iterable[str], region: str | None = None) -> PriceList:
    """The regions, or only the one asked for, in the entries of a price list, which come in any order."""
    by_region: dict[str, list[_Listing]] = defaultdict(list)
    unreadable = 0
    for text in entries:
        try:
            listing = _read(json.loads(text))
        except (*_MISSHAPEN, ValueError, RecursionError):
            unreadable += 1
            continue
        if listing is not None and region in (None, listing.region):
            by_region[listing.region].append(listing)
    regions = tuple(_gathered(name, listings) for name, listings in sorted(by_region.items()))
    return PriceList(regions, unreadable)


def _read(entry: Any) -> _Listing | None:
    """One entry; `None` for what no bill needs. Raises when it does not even say what it is the price of."""
    attributes = entry["product"]["attributes"]
    group, location = attributes["group"], attributes["location"]
    if group not in GROUPS or location == "Any":
        return None  # "Any" is where the free tier is, at a price of 0
    architecture, meter = GROUPS[group]
    region = attributes["regionCode"]
    if not (_REGION.fullmatch(region) and isinstance(location, str) and location.isprintable()):
        raise ValueError("an entry of no region")
    try:
        currency, tiers = _tiers(entry["terms"]["OnDemand"], meter)
        as_of = entry["publicationDate"][:10]
        if not is_date(as_of):
            raise ValueError(f"the list of {meter} has no publication date")
    except ValueError as error:
        return _Listing(region, architecture, meter, problem=f"{architecture}: {error}")
    except _MISSHAPEN:
        problem = f"{architecture}: the entry of {meter} is not of the documented shape"
        return _Listing(region, architecture, meter, problem=problem)
    return _Listing(region, architecture, meter, location[:100], as_of, currency, tiers)


def _tiers(terms: Mapping[str, Any], meter: str) -> tuple[str, tuple[PriceTier, ...]]:
    """The currency and the tiers of an entry's on-demand terms, in order. Raises `ValueError`."""
    dimensions = [rate for term in terms.values() for rate in term["priceDimensions"].values()]
    currencies = {currency for rate in dimensions for currency in rate["pricePerUnit"]}
    if len(currencies) != 1 or not all(map(_CURRENCY.fullmatch, currencies)):
        raise ValueError(f"{meter} is not priced in one currency")
    (currency,) = currencies
    # Bounds are text and come unordered: "15000000000" would sort before "6000000000".
    found = sorted(
        (_bound(rate["beginRange"]), rate["endRange"], read_price(meter, rate["pricePerUnit"][currency]))
        for rate in dimensions
    )
    ends = [None if end == "Inf" else _bound(end) for _, end, _ in found]
    check_tiers([(begin, end) for (begin, *_), end in zip(found, ends, strict=True)])
    if len(found) > 1 and meter != "gb_second":
        raise ValueError(f"{meter} has tiers, which it never had")
    tiers = (
        PriceTier(None if end is None else Decimal(end), price)
        for (*_, price), end in zip(found, ends, strict=True)
    )
    return currency, tuple(tiers)


def _bound(text: str) -> int:
    if not _BOUND.fullmatch(text):
        raise ValueError("a tier begins or ends at no whole number")
    return int(text)


def _gathered(region: str, listings: list[_Listing]) -> ListedRegion:
    """The entries of one region as one, with what contradicts itself among its problems."""
    problems = [listing.problem for listing in listings if listing.problem]
    priced = [listing for listing in listings if not listing.problem]
    tiers: dict[tuple[str, str], tuple[PriceTier, ...]] = {}
    for listing in priced:
        known = tiers.setdefault((listing.architecture, listing.meter), listing.tiers)
        if known != listing.tiers:
            problems.append(f"{listing.architecture}: there are two prices of {listing.meter}")
    currencies = sorted({listing.currency for listing in priced})
    if len(currencies) > 1:
        problems.append(f"prices are in {' and '.join(currencies)}")
    return ListedRegion(
        region=region,
        name=priced[0].name if priced else region,
        currency=currencies[0] if currencies else "",
        as_of=min((listing.as_of for listing in priced), default=""),
        tiers=tiers,
        problems=tuple(dict.fromkeys(problems)),
    )
