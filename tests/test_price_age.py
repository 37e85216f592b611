"""When prices are old enough to be worth a word."""

from dataclasses import replace
from datetime import date

import pytest

from cost_models.pricing import find_prices
from tuner.price_age import old_prices_warning

PRICES = replace(find_prices("eu-central-1", "x86_64"), price_date="2026-01-01")


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 6, 30), date(2025, 12, 31)])
def test_prices_of_the_last_180_days_are_not_old(today):
    assert old_prices_warning(PRICES, today) is None


def test_older_prices_are_named_with_their_age_and_what_to_do():
    warning = old_prices_warning(PRICES, date(2026, 7, 1))
    assert "W-OLD-PRICES" == warning.code
    assert "the prices of eu-central-1 were checked 181 days ago, on 2026-01-01" == warning.message
    assert "tuner prices --refresh" == warning.hint
