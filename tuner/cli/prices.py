"""`tuner prices`: the price table and its date, and a newer one from AWS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import click

from cost_models.pricing import Prices, find_prices, regions
from cost_models.snapshots import ARCHITECTURES
from tuner.cli import output
from tuner.document import SCHEMA_VERSION
from tuner.errors import UsageError
from tuner.price_age import old_prices_warning
from tuner.units import format_exactly


@click.command("prices", short_help="Show the prices and their date, or fetch newer ones.")
@click.option("--region", metavar="REGION", help="One region; all of them otherwise.")
@click.option("--architecture", type=click.Choice(ARCHITECTURES), help="One architecture.")
@click.option("--refresh", is_flag=True, help="Fetch the prices of today from AWS, free of charge.")
@click.option("--profile", metavar="NAME", help="With --refresh: the AWS profile to use.")
@click.option("--endpoint-url", metavar="URL", help="With --refresh: another address of the Price List API.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(
    *,
    region: str | None,
    architecture: str | None,
    refresh: bool,
    profile: str | None,
    endpoint_url: str | None,
    as_json: bool,
) -> None:
    """Show the prices of AWS Lambda, by region and architecture, with their date.

    With --refresh, read AWS's price list, show which prices changed, and use the new ones from then on. They
    are kept in $XDG_DATA_HOME/tuner/prices, else in ~/.local/share/tuner/prices. This needs the permission
    pricing:GetProducts.
    """
    today = datetime.now(UTC).date()
    if refresh:
        if architecture:
            raise UsageError("--refresh reads both architectures", "leave --architecture out")
        from tuner.cli.price_refresh import refresh_prices

        refresh_prices(region, profile, endpoint_url, today, as_json=as_json)
    elif profile or endpoint_url:
        raise UsageError("--profile and --endpoint-url say how to reach AWS", "give --refresh with them")
    else:
        _show(region, architecture, today, as_json=as_json)


def _show(region: str | None, architecture: str | None, today: date, *, as_json: bool) -> None:
    asked = (architecture,) if architecture else ARCHITECTURES
    if region:
        found = [find_prices(region, name) for name in asked]
    else:
        found = [find_prices(r, name) for r in regions() for name in asked if r in regions(name)]
    old = old_prices_warning(min(found, key=lambda prices: prices.price_date), today)
    output.warnings([old] if old else [])
    if as_json:
        values = [_values(prices, today) for prices in found]
        output.document({"schema_version": SCHEMA_VERSION, "prices": values})
        return
    output.result(_table(found))
    checked = {prices.price_date: _ago(prices.age_days(today)) for prices in found}
    published = sorted({prices.as_of for prices in found})
    output.result(
        f"\nPrices checked on {', '.join(f'{day} ({ago})' for day, ago in sorted(checked.items()))}; "
        f"list published {', '.join(published)}; the free tier is not included."
    )


def _table(found: Sequence[Prices]) -> str:
    from tabulate import tabulate

    def row(prices: Prices) -> list[str]:
        return [
            prices.region,
            prices.architecture,
            prices.currency,
            " / ".join(f"{tier.price:f}" for tier in prices.compute_tiers),
            f"{prices.request * 1_000_000:.2f}",
            f"{prices.ephemeral_gb_second:f}",
            format_exactly(prices.provisioned_concurrency_gb_second) or "unknown",
        ]

    headers = [
        "region",
        "architecture",
        "currency",
        "GB-second, by monthly tier",
        "million requests",
        "storage GB-s",
        "provisioned GB-s",
    ]
    return tabulate([row(p) for p in found], headers=headers, disable_numparse=True)


def _values(prices: Prices, today: date) -> dict[str, object]:
    return {
        "region": prices.region,
        "architecture": prices.architecture,
        "currency": prices.currency,
        "price_date": prices.price_date,
        "age_days": prices.age_days(today),
        "as_of": prices.as_of,
        "gb_second": [
            {
                "up_to_gb_seconds": None if t.up_to_gb_seconds is None else str(t.up_to_gb_seconds),
                "price": f"{t.price:f}",
            }
            for t in prices.compute_tiers
        ],
        "request": f"{prices.request:f}",
        "ephemeral_gb_second": f"{prices.ephemeral_gb_second:f}",
        "provisioned_concurrency_gb_second": format_exactly(prices.provisioned_concurrency_gb_second),
        "provisioned_duration_gb_second": format_exactly(prices.provisioned_duration_gb_second),
    }


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")
