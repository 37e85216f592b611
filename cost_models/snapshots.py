"""Dated price snapshots: the bundled one, and those that a user fetched since. The newest is used.

A snapshot is a JSON file named after the day on which its prices were checked. One that cannot be trusted in
full is refused as a whole: half a price table makes wrong bills that look right.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from cost_models.errors import CostModelError

SCHEMA_VERSION = 1
ARCHITECTURES = ("x86_64", "arm64")
BUNDLED_FOLDER = Path(__file__).with_name("prices")

PLAUSIBLE: Mapping[str, tuple[Decimal, Decimal]] = {
    "gb_second": (Decimal("1e-6"), Decimal("1e-3")),
    "request": (Decimal("1e-8"), Decimal("1e-5")),
    "ephemeral_gb_second": (Decimal("1e-9"), Decimal("1e-6")),
    "provisioned_concurrency_gb_second": (Decimal("1e-7"), Decimal("1e-4")),
    "provisioned_duration_gb_second": (Decimal("1e-6"), Decimal("1e-3")),
}
"""The meters of a bill, each with the lowest and highest price that can be one, in dollars or yuan.

Every price so far lies well inside; one outside is a mistaken unit (a million requests, an hour), or zero.
"""
REQUIRED = ("gb_second", "request", "ephemeral_gb_second")
"""The meters without which no bill can be written."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The prices of every region as they were on a day; `document` is the checked file at `path`."""

    price_date: str
    path: Path
    document: Mapping[str, Any]

    @property
    def regions(self) -> Mapping[str, Any]:
        """What the file says of each region, those without prices among them."""
        found: Mapping[str, Any] = self.document["regions"]
        return found


def local_folder() -> Path | None:
    """Where fetched snapshots are kept, by the XDG rule; `None` for a user without a home folder."""
    data = Path(os.environ.get("XDG_DATA_HOME", ""))
    if not data.is_absolute():
        try:
            data = Path.home() / ".local" / "share"
        except RuntimeError:
            return None
    return data / "tuner" / "prices"


def newest_snapshot() -> Snapshot:
    """The snapshot of the latest day, read once. Raises `CostModelError` when it cannot be used."""
    return _newest(local_folder())


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in a file. Raises `CostModelError` with the path and what is wrong with it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        _check(document, path.stem)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CostModelError(
            f"cannot use the price snapshot '{path}': {reason}",
            "delete this file: the newest of the other snapshots is then used",
        ) from error
    return Snapshot(price_date=document["price_date"], path=path, document=document)


def read_price(meter: str, text: object) -> Decimal:
    """The price in a decimal string. Raises `ValueError` when it is no number, or no price of this meter."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,15})?", text):
        raise ValueError(f"the price of {meter} is not a decimal string: {_short(text)}")
    price = Decimal(text)
    low, high = PLAUSIBLE[meter]
    if not low <= price <= high:
        raise ValueError(f"{text} cannot be the price of {meter}: known prices are of {low:f} to {high:f}")
    return price


def check_tiers(bounds: Sequence[tuple[object, object]]) -> None:
    """Raise `ValueError` unless the (begin, end) pairs join up from 0 to no end (`None`)."""
    expected: object = 0
    for begin, end in bounds:
        if begin != expected or type(begin) is not int or (type(end) is int and end <= begin):
            break
        expected = end
    else:
        if bounds and expected is None:
            return
    raise ValueError("the tiers of gb_second do not join up from 0 to no end")


def is_date(text: object) -> bool:
    """Whether this is a day written as YYYY-MM-DD, whose text sorts by time."""
    try:
        return isinstance(text, str) and date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@lru_cache(maxsize=4)
def _newest(local: Path | None) -> Snapshot:
    # Of two of the same day the first wins: a local one was fetched after the bundled one was made.
    candidates = [*(_dated_files(local) if local else []), *_dated_files(BUNDLED_FOLDER)]
    return read_snapshot(max(candidates, key=lambda path: path.stem))


def _dated_files(folder: Path) -> list[Path]:
    """The files of a folder that are named as a snapshot; none when it cannot be listed."""
    try:
        return [path for path in folder.iterdir() if path.suffix == ".json" and is_date(path.stem)]
    except OSError:
        return []


def _check(document: Any, day: str) -> None:
    """Raise `ValueError` unless every price in the document can be used as it stands."""
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise ValueError(f"it is not a price snapshot of schema_version {SCHEMA_VERSION}")
    if document.get("price_date") != day:
        raise ValueError(f"its price_date is {_short(document.get('price_date'))}, its name says {day}")
    tiers = _table(document, "duration_tiers")
    for region, entry in _table(document, "regions").items():
        try:
            _check_region(entry, tiers)
        except ValueError as error:
            raise ValueError(f"{region}: {error}") from error


def _check_region(entry: Any, common_tiers: Mapping[str, Any]) -> None:
    if not isinstance(entry, dict) or not all(
        isinstance(entry.get(key), str) for key in ("name", "currency")
    ):
        raise ValueError("it needs a name and a currency")
    if not is_date(entry.get("price_date", "2000-01-01")):
        raise ValueError("price_date is not a day such as 2026-01-31")
    tiers = _table(entry, "duration_tiers") if "duration_tiers" in entry else common_tiers
    for architecture in ARCHITECTURES:
        if entry.get(architecture) is not None:
            if not isinstance(entry.get("as_of"), str):
                raise ValueError("as_of is missing")
            _check_meters(_table(entry, architecture), tiers.get(architecture))


def _check_meters(meters: Mapping[str, Any], bounds: Any) -> None:
    if not isinstance(bounds, list) or not all(isinstance(bound, dict) for bound in bounds):
        raise ValueError("duration_tiers must hold a list of bounds for each architecture")
    check_tiers([(bound.get("begin"), bound.get("end")) for bound in bounds])
    compute = meters.get("gb_second")
    if not isinstance(compute, list) or len(compute) != len(bounds):
        raise ValueError("gb_second must be a list of one price a tier")
    known = [price for price in compute if price is not None]
    if not known or compute[: len(known)] != known:
        raise ValueError("gb_second has no price for a tier below one that has")
    for price in known:
        read_price("gb_second", price)
    for meter in PLAUSIBLE:
        if meter != "gb_second" and (meter in REQUIRED or meters.get(meter) is not None):
            read_price(meter, meters.get(meter))


def _table(parent: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = parent.get(key)
    if not isinstance(found, dict):
        raise ValueError(f"{key} must be a table")
    return found


def _short(value: object) -> str:
    """A value of somebody else's file, in no more than a few words."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]} ..."
