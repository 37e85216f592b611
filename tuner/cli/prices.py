"""`tuner prices`: the price table, and its date."""

from __future__ import annotations

from decimal import Decimal

import click

from cost_models.pricing import ARCHITECTURES, Prices, find_prices, regions
from tuner.cli import output


@click.command("prices", short_help="Show the bundled prices, and their date.")
@click.option("--region", metavar="REGION", help="One region; all of them otherwise.")
@click.option("--architecture", type=click.Choice(["x86_64", "arm64"]), help="One architecture.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as one JSON document.")
def command(region: str | None, architecture: str | None, as_json: bool) -> None:
    """Show the bundled prices of AWS Lambda, by region and architecture, with their date."""
    found = [
        find_prices(name, arch)
        for name in ([region] if region else regions())
        for arch in ([architecture] if architecture else ARCHITECTURES)
    ]
    if as_json:
        output.document({"schema_version": 1, "prices": [_values(prices) for prices in found]})
        return
    from tabulate import tabulate

    def row(prices: Prices) -> list[str]:
        tiers = " / ".join(f"{tier.price:f}" for tier in prices.compute_tiers)
        provisioned = prices.provisioned_concurrency_gb_second
        return [
            prices.region,
            prices.architecture,
            prices.currency,
            tiers,
            f"{prices.request * 1_000_000:.2f}",
            f"{prices.ephemeral_gb_second:f}",
            "unknown" if provisioned is None else f"{provisioned:f}",
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
    output.result(tabulate([row(p) for p in found], headers=headers, disable_numparse=True))
    published = sorted({prices.as_of for prices in found})
    output.result(
        f"\nPrices checked on {found[0].price_date}; list published {', '.join(published)}; "
        "the free tier is not included."
    )


def _values(prices: Prices) -> dict[str, object]:
    return {
        "region": prices.region,
        "architecture": prices.architecture,
        "currency": prices.currency,
        "price_date": prices.price_date,
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
        "provisioned_concurrency_gb_second": _text(prices.provisioned_concurrency_gb_second),
        "provisioned_duration_gb_second": _text(prices.provisioned_duration_gb_second),
    }


def _text(price: Decimal | None) -> str | None:
    return None if price is None else f"{price:f}"
