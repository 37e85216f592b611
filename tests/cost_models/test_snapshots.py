"""Which snapshot is used, and what one must be to be used."""

import copy
import json
from decimal import Decimal

import pytest

from cost_models.errors import CostModelError
from cost_models.pricing import find_prices, prices_in, regions
from cost_models.snapshots import (
    BUNDLED_FOLDER,
    check_tiers,
    is_date,
    local_folder,
    newest_snapshot,
    read_price,
    read_snapshot,
)

BUNDLED = read_snapshot(max(BUNDLED_FOLDER.glob("*.json")))
DAY = BUNDLED.price_date
LATER, EARLIER = "2099-12-31", "2001-01-01"


@pytest.fixture
def local(tmp_path, monkeypatch):
    """The local folder, where snapshots are kept."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = tmp_path / "tuner" / "prices"
    folder.mkdir(parents=True)
    return folder


def document(day=DAY):
    return copy.deepcopy(BUNDLED.document) | {"price_date": day}


def keep(folder, day, values=None):
    path = folder / f"{day}.json"
    path.write_text(json.dumps(values or document(day)))
    return path


def test_the_bundled_snapshot_is_used_where_there_is_no_other(local):
    assert BUNDLED == newest_snapshot()


def test_a_newer_local_snapshot_is_used(local):
    values = document(LATER)
    values["regions"]["us-east-1"]["x86_64"]["request"] = "0.0000003000"
    keep(local, LATER, values)
    keep(local, EARLIER)
    found = find_prices("us-east-1", "x86_64")
    assert (Decimal("0.0000003000"), LATER) == (found.request, found.price_date)


def test_an_older_local_snapshot_is_not_even_read(local):
    (local / f"{EARLIER}.json").write_text("{")
    assert BUNDLED == newest_snapshot()


def test_of_the_same_day_the_local_snapshot_is_used(local):
    path = keep(local, DAY)
    assert path == newest_snapshot().path


@pytest.mark.parametrize(
    "name", ["2026-13-01.json", "20991231.json", "latest.json", "2099-12-31.txt", ".2099-12-31.json.x.tmp"]
)
def test_files_that_are_not_named_by_their_day_are_left_alone(local, name):
    (local / name).write_text("{")
    assert BUNDLED == newest_snapshot()


@pytest.mark.parametrize("data_home", ["", "relative/folder"])
def test_without_an_absolute_data_home_the_usual_folder_is_used(monkeypatch, tmp_path, data_home):
    monkeypatch.setenv("XDG_DATA_HOME", data_home)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path / ".local" / "share" / "tuner" / "prices" == local_folder()


def test_a_local_file_in_place_of_the_folder_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "tuner").write_text("")
    assert BUNDLED == newest_snapshot()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Expecting value"),
        ("{", "Expecting"),
        ("[]", "not a price snapshot"),
        ("[" * 100_000, "recursion"),
        ("\udcff", "utf-8"),
        (json.dumps(document(LATER) | {"schema_version": 2}), "schema_version 1"),
        (json.dumps(document()), "its name says 2099-12-31"),
    ],
)
def test_a_broken_local_snapshot_is_named_with_what_to_do(local, text, said):
    path = local / f"{LATER}.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(CostModelError) as caught:
        find_prices("us-east-1", "x86_64")
    assert str(path) in caught.value.message
    assert said in caught.value.message
    assert "delete this file" in caught.value.hint


def test_a_snapshot_that_cannot_be_opened_is_named(local):
    (local / f"{LATER}.json").mkdir()
    with pytest.raises(CostModelError, match=r"2099-12-31\.json.*directory"):
        regions()


def put(path, value):
    """A change of one value, by its path in the document."""

    def change(values):
        *parents, last = path
        for key in parents:
            values = values[key]
        values[last] = value

    return change


US_EAST = ("regions", "us-east-1")
X86 = (*US_EAST, "x86_64")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put(("regions",), []), "regions must be a table"),
        (put(("duration_tiers",), None), "duration_tiers must be a table"),
        (put(("duration_tiers", "x86_64"), None), "a list of bounds"),
        (put(("duration_tiers", "x86_64", 1, "begin"), 7), "join up"),
        (put(("duration_tiers", "x86_64", 2, "end"), 15_000_000_001), "join up"),
        (put(("duration_tiers", "x86_64"), []), "join up"),
        (put(US_EAST, "cheap"), "us-east-1: it needs a name"),
        (put((*US_EAST, "name"), 7), "it needs a name"),
        (put((*US_EAST, "as_of"), None), "as_of"),
        (put((*US_EAST, "price_date"), "yesterday"), "price_date"),
        (put((*US_EAST, "duration_tiers"), {"arm64": []}), "a list of bounds"),
        (put(X86, []), "x86_64 must be a table"),
        (put(X86, {}), "one price a tier"),
        (put((*X86, "gb_second"), ["0.0000166667"]), "one price a tier"),
        (put((*X86, "gb_second"), [None, None, None]), "no price for a tier"),
        (put((*X86, "gb_second"), ["0.0000166667", None, "0.0000133334"]), "no price for a tier"),
        (put((*X86, "gb_second", 0), "0.0166667"), "cannot be the price of gb_second"),
        (put((*X86, "gb_second", 0), 0.0000166667), "not a decimal string"),
        (put((*X86, "request"), None), "request is not a decimal string: None"),
        (put((*X86, "ephemeral_gb_second"), None), "ephemeral_gb_second is not"),
        (put((*X86, "provisioned_concurrency_gb_second"), "x" * 1000), "'xxx"),
    ],
)
def test_a_snapshot_is_refused_as_a_whole_for_one_wrong_value(tmp_path, change, said):
    values = document()
    change(values)
    path = keep(tmp_path, DAY, values)
    with pytest.raises(CostModelError) as caught:
        read_snapshot(path)
    assert said in caught.value.message
    assert len(caught.value.message) < len(str(path)) + 200


@pytest.mark.parametrize(
    "change",
    [
        put((*X86, "provisioned_duration_gb_second"), None),
        put((*US_EAST, "arm64"), None),
        put((*X86, "gb_second"), ["0.0000166667", None, None]),
        put((*X86, "another_meter"), 7),
    ],
)
def test_unknown_prices_may_be_null(tmp_path, change):
    values = document()
    change(values)
    snapshot = read_snapshot(keep(tmp_path, DAY, values))
    assert Decimal("0.0000166667") == prices_in(snapshot, "us-east-1", "x86_64").compute_tiers[0].price


def test_a_region_may_lack_an_architecture(local):
    values = document(LATER)
    values["regions"]["us-east-1"]["arm64"] = None
    keep(local, LATER, values)
    assert "us-east-1" in regions()
    assert "us-east-1" not in regions("arm64")
    with pytest.raises(CostModelError, match="no arm64 price for region 'us-east-1'"):
        find_prices("us-east-1", "arm64")


@pytest.mark.parametrize("text", ["0.0000002000", "0.00000136"])
def test_known_prices_are_read_with_every_digit(text):
    assert text == f"{read_price('request', text):f}"


@pytest.mark.parametrize(
    "text", ["", " 0.0000002", "0,0000002", "٠.٠٠٠٠٠٠٢", "0.0000002\n", "1_0", "Infinity", None]
)
def test_what_is_no_decimal_string_is_no_price(text):
    with pytest.raises(ValueError, match="not a decimal string"):
        read_price("request", text)


@pytest.mark.parametrize(
    "bounds", [[], [(0, 5)], [(0, None), (5, None)], [(0, 0), (0, None)], [(False, None)]]
)
def test_tiers_must_join_up(bounds):
    with pytest.raises(ValueError, match="join up"):
        check_tiers(bounds)


@pytest.mark.parametrize(
    ("text", "expected"), [("2026-11-23", True), ("20261123", False), ("2026-W48-1", False), (7, False)]
)
def test_a_day_is_written_in_one_way(text, expected):
    assert expected == is_date(text)
