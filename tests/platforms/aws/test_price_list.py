"""Entries of AWS's price list become the prices that the bundled snapshot has, or problems with a reason."""

import pytest
from price_list_api import ENVIRONMENT, FRANKFURT, PriceListApi, entries, entry, flat, rates

from cost_models.pricing import PriceTier, prices_in
from cost_models.snapshots import BUNDLED_FOLDER, read_snapshot
from tuner.errors import MeasurementError
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.price_list import GROUPS, fetch_price_list, read_price_list

BUNDLED = read_snapshot(BUNDLED_FOLDER / "2026-11-23.json")


@pytest.fixture
def credentials(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def fetch(api, region=None):
    return fetch_price_list(Api(Connection(endpoint_url=api.url)), region)


def only(listed):
    (found,) = listed.regions
    return found


def problems(texts):
    return only(read_price_list(texts)).problems


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_entries_give_the_numbers_of_the_bundled_snapshot(architecture):
    found, bundled = only(read_price_list(entries())), prices_in(BUNDLED, "eu-central-1", architecture)
    assert () == found.problems
    assert ("USD", "EU (Frankfurt)", "2026-10-01") == (found.currency, found.name, found.as_of)
    assert bundled.compute_tiers == found.tiers[architecture, "gb_second"]
    for meter in (
        "request",
        "ephemeral_gb_second",
        "provisioned_concurrency_gb_second",
        "provisioned_duration_gb_second",
    ):
        assert (PriceTier(None, getattr(bundled, meter)),) == found.tiers[architecture, meter]


def test_tiers_are_sorted_as_numbers():
    compute = only(read_price_list(entries())).tiers["x86_64", "gb_second"]
    assert [6_000_000_000, 15_000_000_000, None] == [tier.up_to_gb_seconds for tier in compute]


def test_the_free_tier_and_other_products_are_left_out():
    others = [
        entry("AWS-Lambda-Requests", rates(("0", "1000000", "0.0000000000")), region="", location="Any"),
        entry("AWS-Lambda-Edge-Requests", flat("0.0000006000"), region="eu-west-1", location="EU (Ireland)"),
    ]
    listed = read_price_list([*others, *entries()])
    assert ("eu-central-1",) == tuple(found.region for found in listed.regions)
    assert 0 == listed.unreadable
    assert () == only(listed).problems


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '"text"',
        "[" * 100_000,
        '{"product": {}}',
        entry(["AWS-Lambda-Requests"], flat("0.0000002000")),
        entry("AWS-Lambda-Requests", flat("0.0000002000"), region="../../etc"),
        entry("AWS-Lambda-Requests", flat("0.0000002000"), region=None),
        entry("AWS-Lambda-Requests", flat("0.0000002000"), location="\x1b[2J"),
    ],
)
def test_an_entry_of_no_region_is_counted_and_spoils_no_other(text):
    listed = read_price_list([text, *entries()])
    assert 1 == listed.unreadable
    assert () == only(listed).problems


@pytest.mark.parametrize(
    ("dimensions", "said"),
    [
        (flat("0.2000000000"), "0.2000000000 cannot be the price of request"),
        (flat("0.0000000000"), "cannot be the price"),
        (flat("NaN"), "not a decimal string"),
        (flat("-0.0000002000"), "not a decimal string"),
        (flat("2e-7"), "not a decimal string"),
        (flat("0." + "0" * 5000), "not a decimal string"),
        (flat(0.0000002), "not a decimal string"),
        (flat("0.0000002000", currency="points"), "not priced in one currency"),
        ([], "not priced in one currency"),
        (rates(("0", "100", "0.0000002000"), ("100", "Inf", "0.0000001000")), "has tiers"),
        (rates(("0", "100", "0.0000002000")), "do not join up"),
        (rates(("5", "Inf", "0.0000002000")), "do not join up"),
        (rates(("0", "much", "0.0000002000")), "no whole number"),
        (rates(("0", None, "0.0000002000")), "not of the documented shape"),
        ([{"beginRange": "0"}], "not of the documented shape"),
    ],
)
def test_a_price_that_cannot_be_one_is_a_problem_of_its_region(dimensions, said):
    (problem,) = problems(entries(AWS_Lambda_Requests_ARM=dimensions))
    assert problem.startswith("arm64: ")
    assert said in problem


@pytest.mark.parametrize(
    "rows",
    [
        [("0", "6000000000", "0.0000166667"), ("7000000000", "Inf", "0.0000150000")],
        [("0", "6000000000", "0.0000166667"), ("5000000000", "Inf", "0.0000150000")],
        [("0", "6000000000", "0.0000166667"), ("0", "Inf", "0.0000150000")],
        [("0", "Inf", "0.0000166667"), ("6000000000", "Inf", "0.0000150000")],
    ],
)
def test_tiers_with_a_gap_or_an_overlap_are_refused(rows):
    (problem,) = problems(entries(AWS_Lambda_Duration=rates(*rows)))
    assert "join up" in problem


def test_two_prices_of_a_meter_are_a_problem_and_the_same_one_twice_is_not():
    again = entry("AWS-Lambda-Requests", flat("0.0000002000"))
    other = entry("AWS-Lambda-Requests", flat("0.0000003000"))
    assert () == problems([*entries(), again])
    assert ("x86_64: there are two prices of request",) == problems([*entries(), other])


def test_two_currencies_are_a_problem():
    (problem,) = problems(entries(AWS_Lambda_Requests=flat("0.0000002000", currency="EUR")))
    assert "EUR and USD" in problem


def test_an_entry_without_a_publication_date_or_terms_is_a_problem():
    undated = entry("AWS-Lambda-Requests", flat("0.0000002000"), publicationDate="soon")
    unsold = entry("AWS-Lambda-Requests", flat("0.0000002000"), terms={"Reserved": {}})
    assert "publication date" in problems([undated])[0]
    assert "documented shape" in problems([unsold])[0]


def test_a_meter_that_is_not_listed_is_absent():
    found = only(read_price_list(entries(AWS_Lambda_Storage_Duration=None)))
    assert {("x86_64", "ephemeral_gb_second")} == set(GROUPS.values()) - set(found.tiers)
    assert () == found.problems


def test_every_page_of_every_group_is_read(credentials):
    ireland = entries("eu-west-1", "EU (Ireland)")
    with PriceListApi([*ireland, *entries(), *entries("us-east-1")], page_size=1) as api:
        listed = fetch(api)
    assert ["eu-central-1", "eu-west-1", "us-east-1"] == [found.region for found in listed.regions]
    assert [10, 10, 10] == [len(found.tiers) for found in listed.regions]
    assert 3 * len(FRANKFURT) == len(api.requests)
    assert {"AWSPriceListService.GetProducts"} == {request["target"] for request in api.requests}
    assert {"AWSLambda"} == {request["ServiceCode"] for request in api.requests}


def test_one_region_is_asked_for_by_its_code(credentials):
    with PriceListApi([*entries(), *entries("us-east-1")]) as api:
        listed = fetch(api, "us-east-1")
    assert "us-east-1" == only(listed).region
    asked = [{each["Field"]: each["Value"] for each in request["Filters"]} for request in api.requests]
    assert [{"group": group, "regionCode": "us-east-1"} for group in GROUPS] == asked


def test_regions_that_were_not_asked_for_are_left_out():
    listed = read_price_list([*entries(), *entries("us-east-1")], "us-east-1")
    assert "us-east-1" == only(listed).region


def test_a_refusal_says_which_permission_is_missing(credentials):
    refusal = (400, "AccessDeniedException", "User is not authorized to perform: pricing:GetProducts")
    with PriceListApi(refusal=refusal) as api, pytest.raises(MeasurementError) as caught:
        fetch(api)
    assert "pricing:GetProducts" in caught.value.hint


def test_prices_keep_every_digit():
    found = only(read_price_list(entries()))
    assert "0.0000150000" == f"{found.tiers['x86_64', 'gb_second'][1].price:f}"
