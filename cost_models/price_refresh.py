"""A newer snapshot from an older one and a price list: a region changes as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from cost_models.pricing import Prices, PriceTier, prices_in
from cost_models.snapshots import ARCHITECTURES, PLAUSIBLE, REQUIRED, Snapshot

NOT_LISTED = "not in the price list"


@dataclass(frozen=True, slots=True)
class ListedRegion:
    """What a price list says of one region; a price that it does not say is absent.

    `tiers` is by architecture and meter, and a price without tiers is one tier without an end. `as_of` is the
    day the list was published; `problems` says what of it could not be used.
    """

    region: str
    name: str
    currency: str
    as_of: str
    tiers: Mapping[tuple[str, str], tuple[PriceTier, ...]]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that is not what it was; `None` where there was none, or is none any more.

    `above_gb_seconds` is where its tier begins, for the meter that has tiers.
    """

    region: str
    architecture: str
    meter: str
    above_gb_seconds: Decimal | None
    old: Decimal | None
    new: Decimal | None


@dataclass(frozen=True, slots=True)
class Refresh:
    """A newer snapshot, not yet written; `kept` says of each region that stays as it was why it does."""

    snapshot: Snapshot
    regions: tuple[str, ...]
    changes: tuple[PriceChange, ...]
    kept: Mapping[str, str]


def refresh(
    base: Snapshot, listed: Sequence[ListedRegion], *, wanted: Iterable[str], day: str, folder: Path
) -> Refresh:
    """The snapshot of a day from the one before it and what a price list says.

    What no bill has yet (SnapStart, streaming, pollers) is carried over as it was.

    Args:
        base: the snapshot to start from; a region that is not refreshed keeps its prices and their day.
        listed: what the price list says.
        wanted: the regions that ought to be in it.
        day: the day of the new snapshot, YYYY-MM-DD.
        folder: where it will be kept.
    """
    entries = {region: {"price_date": base.price_date, **entry} for region, entry in base.regions.items()}
    kept = dict.fromkeys(set(wanted) - {found.region for found in listed}, NOT_LISTED)
    replaced = []
    for found in listed:
        known = base.regions.get(found.region, {})
        if shortcoming := _shortcoming(found, known):
            kept[found.region] = shortcoming
        else:
            entries[found.region] = _entry(found, known, day)
            replaced.append(found.region)
    document = {
        **{key: value for key, value in base.document.items() if key != "not_verified"},
        "price_date": day,
        "how_current": "each region as of its own price_date",
        "regions": entries,
    }
    snapshot = Snapshot(price_date=day, path=folder / f"{day}.json", document=document)
    return Refresh(
        snapshot=snapshot,
        regions=tuple(sorted(replaced)),
        changes=tuple(change for region in sorted(replaced) for change in _changes(base, snapshot, region)),
        kept=dict(sorted(kept.items())),
    )


def _shortcoming(found: ListedRegion, known: Mapping[str, Any]) -> str | None:
    """Why a region cannot be replaced by what was found of it; `None` when it can."""
    if found.problems:
        return "; ".join(found.problems)
    if any(known.get(architecture) for architecture in ARCHITECTURES) and known["currency"] != found.currency:
        return f"its prices are in {found.currency}, not in {known['currency']}"
    missing = []
    for architecture in ARCHITECTURES:
        got = {meter for listed, meter in found.tiers if listed == architecture}
        had = {meter for meter, price in (known.get(architecture) or {}).items() if price is not None}
        # A region may be without arm64, but not with a part of it.
        needed = had & PLAUSIBLE.keys() | ({*REQUIRED} if got or architecture == "x86_64" else set())
        missing += [f"{meter} of {architecture}" for meter in PLAUSIBLE if meter in needed - got]
    return f"the price list lacks {', '.join(missing)}" if missing else None


def _entry(found: ListedRegion, known: Mapping[str, Any], day: str) -> dict[str, Any]:
    """What the new snapshot says of a region, with every price as a decimal string."""
    entry: dict[str, Any] = {
        "name": found.name,
        **known,
        "currency": found.currency,
        "price_date": day,
        "as_of": found.as_of,
        "sources": ["AWS Price List API"],
        "duration_tiers": {},
        **dict.fromkeys(ARCHITECTURES),
    }
    for architecture in {architecture for architecture, _ in found.tiers}:
        compute = found.tiers[architecture, "gb_second"]
        ends = [None if tier.up_to_gb_seconds is None else int(tier.up_to_gb_seconds) for tier in compute]
        bounds = zip([0, *ends], ends, strict=False)
        entry["duration_tiers"][architecture] = [{"begin": begin, "end": end} for begin, end in bounds]
        entry[architecture] = {**(known.get(architecture) or {}), "gb_second": [_text(t) for t in compute]}
        for meter in PLAUSIBLE:
            if meter != "gb_second":
                listed = found.tiers.get((architecture, meter))
                entry[architecture][meter] = _text(listed[0]) if listed else None
    return entry


def _text(tier: PriceTier) -> str:
    return f"{tier.price:f}"


def _changes(old: Snapshot, new: Snapshot, region: str) -> list[PriceChange]:
    changes = []
    for architecture in ARCHITECTURES:
        before = _figures(prices_in(old, region, architecture))
        after = _figures(prices_in(new, region, architecture))
        for meter, above in before | after:
            prices = before.get((meter, above)), after.get((meter, above))
            if prices[0] != prices[1]:
                changes.append(PriceChange(region, architecture, meter, above, *prices))
    return changes


def _figures(prices: Prices | None) -> dict[tuple[str, Decimal | None], Decimal | None]:
    """Every price by its meter and where its tier begins."""
    if prices is None:
        return {}
    figures: dict[tuple[str, Decimal | None], Decimal | None] = {}
    begin: Decimal | None = Decimal(0)
    for tier in prices.compute_tiers:
        figures["gb_second", begin] = tier.price
        begin = tier.up_to_gb_seconds
    for meter in PLAUSIBLE:
        if meter != "gb_second":
            figures[meter, None] = getattr(prices, meter)
    return figures
