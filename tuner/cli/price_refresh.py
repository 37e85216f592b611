"""`tuner prices --refresh`: fetch AWS's price list, keep it, and say what changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from tabulate import tabulate

from cost_models.errors import did_you_mean
from cost_models.price_refresh import PriceChange, Refresh, refresh
from cost_models.pricing import regions
from cost_models.snapshots import Snapshot, local_folder, newest_snapshot
from tuner.cli import output
from tuner.document import SCHEMA_VERSION
from tuner.errors import MeasurementError, UsageError
from tuner.files import ensure_writable_folder, write_atomically
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.price_list import PriceList, fetch_price_list
from tuner.records import RunWarning
from tuner.units import format_exactly

_METERS = {
    "gb_second": "GB-second",
    "request": "request",
    "ephemeral_gb_second": "storage GB-s",
    "provisioned_concurrency_gb_second": "provisioned GB-s",
    "provisioned_duration_gb_second": "provisioned duration GB-s",
}


def refresh_prices(
    region: str | None, profile: str | None, endpoint_url: str | None, today: date, *, as_json: bool
) -> None:
    """Write today's snapshot and show the changes. Raises `MeasurementError`, having written nothing."""
    base = newest_snapshot()
    folder = _folder(base, today)
    listed = _fetch(region, profile, endpoint_url, base)
    wanted = [region] if region else regions()
    done = refresh(base, listed.regions, wanted=wanted, day=today.isoformat(), folder=folder)
    if not done.regions:
        misspelt = region and region not in {*regions(), *(found.region for found in listed.regions)}
        hint = did_you_mean(region, regions()) if region and misspelt else _still_used(base)
        raise MeasurementError(f"no prices were refreshed; {'; '.join(_reasons(done))}", hint)
    write_atomically(done.snapshot.path, json.dumps(done.snapshot.document, indent=1) + "\n")
    output.warnings(_shortcomings(done, listed))
    count = f"{len(done.regions)} region{'s' if len(done.regions) > 1 else ''}"
    output.note(f"refreshed {count}; saved: {done.snapshot.path}")
    if as_json:
        output.document({"schema_version": SCHEMA_VERSION, "refreshed": _refreshed(done)})
    else:
        output.result(_changes(done.changes) if done.changes else "no price changed")


def _folder(base: Snapshot, today: date) -> Path:
    """Where the new snapshot goes. Raises `UsageError` where it could not be kept, or would not be used."""
    folder = local_folder()
    if folder is None:
        raise UsageError("there is no home folder to keep prices in", "set XDG_DATA_HOME")
    if base.price_date > today.isoformat():
        raise UsageError(
            f"the newest prices are of {base.price_date}, a day that has not come yet: '{base.path}'",
            "set the clock of this machine, or delete that file",
        )
    try:
        ensure_writable_folder(folder)
    except UsageError as error:
        raise UsageError(error.message, "set XDG_DATA_HOME to a folder that can be written") from error
    return folder


def _fetch(region: str | None, profile: str | None, endpoint_url: str | None, base: Snapshot) -> PriceList:
    try:
        return fetch_price_list(Api(Connection(profile=profile, endpoint_url=endpoint_url)), region)
    except MeasurementError as error:
        hints = [error.hint, _still_used(base)]
        raise MeasurementError(error.message, "; ".join(hint for hint in hints if hint)) from error


def _still_used(base: Snapshot) -> str:
    return f"the prices of {base.price_date} stay in use"


def _reasons(done: Refresh) -> list[str]:
    """Each reason for which regions stay as they were, with their names."""
    regions_by_reason = defaultdict(list)
    for region, reason in done.kept.items():
        regions_by_reason[reason].append(region)
    return [f"{', '.join(names)}: {reason}" for reason, names in regions_by_reason.items()]


def _shortcomings(done: Refresh, listed: PriceList) -> Iterator[RunWarning]:
    for reason in _reasons(done):
        yield RunWarning("W-PRICES-KEPT", reason, "what was known of them stays in use")
    if listed.unreadable:
        yield RunWarning(
            "W-PRICES-UNREADABLE", f"entries of the list that could not be read: {listed.unreadable}"
        )


def _refreshed(done: Refresh) -> dict[str, object]:
    return {
        "price_date": done.snapshot.price_date,
        "file": str(done.snapshot.path),
        "regions": list(done.regions),
        "changes": [
            {
                "region": change.region,
                "architecture": change.architecture,
                "meter": change.meter,
                "above_gb_seconds": format_exactly(change.above_gb_seconds),
                "old": format_exactly(change.old),
                "new": format_exactly(change.new),
            }
            for change in done.changes
        ],
        "kept": dict(done.kept),
    }


def _changes(changes: Sequence[PriceChange]) -> str:
    def meter(change: PriceChange) -> str:
        above = f" above {change.above_gb_seconds:,}" if change.above_gb_seconds else ""
        return _METERS[change.meter] + above

    rows = [
        [c.region, c.architecture, meter(c), format_exactly(c.old) or "none", format_exactly(c.new) or "none"]
        for c in changes
    ]
    headers = ["region", "architecture", "price of a", "old", "new"]
    return tabulate(rows, headers=headers, disable_numparse=True)
