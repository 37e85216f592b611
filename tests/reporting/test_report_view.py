"""What a report says: sentences, cells and their agreement between formats."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace

import pytest
import report_cases
from report_cases import CASES

from tuner.fit.curves import FAMILIES
from tuner.records import Change, Outcome
from tuner.reporting import method, wording
from tuner.reporting.markdown import render_markdown
from tuner.reporting.markup import code, escape
from tuner.reporting.terminal import render_terminal
from tuner.reporting.view import build_view
from tuner.units import format_duration, format_memory, format_usd


def with_change(cost_percent: float, duration_percent: float) -> str:
    base = report_cases.improvement()
    change = Change(cost_percent, duration_percent)
    result = replace(base, recommendation=replace(base.recommendation, change_from_current=change))
    return build_view(result).answer


@pytest.mark.parametrize(
    ("cost_percent", "duration_percent", "words"),
    [
        (-41.0, -52.4, "41 % cheaper and 2.1x faster than today's 128 MB."),
        (-41.0, -30.0, "41 % cheaper and 30 % faster than"),
        (12.0, -52.4, "12 % dearer, but 2.1x faster than"),
        (-5.04, 20.0, "5.0 % cheaper, but 20 % slower than"),
        (12.0, 150.0, "12 % dearer and 2.5x slower than"),
        (-0.01, -30.0, "30 % faster than today's 128 MB at the same cost"),
        (-20.0, 0.0, "20 % cheaper than today's 128 MB at the same speed"),
        (0.0, 0.0, "the same cost and speed as"),
    ],
)
def test_headline_puts_the_change_into_words(
    cost_percent: float, duration_percent: float, words: str
) -> None:
    assert words in with_change(cost_percent, duration_percent)


def test_headline_names_size_and_timeout() -> None:
    answer = build_view(report_cases.improvement()).answer

    assert answer.startswith("my-func should run at 1,024 MB with a timeout of 4 s: ")


def test_headline_keeps_todays_size() -> None:
    answer = build_view(report_cases.keep_current()).answer

    assert answer == (
        "my-func should stay at 512 MB with a timeout of 4 s: no other size is clearly cheaper."
    )


def test_headline_without_a_current_setting_says_what_to_expect() -> None:
    answer = build_view(report_cases.no_current()).answer

    assert answer.endswith("416 ms on average and $1.93 per million invocations.")
    assert "today" not in answer


def test_headline_says_that_todays_size_fails() -> None:
    answer = build_view(report_cases.failed_sizes()).answer

    assert answer.endswith("today's 128 MB failed (out of memory, 3 of 3 invocations).")


@pytest.mark.parametrize("case", CASES)
def test_every_shown_number_is_the_formatters_string(case: str) -> None:
    result = CASES[case]()
    table = build_view(result).table
    titles = [column.title for column in table.columns]
    rows = {row.cells[0]: dict(zip(titles, row.cells, strict=True)) for row in table.rows}

    for candidate in result.candidates:
        row = rows.get(format_memory(candidate.memory_mb))
        if row is None or candidate.duration_ms is None:
            continue
        assert row["mean"] == format_duration(candidate.duration_ms.mean)
        assert row["p95"] == format_duration(candidate.duration_ms.p95)
        assert candidate.cost_usd_per_million
        price = next(cell for title, cell in row.items() if title.startswith("$ per million"))
        assert price == format_usd(candidate.cost_usd_per_million.mean)


@pytest.mark.parametrize("case", CASES)
def test_markdown_cells_are_the_views_strings(case: str) -> None:
    view = build_view(CASES[case]())
    markdown = render_markdown(view)
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("*") for cell in line.strip("|").split("|")] for line in lines]

    assert [column.title for column in view.table.columns] in cells
    for row in view.table.rows:
        assert list(row.cells) in cells


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("width", [60, 80, 200])
def test_terminal_cells_are_the_views_strings_and_fit(case: str, width: int) -> None:
    view = build_view(CASES[case]())
    text = render_terminal(view, width=width)

    assert max(map(len, text.splitlines())) <= width
    for row in view.table.rows:
        line = next(line for line in text.splitlines() if line.strip().startswith(row.cells[0] + "  "))
        known = {cell for cell in row.cells if cell}
        for shown in re.split(r"  +", line.strip()):
            assert shown in known or (shown.endswith("…") and any(c.startswith(shown[:-1]) for c in known))


def test_terminal_shows_every_column_where_there_is_room() -> None:
    view = build_view(report_cases.improvement())
    head = render_terminal(view, width=200).split("\n\n")[1].splitlines()[:2]

    for column in view.table.columns:
        assert all(any(word in line for line in head) for word in column.title.split())


@pytest.mark.parametrize("case", CASES)
def test_colour_changes_nothing_but_the_colour(case: str) -> None:
    view = build_view(CASES[case]())
    coloured = render_terminal(view, colour=True)
    plain = render_terminal(view)

    assert plain == re.sub(r"\033\[[0-9;]*m", "", coloured)
    assert "\033" in coloured
    assert "\033" not in plain


def test_failed_sizes_are_rows_with_their_outcome_in_words() -> None:
    view = build_view(report_cases.failed_sizes())
    row = next(row for row in view.table.rows if row.cells[0] == "128 MB")

    assert row.failed
    assert row.cells[1] == "today, out of memory, 3 of 3"
    assert view.excluded[0].why == "out of memory, 3 of 3 invocations"
    assert view.excluded[2].message == "KeyError: 'bucket'"


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_words(outcome: Outcome) -> None:
    assert wording.OUTCOME_WORDS[outcome]


def test_every_curve_family_is_explained() -> None:
    assert {*(family.name for family in FAMILIES), "simulated"} == set(method._FAMILY_WORDS)


def test_relative_run_shows_proportions_and_labels_dollars() -> None:
    view = build_view(report_cases.local_relative())
    titles = [column.title for column in view.table.columns]

    assert view.relative_notice
    assert "cost, today = 100 %" in titles
    assert "$ per million at list price" in titles
    assert "$ per million" not in titles
    assert "100 %" in next(row for row in view.table.rows if row.cells[0] == "512 MB").cells


def test_months_are_shown_only_when_the_number_of_invocations_is_known() -> None:
    known, unknown = build_view(report_cases.improvement()), build_view(report_cases.no_current())

    assert any(fact.name == "Per month" for fact in known.facts)
    assert "$ per month" in [column.title for column in known.table.columns]
    assert "$ per month" not in [column.title for column in unknown.table.columns]


def test_of_many_candidates_only_those_a_reader_looks_for_are_rows() -> None:
    result = report_cases.many_candidates()
    view = build_view(result)
    hidden = len(result.candidates) - len(view.table.rows)

    assert [row.cells[0] for row in view.table.rows][:2] == ["128 MB", "256 MB"]
    assert view.table.left_out == f"{hidden} more fitted sizes are in the run file."


def test_a_warning_passed_on_by_two_stages_is_told_once() -> None:
    base = report_cases.misfit()
    twice = replace(base, measurements=replace(base.measurements, warnings=base.warnings))

    assert len(build_view(twice).warnings) == len(base.warnings)


def test_a_number_stays_with_its_unit_on_one_line() -> None:
    base = report_cases.no_current()
    reason = "x" * 73 + " 100 MB or 12 %"
    chosen = replace(base.recommendation, reasons=(reason,))

    assert "\n  100 MB" in render_terminal(build_view(replace(base, recommendation=chosen)))


def test_text_from_outside_cannot_become_markup() -> None:
    markdown = render_markdown(build_view(report_cases.hostile()))
    outside_code = re.sub(r"(`{3,}).*?\1", "", markdown, flags=re.DOTALL)

    assert "<script" not in outside_code
    assert "<img src=x" not in outside_code
    assert "@team" not in outside_code
    assert "[here](" not in outside_code
    assert "\x1b" not in markdown
    assert "\u202e" not in markdown
    assert not re.search(r"^(- )?# ", markdown, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("my_func", "my_func"),
        ("_x_", "\\_x\\_"),
        ("a|b", "a\\|b"),
        ("p95 < 800 ms", "p95 < 800 ms"),
        ("<b>", "&lt;b>"),
        ("costs $1.20 and $3", "costs $1.20 and $3"),
        ("$x$", "\\$x\\$"),
        ("&lt;", "&amp;lt;"),
        ("- a", "\\- a"),
        ("12. a", "12\\. a"),
        ("~5 ms", "\\~5 ms"),
    ],
)
def test_escape_shows_text_as_it_is(text: str, shown: str) -> None:
    assert shown == escape(text)


@pytest.mark.parametrize(("text", "shown"), [("a", "`a`"), ("`a", "`` `a ``"), ("a``b", "```a``b```")])
def test_code_spans_hold_any_backticks(text: str, shown: str) -> None:
    assert shown == code(text)


def test_importing_the_reports_loads_no_plot_library() -> None:
    check = (
        "import sys, tuner.reporting, tuner.reporting.terminal; "
        "sys.exit(any(m in sys.modules for m in ('matplotlib', 'numpy', 'scipy')))"
    )

    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
