"""CSV: a row a size, numbers unrounded, columns named like the keys of the JSON document."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
import report_cases
from report_cases import CASES

from tuner.records import Outcome
from tuner.reporting.csv import COLUMNS, render_csv


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def under(document: Any, column: str) -> Any:
    for key in column.split("."):
        document = document[key] if document else None
    return document


@pytest.mark.parametrize("case", CASES)
def test_every_candidate_is_a_row_with_the_numbers_of_the_document(case: str) -> None:
    result = CASES[case]()
    document = json.loads(json.dumps(result.to_dict()))
    rows = rows_of(render_csv([("run", result)]))

    assert len(result.candidates) == len(rows)
    for candidate, row in zip(document["candidates"], rows, strict=True):
        for column in ("memory_mb", "duration_ms.mean", "duration_ms.p95", "cost_usd_per_million.high"):
            value = under(candidate, column)
            assert ("" if value is None else str(value)) == row[column]


@pytest.mark.parametrize("case", CASES)
def test_the_columns_are_always_the_same(case: str) -> None:
    assert ",".join(COLUMNS) == render_csv([("run", CASES[case]())]).split("\n", 1)[0]


def test_the_names_of_the_columns_are_the_keys_of_the_document() -> None:
    document = report_cases.improvement().to_dict()
    known = {**document, **document["conditions"], **document["candidates"][0]}
    invented = {"run", "recommended", "current"}
    assert set() == {column.split(".")[0] for column in COLUMNS} - set(known) - invented


def test_what_is_unknown_is_empty_and_an_outcome_that_did_not_happen_is_zero() -> None:
    rows = rows_of(render_csv([("run", report_cases.failed_sizes())]))
    worst = rows[0]

    assert "" == worst["duration_ms.mean"]
    assert "" == worst["cost_usd_per_month"]
    assert "3" == worst[f"outcomes.{Outcome.OUT_OF_MEMORY}"]
    assert "0" == worst[f"outcomes.{Outcome.OK}"]


def test_the_recommended_size_and_todays_are_marked() -> None:
    rows = rows_of(render_csv([("run", report_cases.improvement())]))
    assert ["1024"] == [row["memory_mb"] for row in rows if row["recommended"] == "true"]
    assert ["128"] == [row["memory_mb"] for row in rows if row["current"] == "true"]


def test_several_runs_stand_below_each_other() -> None:
    one, other = report_cases.improvement(), report_cases.no_current()
    rows = rows_of(render_csv([("one", one), ("other", other)]))
    assert len(one.candidates) + len(other.candidates) == len(rows)
    assert ["one", "other"] == list(dict.fromkeys(row["run"] for row in rows))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_name_is_a_formula_to_a_spreadsheet(name: str) -> None:
    rows = rows_of(render_csv([(name, report_cases.improvement())]))
    assert rows[0]["run"].startswith("'")
