"""`tuner prices`: the table, its date, near names; and a refresh against AWS's protocol on loopback."""

import json
from datetime import UTC, datetime

import pytest
from price_list_api import ENVIRONMENT, PriceListApi, entries, flat

from cost_models.snapshots import BUNDLED_FOLDER, read_snapshot

BUNDLED = read_snapshot(max(BUNDLED_FOLDER.glob("*.json")))
TODAY = datetime.now(UTC).date().isoformat()


@pytest.fixture
def prices(tuner, tmp_path):
    """Run `tuner prices` with credentials for nobody, and snapshots in a folder of the test."""

    def run(*arguments, **environment):
        return tuner("prices", *arguments, **(ENVIRONMENT | {"XDG_DATA_HOME": str(tmp_path)} | environment))

    return run


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "tuner" / "prices"
    found.mkdir(parents=True)
    return found


@pytest.fixture
def checked_today(folder):
    """A snapshot of today, so that what is tested does not depend on the age of the bundled one."""
    document = BUNDLED.document | {"price_date": TODAY}
    path = folder / f"{TODAY}.json"
    path.write_text(json.dumps(document))
    return path


def test_the_table_shows_a_region_and_its_date(prices, checked_today):
    finished = prices("--region", "eu-central-1", "--architecture", "arm64")
    assert 0 == finished.returncode
    assert "0.0000133334" in finished.stdout
    assert f"Prices checked on {TODAY} (today)" in finished.stdout.splitlines()[-1]
    assert "" == finished.stderr


def test_all_regions_are_shown_without_a_filter(prices):
    rows = prices().stdout.split("\n\n")[0].splitlines()
    assert 2 + 2 * 38 == len(rows)


def test_json_holds_exact_prices(prices, checked_today):
    found = json.loads(prices("--region", "us-east-1", "--json").stdout)["prices"]
    assert "0.0000166667" == found[0]["gb_second"][0]["price"]
    assert "6000000000" == found[0]["gb_second"][0]["up_to_gb_seconds"]
    assert (TODAY, 0) == (found[0]["price_date"], found[0]["age_days"])


def test_an_unknown_region_lists_near_names(prices):
    finished = prices("--region", "eu-cenral-1")
    assert 2 == finished.returncode
    assert "eu-central-1" in finished.stderr
    assert "" == finished.stdout


def test_old_prices_are_shown_with_a_warning(prices, checked_today):
    document = json.loads(checked_today.read_text())
    document["regions"]["us-east-1"]["price_date"] = "2020-01-01"
    checked_today.write_text(json.dumps(document))
    finished = prices("--region", "us-east-1")
    assert 0 == finished.returncode
    assert "2020-01-01 (2," in finished.stdout
    assert "[W-OLD-PRICES]" in finished.stderr
    assert "tuner prices --refresh" in finished.stderr
    assert "" == prices("--region", "eu-west-1").stderr


def test_a_broken_snapshot_is_named_and_no_bug(prices, folder):
    (folder / "2099-12-31.json").write_text("{")
    finished = prices("--region", "us-east-1")
    assert 2 == finished.returncode
    assert str(folder / "2099-12-31.json") in finished.stderr
    assert "delete this file" in finished.stderr
    assert 0 == prices("--help").returncode


def test_a_refresh_shows_what_changed_and_is_used_from_then_on(prices, folder):
    dearer = entries(AWS_Lambda_Requests=flat("0.0000003000"))
    with PriceListApi([*dearer, *entries("eu-west-9", "EU (New)")], page_size=1) as api:
        finished = prices("--refresh", "--endpoint-url", api.url)
    assert 0 == finished.returncode, finished.stderr
    changed, *added = finished.stdout.splitlines()[2:]
    assert ["eu-central-1", "x86_64", "request", "0.0000002000", "0.0000003000"] == changed.split()
    assert {("eu-west-9", "none")} == {(row.split()[0], row.split()[-2]) for row in added}
    shown = prices("--region", "eu-central-1", "--architecture", "x86_64").stdout
    assert "  0.30  " in shown
    assert f"{TODAY} (today); list published 2026-10-01" in shown
    assert "EU (New)" in (folder / f"{TODAY}.json").read_text()


def test_regions_that_are_not_refreshed_are_named_and_keep_their_prices(prices):
    incomplete = entries("eu-west-1", "EU (Ireland)", AWS_Lambda_Storage_Duration_ARM=None)
    with PriceListApi([*entries(), *incomplete, "{"]) as api:
        finished = prices("--refresh", "--endpoint-url", api.url)
    assert 0 == finished.returncode
    assert "no price changed\n" == finished.stdout
    assert "eu-west-1: the price list lacks ephemeral_gb_second of arm64" in finished.stderr
    assert "cn-north-1, cn-northwest-1" in finished.stderr
    assert "[W-PRICES-UNREADABLE]" in finished.stderr
    assert "refreshed 1 region; saved" in finished.stderr
    assert BUNDLED.price_date in prices("--region", "eu-west-1").stdout


def test_one_region_is_refreshed_alone(prices):
    with PriceListApi([*entries(), *entries("us-east-1", "US East (N. Virginia)")]) as api:
        finished = prices("--refresh", "--region", "eu-central-1", "--endpoint-url", api.url, "--json")
    refreshed = json.loads(finished.stdout)["refreshed"]
    assert ["eu-central-1"] == refreshed["regions"]
    assert ([], {}) == (refreshed["changes"], refreshed["kept"])
    assert (TODAY, f"{TODAY}.json") == (refreshed["price_date"], refreshed["file"].rpartition("/")[2])
    assert "W-" not in finished.stderr


def test_json_lists_the_changes_of_a_refresh(prices):
    with PriceListApi(entries(AWS_Lambda_Requests_ARM=flat("0.0000001000"))) as api:
        finished = prices("--refresh", "--region", "eu-central-1", "--endpoint-url", api.url, "--json")
    expected = {
        "region": "eu-central-1",
        "architecture": "arm64",
        "meter": "request",
        "above_gb_seconds": None,
        "old": "0.0000002000",
        "new": "0.0000001000",
    }
    assert [expected] == json.loads(finished.stdout)["refreshed"]["changes"]


def test_a_refused_refresh_leaves_everything_as_it_was(prices, checked_today):
    before = checked_today.read_bytes()
    message = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: pricing:GetProducts"
    with PriceListApi(refusal=(400, "AccessDeniedException", message)) as api:
        finished = prices("--refresh", "--endpoint-url", api.url, "--json")
    assert 3 == finished.returncode
    error = json.loads(finished.stdout)["error"]
    assert message in error["message"]
    assert "pricing:GetProducts" in error["hint"]
    assert f"the prices of {TODAY} stay in use" in error["hint"]
    assert before == checked_today.read_bytes()
    assert [checked_today] == list(checked_today.parent.iterdir())


def test_without_credentials_nothing_is_refreshed(prices, folder):
    finished = prices("--refresh", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert 3 == finished.returncode
    assert "--profile" in finished.stderr
    assert "stay in use" in finished.stderr
    assert [] == list(folder.iterdir())


def test_an_unknown_profile_is_named(prices):
    finished = prices("--refresh", "--profile", "nobody")
    assert 2 == finished.returncode
    assert "nobody" in finished.stderr


def test_a_list_without_a_usable_region_is_no_refresh(prices, folder):
    odd = entries(AWS_Lambda_Duration=flat("0.0166667000"))
    with PriceListApi(odd) as api:
        finished = prices("--refresh", "--region", "eu-central-1", "--endpoint-url", api.url)
    assert 3 == finished.returncode
    assert "0.0166667000 cannot be the price of gb_second" in finished.stderr
    assert [] == list(folder.iterdir())


def test_a_misspelt_region_is_not_listed_and_near_names_are(prices):
    with PriceListApi(entries()) as api:
        finished = prices("--refresh", "--region", "eu-cenral-1", "--endpoint-url", api.url)
    assert 3 == finished.returncode
    assert "not in the price list" in finished.stderr
    assert "eu-central-1" in finished.stderr


@pytest.mark.parametrize(
    "arguments",
    [["--profile", "p"], ["--endpoint-url", "http://127.0.0.1:9"], ["--refresh", "--architecture", "arm64"]],
)
def test_options_that_do_not_go_together_are_refused(prices, arguments):
    finished = prices(*arguments)
    assert 2 == finished.returncode
    assert "--refresh" in finished.stderr


def test_a_folder_that_cannot_be_written_is_named_before_aws_is_asked(prices, tmp_path):
    (tmp_path / "tuner").write_text("")
    with PriceListApi(entries()) as api:
        finished = prices("--refresh", "--endpoint-url", api.url)
    assert 2 == finished.returncode
    assert "XDG_DATA_HOME" in finished.stderr
    assert [] == api.requests


def test_a_snapshot_of_tomorrow_is_not_refreshed_behind_its_back(prices, checked_today):
    document = json.loads(checked_today.read_text()) | {"price_date": "2099-12-31"}
    checked_today.with_name("2099-12-31.json").write_text(json.dumps(document))
    finished = prices("--refresh")
    assert 2 == finished.returncode
    assert "2099-12-31.json" in finished.stderr
