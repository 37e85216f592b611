"""A fleet in every format that people read, and as a page in a browser."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from browser import Browser
from fleet_cases import HOSTILE, function, large_fleet, small_fleet
from golden_files import assert_golden

from tuner.fleet.assess import tuned
from tuner.fleet.records import Attempt, Ending
from tuner.records import Estimate
from tuner.reporting.fleet import render
from tuner.reporting.fleet.document import fleet_document
from tuner.reporting.fleet.terminal import render_terminal
from tuner.reporting.fleet.view import fleet_view

NAMES = """[...document.querySelectorAll('#fleet tbody tr')].filter((row) => !row.hidden)
  .map((row) => row.cells[0].textContent)"""


def test_the_terminal_and_markdown_say_what_is_known_and_what_is_not() -> None:
    view = fleet_view(small_fleet())
    assert_golden("fleet.txt", render_terminal(view, top=20, width=120))
    assert_golden("fleet.md", render(small_fleet(), "md"))


def test_every_width_is_kept() -> None:
    for width in (60, 80, 120):
        text = render_terminal(fleet_view(small_fleet()), top=20, width=width)
        table = [line for line in text.splitlines() if "  " in line]
        assert max(map(len, table)) <= max(width, 80)


def test_csv_has_no_formula_and_no_zero_for_what_is_not_known() -> None:
    rows = {row["function"]: row for row in csv.DictReader(io.StringIO(render(small_fleet(), "csv")))}
    assert "" == rows["unknown"]["cost_usd_per_month"]
    assert "" == rows["elsewhere"]["saving_usd_per_month.high"]
    assert "0" == rows["idle"]["invocations"]
    assert not any(str(cell).startswith(("=", "+", "@")) for row in rows.values() for cell in row.values())


def test_no_saving_is_invented() -> None:
    found = {f["function"]: f for f in fleet_document(small_fleet())["functions"]}
    for name in ("idle", "elsewhere", "unknown"):
        assert "not known" == found[name]["confidence"]
        assert {"mean": None, "low": None, "high": None} == found[name]["saving_usd_per_month"]
    checkout = found["checkout"]
    assert 9_000_000 * 0.2 * 0.0000166667 + 1.8 == pytest.approx(checkout["cost_usd_per_month"])
    assert pytest.approx(checkout["cost_usd_per_month"] * 0.4) == checkout["saving_usd_per_month"]["mean"]


def test_a_saving_inside_the_noise_is_not_promised() -> None:
    run = Attempt(
        "a",
        Ending.DONE,
        memory_mb=512,
        current_memory_mb=1024,
        now=Estimate(3.5, 3.3, 3.7),
        best=Estimate(3.4, 3.2, 3.6),
    )
    fleet = replace(small_fleet(), functions=(tuned(function("a"), run),))
    assert 0 < fleet.functions[0].saving.mean
    assert "saves" not in "".join(span.text for span in fleet_view(fleet).headline)


def page(folder: Path, size: int | None = None) -> Path:
    path = folder / "page.html"
    path.write_text(render(small_fleet() if size is None else large_fleet(size), "html"), encoding="utf-8")
    return path


def test_the_page_is_drawn_without_a_complaint_or_a_request(browser: Browser, tmp_path: Path) -> None:
    for width in (1280, 390):
        browser.open(page(tmp_path), width=width)
        assert width == browser.evaluate("document.documentElement.scrollWidth")
        assert ([], []) == (
            browser.problems,
            [u for u in browser.requests if not u.startswith(("data:", "file:"))],
        )
        assert HOSTILE in browser.evaluate(NAMES)


def test_the_page_filters_by_words_flag_and_confidence(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path))

    def choose(name: str, value: str) -> list[str]:
        browser.evaluate(f"document.getElementById('{name}').value = '{value}'")
        browser.evaluate("document.querySelector('.filters').dispatchEvent(new Event('input'))")
        return list(browser.evaluate(NAMES))

    assert ["checkout"] == choose("confidence", "fitted")
    assert [] == choose("flag", "never_invoked")
    assert ["idle"] == choose("confidence", "")
    assert "1 of 5" == browser.evaluate("document.getElementById('shown').textContent")
    choose("flag", "")
    assert ["elsewhere"] == choose("words", "MARS python")


def test_the_page_sorts_by_keyboard_with_what_is_not_known_last(browser: Browser, tmp_path: Path) -> None:
    browser.open(page(tmp_path))
    assert "saves a month" == browser.evaluate(
        "document.querySelector('th[aria-sort=descending]').textContent"
    )
    head = "[...document.querySelectorAll('#fleet thead th')].find((h) => h.textContent === 'cost a month')"
    browser.evaluate(f"{head}.firstChild.focus()")
    browser.press("Enter", 13)
    browser.evaluate(f"{head}.firstChild.click()")
    assert "ascending" == browser.evaluate(f"{head}.getAttribute('aria-sort')")
    assert ["idle", HOSTILE, "checkout"] == browser.evaluate(NAMES)[:3]


@pytest.mark.parametrize(("width", "dark"), [(1280, True), (390, False)])
def test_an_accessibility_checker_finds_nothing_in_the_fleet(
    width: int, dark: bool, browser: Browser, axe: str, tmp_path: Path
) -> None:
    browser.open(page(tmp_path), width=width, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    browser.evaluate(f"{axe}; null")
    assert [] == browser.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")


def test_a_page_of_a_thousand_functions_stays_below_two_megabytes(tmp_path: Path) -> None:
    assert page(tmp_path, 1_000).stat().st_size < 2_000_000
