"""Logs below a prefix of S3: what is there, what reading it costs, consent, and the objects to read."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.units import format_count, format_usd

if TYPE_CHECKING:
    from tuner.logs.sources import Source
    from tuner.platforms.aws.api import Api
    from tuner.platforms.aws.buckets import Listing

SCHEME = "s3:"
ASK_ABOVE_BYTES = 10_000_000_000
PRICES_URL = "https://aws.amazon.com/s3/pricing/"
_USD_PER_LIST = 0.005 / 1000
_USD_PER_READ = 0.0004 / 1000
_USD_PER_GB = 0.09


def objects_of(urls: Sequence[str], flags: Mapping[str, Any]) -> tuple[Source, ...] | None:
    """The objects below these addresses, after it was said what reading them costs; None after a dry run.

    Raises:
        UsageError: nothing is there to read, or it is a lot and there is nobody to ask.
        RunInterruptedError: it is a lot, and the user does not agree.
    """
    from tuner.logs.sources import Source
    from tuner.platforms.aws.buckets import list_objects, open_object

    api = _api(flags)
    listings = [list_objects(api, url) for url in urls]
    for url, listing in zip(urls, listings, strict=True):
        _show_plan(url, listing)
    if flags["dry_run"]:
        return None
    if sum(listing.size for listing in listings) > ASK_ABOVE_BYTES:
        agree("Read that much?", yes=flags["yes"])
    return tuple(
        Source(f"{found.bucket}/{found.key}", found.size, partial(open_object, api, found))
        for listing in listings
        for found in listing.objects
    )


def _api(flags: Mapping[str, Any]) -> Api:
    from tuner.platforms.aws.api import Api
    from tuner.platforms.aws.connection import Connection
    from tuner.settings import load_settings

    given = {name: flags[name] for name in ("region", "profile", "role", "endpoint_url") if flags[name]}
    options = load_settings("aws:any", given, os.environ, Path.cwd()).options
    return Api(Connection(options.profile, flags["region"], options.role, options.endpoint_url))


def _show_plan(url: str, listing: Listing) -> None:
    size_gb = listing.size / 1e9
    requests = listing.lists * _USD_PER_LIST + listing.reads * _USD_PER_READ
    output.note(
        f"{url}: {format_count(len(listing.objects))} objects, {size_gb:.3g} GB; about "
        f"{format_usd(requests)} for requests, and {format_usd(size_gb * _USD_PER_GB)} for the transfer "
        f"unless this runs in the bucket's region (us-east-1, {PRICES_URL})"
    )
    if listing.put_away:
        count = format_count(listing.put_away)
        output.note(f"{count} objects are in Glacier and are left out: restore them first")
