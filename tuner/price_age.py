"""Prices change a few times a year, so old ones are worth a word."""

from __future__ import annotations

from datetime import date

from cost_models.pricing import Prices
from tuner.records import RunWarning

OLD_AFTER_DAYS = 180


def old_prices_warning(prices: Prices, today: date) -> RunWarning | None:
    """What to say of prices that were checked longer ago than `OLD_AFTER_DAYS`; `None` of newer ones."""
    age_days = prices.age_days(today)
    if age_days <= OLD_AFTER_DAYS:
        return None
    return RunWarning(
        "W-OLD-PRICES",
        f"the prices of {prices.region} were checked {age_days:,} days ago, on {prices.price_date}",
        "tuner prices --refresh",
    )
