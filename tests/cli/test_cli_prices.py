"""`tuner prices`: the table, its date, near names."""

import json


def test_the_table_shows_a_region_and_its_date(tuner):
    finished = tuner("prices", "--region", "eu-central-1", "--architecture", "arm64")
    assert 0 == finished.returncode
    assert "0.0000133334" in finished.stdout
    assert "2026-11-23" in finished.stdout.splitlines()[-1]
    assert "" == finished.stderr


def test_all_regions_are_shown_without_a_filter(tuner):
    rows = tuner("prices").stdout.split("\n\n")[0].splitlines()
    assert 2 + 2 * 38 == len(rows)


def test_json_holds_exact_prices(tuner):
    prices = json.loads(tuner("prices", "--region", "us-east-1", "--json").stdout)["prices"]
    assert "0.0000166667" == prices[0]["gb_second"][0]["price"]
    assert "6000000000" == prices[0]["gb_second"][0]["up_to_gb_seconds"]


def test_an_unknown_region_lists_near_names(tuner):
    finished = tuner("prices", "--region", "eu-cenral-1")
    assert 2 == finished.returncode
    assert "eu-central-1" in finished.stderr
    assert "" == finished.stdout
