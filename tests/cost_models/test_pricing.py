"""Hand-worked invoices, tier edges, rounding; source: aws.amazon.com/lambda/pricing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cost_models.errors import PriceNotFoundError
from cost_models.pricing import (
    Usage,
    billed_duration_ms,
    find_prices,
    line_items,
    prices_in,
    regions,
    total,
)
from cost_models.snapshots import newest_snapshot

US_EAST = find_prices("us-east-1", "x86_64")


def amounts(usage, prices=US_EAST):
    return {item.name: item.amount for item in line_items(prices, usage)}


def test_an_invoice_of_three_million_calls_is_compute_plus_requests():
    # 3 M x 0.120 s x 1.5 GB = 540,000 GB-s at $0.0000166667, and 3 M requests at $0.20 a million.
    bill = amounts(Usage(memory_mb=1536, invocations=3_000_000, billed_ms=3_000_000 * 120))
    assert {"Compute": Decimal("9.000018"), "Requests": Decimal("0.60")} == bill


def test_ephemeral_storage_is_billed_above_512_mb_only():
    # 1 M x 1 s x 1.5 GB of extra storage at $0.0000000309 = $0.04635
    usage = Usage(memory_mb=1024, invocations=1_000_000, billed_ms=10**9, ephemeral_mb=512 + 1536)
    assert Decimal("0.04635") == amounts(usage)["Ephemeral storage"]
    assert "Ephemeral storage" not in amounts(Usage(memory_mb=1024, invocations=1, billed_ms=1))


def test_provisioned_concurrency_is_billed_for_its_time_and_cheapens_duration():
    # 100 environments of 1 GB for 3600 s; 1 M calls of 100 ms.
    usage = Usage(
        memory_mb=1024,
        invocations=1_000_000,
        billed_ms=100_000_000,
        provisioned_environments=100,
        provisioned_seconds=3600,
    )
    bill = amounts(usage)
    assert Decimal("1.500012") == bill["Provisioned concurrency"]  # 360,000 GB-s x $0.0000041667
    assert Decimal("0.97222") == bill["Provisioned compute"]  # 100,000 GB-s x $0.0000097222
    assert "Compute" not in bill


@pytest.mark.parametrize(
    ("architecture", "gb_seconds", "expected"),
    [
        ("x86_64", 6_000_000_000, {"Compute"}),
        ("x86_64", 6_000_000_001, {"Compute", "Compute, tier 2"}),
        ("x86_64", 15_000_000_000, {"Compute", "Compute, tier 2"}),
        ("x86_64", 15_000_000_001, {"Compute", "Compute, tier 2", "Compute, tier 3"}),
        ("arm64", 7_500_000_000, {"Compute"}),
        ("arm64", 18_750_000_001, {"Compute", "Compute, tier 2", "Compute, tier 3"}),
    ],
)
def test_tiers_begin_where_the_price_list_says(architecture, gb_seconds, expected):
    usage = Usage(memory_mb=1024, invocations=0, billed_ms=gb_seconds * 1000)
    bill = amounts(usage, find_prices("us-east-1", architecture))
    assert expected | {"Requests"} == set(bill)


def test_twenty_billion_gb_seconds_are_billed_tier_by_tier():
    # 6 B x 0.0000166667 + 9 B x 0.0000150000 + 5 B x 0.0000133334
    usage = Usage(memory_mb=1024, invocations=0, billed_ms=20_000_000_000_000)
    assert Decimal("100000.2") + Decimal("135000") + Decimal("66667") == total(line_items(US_EAST, usage))


@pytest.mark.parametrize(
    ("duration", "init", "billed"),
    [(27.55, 0, 28), (3004.92, 111.23, 3117), (133.61, 80.00, 214), (2251.86, 861.71, 3114), (1.0, 0, 1)],
)
def test_billing_rounds_each_call_up_with_its_init(duration, init, billed):
    # Real REPORT lines: AWS Lambda guide, "Understanding the Lambda execution environment lifecycle".
    assert billed == billed_duration_ms(duration, init)


def test_a_short_call_is_mostly_the_request_charge():
    # 128 MB x 20 ms: 83 % of the bill is the request.
    bill = amounts(Usage(memory_mb=128, invocations=1_000_000, billed_ms=20_000_000))
    assert 0.82 < bill["Requests"] / sum(bill.values()) < 0.84


def test_an_unknown_region_names_near_ones():
    with pytest.raises(PriceNotFoundError, match="eu-cental-1") as caught:
        find_prices("eu-cental-1", "x86_64")
    assert "eu-central-1" in caught.value.hint


def test_a_region_without_prices_is_an_error_not_a_default():
    with pytest.raises(PriceNotFoundError):
        find_prices("eusc-de-east-1", "x86_64")


def test_a_meter_without_a_price_is_an_error():
    usage = Usage(
        memory_mb=128, invocations=1, billed_ms=1, provisioned_environments=1, provisioned_seconds=60
    )
    with pytest.raises(PriceNotFoundError, match="provisioned"):
        line_items(find_prices("cn-north-1", "x86_64"), usage)
    with pytest.raises(PriceNotFoundError, match="above"):
        beyond = Usage(memory_mb=1024, invocations=1, billed_ms=7_000_000_000_000)
        line_items(find_prices("cn-north-1", "x86_64"), beyond)


def test_every_region_has_a_price_for_both_architectures():
    assert len(regions()) == 38
    for region in regions():
        for architecture in ("x86_64", "arm64"):
            assert find_prices(region, architecture).compute_tiers[0].price > 0


def test_a_region_may_have_prices_of_its_own_day_and_tiers_and_lack_an_architecture():
    bundled = newest_snapshot()
    tiers = [{"begin": 0, "end": 1000}, {"begin": 1000, "end": None}]
    meters = bundled.regions["us-east-1"]["x86_64"] | {"gb_second": ["0.0000200000", "0.0000100000"]}
    entry = bundled.regions["us-east-1"] | {
        "price_date": "2026-01-31",
        "duration_tiers": {"x86_64": tiers},
        "x86_64": meters,
        "arm64": None,
    }
    snapshot = replace(bundled, document=bundled.document | {"regions": {"us-east-1": entry}})
    found = prices_in(snapshot, "us-east-1", "x86_64")
    assert "2026-01-31" == found.price_date
    assert (1000, None) == tuple(tier.up_to_gb_seconds for tier in found.compute_tiers)
    assert prices_in(snapshot, "us-east-1", "arm64") is None
    assert prices_in(snapshot, "eu-west-1", "x86_64") is None


def test_an_unknown_architecture_names_near_ones():
    with pytest.raises(PriceNotFoundError) as caught:
        find_prices("us-east-1", "arm")
    assert "arm64" in caught.value.hint


@pytest.mark.parametrize(("today", "days"), [((2026, 12, 3), 10), ((2027, 11, 23), 365), ((2026, 11, 22), 0)])
def test_prices_know_their_age(today, days):
    assert days == replace(US_EAST, price_date="2026-11-23").age_days(date(*today))


def test_requests_are_not_the_same_price_everywhere():
    assert Decimal("0.28") == find_prices("ap-east-1", "x86_64").request * 1_000_000
    assert Decimal("0.18") == find_prices("ap-southeast-5", "x86_64").request * 1_000_000


@given(st.integers(128, 10_240), st.integers(0, 10**9), st.integers(1, 10**6))
def test_a_bill_never_falls_when_more_is_billed(memory_mb, billed_ms, more):
    def bill(ms):
        return total(line_items(US_EAST, Usage(memory_mb=memory_mb, invocations=1, billed_ms=ms)))

    assert bill(billed_ms) < bill(billed_ms + more)


@given(st.integers(128, 10_240), st.integers(0, 10**6))
def test_the_price_of_a_millisecond_gives_the_same_bill(memory_mb, billed_ms):
    usage = Usage(memory_mb=memory_mb, invocations=1, billed_ms=billed_ms)
    expected = US_EAST.millisecond(memory_mb) * billed_ms + US_EAST.request
    assert abs(total(line_items(US_EAST, usage)) - expected) < Decimal("1e-18")
