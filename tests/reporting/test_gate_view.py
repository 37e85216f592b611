"""What a gate's report says: the sentence, the table, the picture of characters, and how far it can grow."""

from __future__ import annotations

import re
from dataclasses import replace

import gate_cases
import pytest
from gate_cases import CASES, HOSTILE

from cost_models.pricing import find_prices
from cost_models.workload import Noise, PhysicalDuration, Workload
from tuner.gate import Contestant, Design, Duel, Questions, conclude, read_rules
from tuner.measure.events import Events
from tuner.platforms.model import ModelPlatform
from tuner.reporting.gate import build_gate_view, comment_marker, render_gate_markdown, render_gate_terminal
from tuner.reporting.gate.markdown import LIMIT


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        ("regression", "my-func got 14 % dearer: $4.10 → $4.67 per million, surely above the 10 % allowed"),
        ("regression_of_a_budget", "my-func exceeds its budget for p95: 470 ms → 583 ms at p95"),
        (
            "improvement",
            "my-func got 18 % cheaper: $4.10 → $3.36 per million, surely a gain of more than 10 %",
        ),
        (
            "passed",
            "No regression in my-func: $4.10 → $4.09 per million (−0.3 %), within the 10 % allowed; a growth",
        ),
        ("inconclusive", "Inconclusive for my-func: cost +9.1 % (between +5.1 % and +13 %), perhaps above"),
        ("no_baseline", "my-func has nothing to compare with: there is no tuner.baseline.json"),
        ("different_region", "my-func cannot be compared: region was eu-west-1 and is us-east-1."),
        ("broken_base", "my-func could not be measured: the baseline could not be run: the handler cannot"),
        ("empty", "Nothing was compared for my-func: no call of both versions succeeded."),
        (
            "out_of_memory",
            "my-func fails more often: 5 out of memory of 5 calls; before, none failed of 5 calls.",
        ),
        ("saved_runs", "my-func got 14 % dearer"),
    ],
)
def test_the_headline_answers_in_the_users_terms(case, answer):
    assert build_gate_view(CASES[case]()).answer.startswith(answer)


@pytest.mark.parametrize(
    ("case", "advice"),
    [
        ("improvement", "Update the baseline with --update-baseline"),
        ("inconclusive", "--max-pairs"),
        ("live", "--max-spend"),
        ("regression", "--acknowledge"),
        ("acknowledged", "The baseline was written to tuner.baseline.json."),
        ("broken_contender", "Install what it imports"),
        ("no_baseline", "--update-baseline"),
    ],
)
def test_it_says_what_to_do(case, advice):
    assert advice in (build_gate_view(CASES[case]()).advice or "")


def test_a_plain_pass_asks_for_nothing():
    assert build_gate_view(gate_cases.passed()).advice is None


@pytest.mark.parametrize(
    ("case", "standings"),
    [
        ("regression", ["regression", "regression", "within", "within", "within"]),
        ("passed_with_a_warning", ["within", "within", "warning", "within", "within"]),
        ("not_confirmed", ["not confirmed", "in doubt", "within", "within", "within"]),
        ("saved_runs", ["regression", "regression", "within", "within", "within"]),
        ("empty", []),
    ],
)
def test_every_rule_has_its_verdict(case, standings):
    assert standings == [row.standing.value for row in build_gate_view(CASES[case]()).rows]


def test_the_picture_shows_a_sure_regression_beyond_the_line():
    line, *_ = build_gate_view(gate_cases.regression()).intervals
    assert line.index("┊") < line.index("┃") < line.index("├") < line.index("●") < line.index("┤")


def test_bounds_that_are_not_known_leave_the_picture_by_its_edges():
    _, line = build_gate_view(gate_cases.live()).intervals
    assert line.index("◀") < line.index("┊") < line.index("┃") < line.index("▶")


@pytest.mark.parametrize("case", CASES)
def test_lines_of_the_picture_are_of_one_width(case):
    lines = build_gate_view(CASES[case]()).intervals
    assert len({line.rindex("  ") for line in lines}) <= 1


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("case", CASES)
def test_the_terminal_keeps_its_width(case, width):
    text = render_gate_terminal(build_gate_view(CASES[case]()), width=width)
    assert [] == [line for line in text.splitlines() if len(line) > width]


def test_colour_changes_nothing_but_colour():
    view = build_gate_view(gate_cases.regression())
    coloured = render_gate_terminal(view, colour=True)
    assert "\033[1;31mmy-func got" in coloured
    assert render_gate_terminal(view) == re.sub(r"\033\[[\d;]*m", "", coloured)


@pytest.mark.parametrize(
    "name", ["my-func", HOSTILE, "-->", "--!>", ">", "->", "a--b", "ä\ud800", "x" * 70_000, "\n<!--", ""]
)
def test_no_name_ends_its_marker(name):
    marker = comment_marker(name)
    assert re.fullmatch(r"<!-- tuner-gate: [^<>\r\n]* -->", marker)
    assert "--" not in marker[len("<!--") : -len("-->")]
    assert marker.isascii()
    assert len(marker) < 400


def test_markers_of_different_functions_differ():
    names = ["a", "b", "a b", "a%20b", "a--b", "a-b", "x" * 1000, "x" * 1001]
    assert len(names) == len({comment_marker(name) for name in names})


def test_the_marker_comes_first_so_that_a_bot_finds_it():
    text = render_gate_markdown(build_gate_view(gate_cases.passed()))
    assert text.startswith("<!-- tuner-gate: my-func -->\n")


def test_a_report_that_is_too_long_is_cut_between_its_parts_and_says_so():
    many = {f"condition {n}": "x" * 300 for n in range(400)}
    text = render_gate_markdown(build_gate_view(replace(gate_cases.regression(), conditions=many)))
    assert len(text) <= LIMIT
    assert "would not fit into a comment" in text
    assert text.count("<details>") == text.count("</details>") > 0
    assert "**my-func got 14 % dearer**" in text


def test_nothing_hostile_is_left_in_the_markdown():
    text = render_gate_markdown(build_gate_view(gate_cases.hostile()))
    page = text.split("```sh")[0]
    assert "<script" not in page
    assert "\u202e" not in text
    assert "@team" not in page.split("-->", 1)[1]
    assert len(text.splitlines()) == len(
        render_gate_markdown(build_gate_view(replace(gate_cases.hostile(), function="f"))).splitlines()
    )


def test_the_age_of_a_baseline_is_shown():
    baseline, *_ = build_gate_view(gate_cases.improvement()).facts
    assert baseline.text.endswith("measured 2026-10-27T16:02:11Z, 27 days ago")


def test_a_measured_verdict_is_put_into_words():
    """Through the real gate, so that the records built by hand cannot drift from what it makes."""
    fast = Workload("f", PhysicalDuration(200.0, 0.0), noise=Noise(0.05, 0.0, 3.0), init_duration_ms=300.0)
    slow = replace(fast, duration=PhysicalDuration(300.0, 0.0))
    questions = Questions(read_rules(), find_prices("us-east-1", "x86_64"), Design(max_pairs=60))
    sides = [Contestant(ModelPlatform(w, seed=n), 512) for n, w in enumerate((fast, slow))]
    duel = Duel(*sides, questions, events=Events(), timeout_s=60, seed=1)
    found = conclude(duel.run(), questions)
    view = build_gate_view(gate_cases.result(found, rules=questions.rules))
    assert "regression" == view.verdict
    assert "dearer" in view.answer
    assert "regression" == view.rows[0].standing.value
    assert "Confirmation" in [fact.name for fact in view.facts]
