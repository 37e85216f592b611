"""A history in words, tables and charts: sure changes are named, and new conditions are none."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from importlib.resources import files

import jsonschema
import pytest
from golden_files import assert_golden
from history_cases import entry, regression_and_new_prices
from report_cases import HOSTILE

from tuner.records import RunWarning
from tuner.reporting.history import (
    build_history_view,
    draw_history_chart,
    draw_history_image,
    history_document,
    render_history_csv,
    render_history_html,
    render_history_markdown,
    render_history_terminal,
)
from tuner.reporting.markup import ChartFiles
from tuner.trend import steps_of

STEPS = steps_of(regression_and_new_prices())
VIEW = build_history_view("my-func", STEPS)


def test_markdown_reads_as_the_golden_file() -> None:
    assert_golden("history.md", render_history_markdown(VIEW, ChartFiles("h.light.svg", "h.dark.svg")))


def test_the_terminal_reads_as_the_golden_file() -> None:
    text = render_history_terminal(VIEW, STEPS)
    assert_golden("history.txt", text)
    assert 80 >= max(map(len, text.splitlines()))


def test_only_sure_changes_and_new_conditions_are_named() -> None:
    assert 2 == len(VIEW.changes)
    worse, new = VIEW.changes
    assert "19 % dearer" in worse
    assert "slower" in worse
    assert "price date 2026-10-01 → 2026-10-08; not compared with the run before" in new


@pytest.mark.parametrize(
    "condition",
    [
        {"price_date": "2030-01-01"},
        {"payload_sha256": "0" * 64},
        {"architecture": "arm64"},
        {"region": "eu-west-1"},
        {"runtime": "python3.14"},
        {"strategy": "speed"},
        {"cpu_model": "another"},
    ],
)
def test_a_jump_under_new_conditions_is_no_regression(condition: dict[str, str]) -> None:
    steps = steps_of([entry(0), entry(1, cost=9.0, mean_ms=900.0, **condition)])
    assert (None, None) == (steps[1].cost, steps[1].duration)
    view = build_history_view("my-func", steps)
    assert "dearer" not in view.answer + "".join(view.changes)
    assert "new conditions" in view.table.rows[1].cells


def test_runs_of_two_architectures_in_turn_are_each_compared_with_their_own() -> None:
    runs = [
        entry(n, cost=0.8 if n % 2 else 1.0, architecture="arm64" if n % 2 else "x86_64") for n in range(6)
    ]
    steps = steps_of([*runs, entry(6, cost=1.3)])
    assert [0, 1, 0, 1, 0, 1, 0] == [step.series for step in steps]
    assert [False] * 6 + [True] == [step.sure for step in steps]
    assert steps[6].against == runs[4]


def test_a_creep_that_no_single_step_shows_is_named_since_the_beginning() -> None:
    steps = steps_of([entry(n, cost=1.02**n) for n in range(8)])
    assert not any(step.sure for step in steps)
    assert "since 2026-10-01 15 % dearer" in build_history_view("my-func", steps).answer


def test_a_single_run_has_nothing_to_be_compared_with() -> None:
    steps = steps_of([entry(0)])
    view = build_history_view("my-func", steps)
    assert view.answer.endswith("the only run.")
    assert "▁" not in render_history_terminal(view, steps)
    assert draw_history_image(view, steps, "light").startswith(b"\x89PNG")


def test_a_thousand_runs_fit_into_80_columns() -> None:
    steps = steps_of([entry(n, region="us-east-1" if n % 2 else "eu-west-1") for n in range(1_000)])
    text = render_history_terminal(build_history_view("my-func", steps), steps)
    assert 80 >= max(map(len, text.splitlines()))


def test_costs_of_a_sandbox_are_no_dollars_of_a_bill() -> None:
    view = build_history_view("f", steps_of([entry(0, relative=True)]))
    assert view.relative_notice
    assert "at list price" in view.answer


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_is_well_formed_and_the_same_every_time(theme: str) -> None:
    svg = draw_history_chart(VIEW, STEPS, theme)  # type: ignore[arg-type]
    ET.fromstring(svg)
    assert svg == draw_history_chart(VIEW, STEPS, theme)  # type: ignore[arg-type]
    assert len(svg.encode()) < 100_000


def test_the_document_has_every_run_with_its_change() -> None:
    document = json.loads(json.dumps(history_document("my-func", STEPS), allow_nan=False))
    schema = json.loads((files("tuner") / "schemas" / "history.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    runs = document["runs"]
    assert 10 == len(runs)
    assert runs[5]["created_at"] == runs[6]["against"]
    assert 0 < runs[6]["cost_change"]["low"] < runs[6]["cost_change"]["high"]
    assert "price_date" == runs[8]["new_conditions"][0]["key"]
    assert runs[8]["cost_change"] is None


def test_csv_has_a_row_a_run() -> None:
    rows = list(csv.DictReader(io.StringIO(render_history_csv(STEPS))))
    assert [str(step.entry.cost_usd_per_million.mean) for step in STEPS] == [
        row["cost_usd_per_million.mean"] for row in rows
    ]
    assert "" == rows[0]["cost_change.mean"]


def test_lines_that_were_left_out_are_said_in_every_page() -> None:
    view = build_history_view("f", STEPS, warnings=[RunWarning("W-HISTORY", "line 3 cannot be read")])
    for page in (
        render_history_markdown(view),
        render_history_html(view, STEPS),
        render_history_terminal(view, STEPS),
    ):
        assert "W-HISTORY" in page


def test_no_text_of_a_line_becomes_markup() -> None:
    steps = steps_of([entry(0), entry(1, commit=HOSTILE, region=HOSTILE)])
    view = build_history_view(HOSTILE, steps)
    assert "<script>alert" not in render_history_html(view, steps)
    assert "<script>alert" not in draw_history_chart(view, steps, "light")
    assert "\x1b" not in render_history_terminal(view, steps)
    assert "<script>" not in render_history_markdown(view)
