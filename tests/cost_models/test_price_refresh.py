"""A newer snapshot: what changes, what stays, and that it can be read again."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from cost_models.price_refresh import NOT_LISTED, ListedRegion, PriceChange, refresh
from cost_models.pricing import PriceTier, prices_in
from cost_models.snapshots import ARCHITECTURES, BUNDLED_FOLDER, PLAUSIBLE, read_snapshot

BASE = read_snapshot(BUNDLED_FOLDER / "2026-11-23.json")
DAY = "2027-02-01"
REGION = "eu-central-1"


def listed(region=REGION, source=REGION, **changed):
    """A region as a list would have it that agrees with the snapshot."""
    tiers = {}
    for architecture in ARCHITECTURES:
        prices = prices_in(BASE, source, architecture)
        tiers |= {
            (architecture, meter): flat(getattr(prices, meter)) for meter in PLAUSIBLE if meter != "gb_second"
        }
        tiers[architecture, "gb_second"] = prices.compute_tiers
    found = ListedRegion(region=region, name="EU (Here)", currency="USD", as_of="2027-01-30", tiers=tiers)
    return replace(found, **changed)


def flat(price):
    return (PriceTier(None, Decimal(price)),)


def refreshed(found, folder, *, base=BASE, wanted=None):
    """The refresh, with its snapshot written and read again, as the next command does."""
    regions = [each.region for each in found] if wanted is None else wanted
    done = refresh(base, found, wanted=regions, day=DAY, folder=folder)
    done.snapshot.path.write_text(json.dumps(done.snapshot.document))
    return done, read_snapshot(done.snapshot.path)


def test_prices_that_agree_are_checked_but_not_changed(tmp_path):
    done, snapshot = refreshed([listed()], tmp_path)
    assert ((REGION,), (), {}) == (done.regions, done.changes, done.kept)
    for architecture in ARCHITECTURES:
        before, after = (prices_in(each, REGION, architecture) for each in (BASE, snapshot))
        assert replace(before, price_date=DAY, as_of="2027-01-30") == after


def test_other_regions_keep_their_prices_and_their_day(tmp_path):
    _, snapshot = refreshed([listed()], tmp_path)
    for region in BASE.regions:
        if region != REGION:
            assert prices_in(BASE, region, "x86_64") == prices_in(snapshot, region, "x86_64")


def test_a_second_refresh_keeps_the_day_of_the_first(tmp_path):
    _, first = refreshed([listed()], tmp_path)
    done = refresh(first, [listed("us-east-1", "us-east-1")], wanted=(), day="2027-03-01", folder=tmp_path)
    days = {region: entry["price_date"] for region, entry in done.snapshot.regions.items()}
    assert ("2027-03-01", DAY, "2026-11-23") == (days["us-east-1"], days[REGION], days["eu-west-1"])


def test_each_change_says_what_it_was(tmp_path):
    tiers = listed().tiers
    compute = (PriceTier(Decimal(5), Decimal("0.0000160000")), PriceTier(None, Decimal("0.0000150000")))
    changed = {("x86_64", "gb_second"): compute, ("arm64", "request"): flat("0.0000003000")}
    done, snapshot = refreshed([listed(tiers=tiers | changed)], tmp_path)
    expected = [
        ("x86_64", "gb_second", 0, "0.0000166667", "0.0000160000"),
        ("x86_64", "gb_second", 6_000_000_000, "0.0000150000", None),
        ("x86_64", "gb_second", 15_000_000_000, "0.0000133334", None),
        ("x86_64", "gb_second", 5, None, "0.0000150000"),
        ("arm64", "request", None, "0.0000002000", "0.0000003000"),
    ]
    assert [
        PriceChange(REGION, architecture, meter, *(None if x is None else Decimal(x) for x in numbers))
        for architecture, meter, *numbers in expected
    ] == list(done.changes)
    assert compute == prices_in(snapshot, REGION, "x86_64").compute_tiers


def test_a_price_with_more_zeros_is_the_same_price(tmp_path):
    done, _ = refreshed(
        [listed(tiers=listed().tiers | {("x86_64", "request"): flat("0.00000020")})], tmp_path
    )
    assert () == done.changes


@pytest.mark.parametrize("meter", list(PLAUSIBLE))
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_known_price_is_never_lost(tmp_path, architecture, meter):
    tiers = {key: price for key, price in listed().tiers.items() if key != (architecture, meter)}
    done, snapshot = refreshed([listed(tiers=tiers)], tmp_path)
    assert {REGION: f"the price list lacks {meter} of {architecture}"} == done.kept
    assert ((), ()) == (done.regions, done.changes)
    assert prices_in(BASE, REGION, architecture) == prices_in(snapshot, REGION, architecture)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"problems": ("x86_64: odd", "arm64: odd")}, "x86_64: odd; arm64: odd"),
        ({"currency": "EUR"}, "its prices are in EUR, not in USD"),
    ],
)
def test_a_region_with_a_problem_stays_as_it_was(tmp_path, changed, reason):
    done, snapshot = refreshed([listed(**changed)], tmp_path)
    assert {REGION: reason} == done.kept
    assert prices_in(BASE, REGION, "arm64") == prices_in(snapshot, REGION, "arm64")


def test_wanted_regions_that_are_not_listed_are_named(tmp_path):
    done, _ = refreshed([listed()], tmp_path, wanted=["cn-north-1", REGION])
    assert {"cn-north-1": NOT_LISTED} == done.kept


def test_a_new_region_is_added(tmp_path):
    done, snapshot = refreshed([listed("eu-new-1")], tmp_path)
    found = prices_in(snapshot, "eu-new-1", "arm64")
    assert ("EU (Here)", "USD", DAY) == (found.region_name, found.currency, found.price_date)
    assert {None} == {change.old for change in done.changes}
    assert len(listed().tiers) + 4 == len(done.changes)  # compute has three tiers for each architecture


def test_what_a_new_region_does_not_say_is_unknown(tmp_path):
    tiers = {
        ("x86_64", m): listed().tiers["x86_64", m] for m in ("gb_second", "request", "ephemeral_gb_second")
    }
    _, snapshot = refreshed([listed("eu-new-1", tiers=tiers)], tmp_path)
    found = prices_in(snapshot, "eu-new-1", "x86_64")
    assert found.provisioned_concurrency_gb_second is None
    assert found.provisioned_duration_gb_second is None
    assert prices_in(snapshot, "eu-new-1", "arm64") is None


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        ([("x86_64", "request")], "the price list lacks request of x86_64"),
        ([("arm64", "gb_second")], "the price list lacks gb_second of arm64"),
    ],
)
def test_a_new_region_needs_what_a_bill_needs(tmp_path, lacking, reason):
    tiers = {key: price for key, price in listed().tiers.items() if key not in lacking}
    done, snapshot = refreshed([listed("eu-new-1", tiers=tiers)], tmp_path)
    assert {"eu-new-1": reason} == done.kept
    assert "eu-new-1" not in snapshot.regions


def test_what_no_bill_has_is_carried_over(tmp_path):
    _, snapshot = refreshed([listed()], tmp_path)
    before, after = BASE.regions[REGION], snapshot.regions[REGION]
    assert before["snapstart"] == after["snapstart"]
    assert before["x86_64"] == after["x86_64"]
