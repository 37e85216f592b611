"""Comparisons and histories as readers have them: by pointer and keys, on any screen, without scripts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest
from browser import Browser
from history_cases import entry, regression_and_new_prices
from html_cases import thousand_sizes
from report_cases import HOSTILE, dearer_but_faster, failed_sizes, hostile, improvement

from tuner.comparison import compare
from tuner.history import HistoryEntry
from tuner.records import TuningResult
from tuner.reporting.compare import build_compare_view, render_compare_html
from tuner.reporting.history import build_history_view, render_history_html
from tuner.trend import steps_of

RIGHT, END, ESCAPE = 39, 35, 27


def comparison_page(*results: TuningResult) -> str:
    return render_compare_html(compare([(f"run {n}", result) for n, result in enumerate(results)]))


def history_page(function: str, *entries: HistoryEntry) -> str:
    steps = steps_of(entries)
    return render_history_html(build_history_view(function, steps), steps)


PAGES = {
    "comparison": lambda: comparison_page(improvement(), dearer_but_faster()),
    "comparison_of_six": lambda: comparison_page(*[improvement()] * 3, *[failed_sizes()] * 3),
    "hostile_comparison": lambda: comparison_page(hostile(), hostile()),
    "history": lambda: history_page("my-func", *regression_and_new_prices()),
    "history_of_one": lambda: history_page("my-func", entry(0)),
    "hostile_history": lambda: history_page(HOSTILE, entry(0), entry(1, commit=HOSTILE, region=HOSTILE)),
}


@cache
def page_of(case: str) -> str:
    return PAGES[case]()


def write(folder: Path, case: str) -> Path:
    path = folder / "page.html"
    path.write_text(page_of(case), encoding="utf-8")
    return path


def test_a_thousand_sizes_or_runs_stay_below_two_megabytes() -> None:
    for page in (
        comparison_page(thousand_sizes(), improvement()),
        history_page("my-func", *map(entry, range(1_000))),
    ):
        assert len(page.encode()) < 2_000_000
        assert 'class="image"' not in page


def tip(name: str) -> str:
    """A script that awaits the next frame, and gives the words and the sides of a chart's tip."""
    return f"""new Promise((done) => requestAnimationFrame(() => {{
      const tip = document.querySelector("#{name}-chart [aria-label=tip]");
      const {{ left, right }} = tip.getBoundingClientRect();
      done([tip.textContent.replace(/\\s|\u200b/g, " "), left, right]);
    }}))"""


@pytest.mark.parametrize("case", PAGES)
def test_every_page_is_drawn_without_a_complaint_or_a_request(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    path = write(tmp_path, case)
    for width in (1280, 390):
        browser.open(path, width=width)

        assert 2 == browser.evaluate("document.querySelectorAll('.chart svg').length")
        assert 0 == browser.evaluate("document.querySelectorAll('main img, main script').length")
        assert width == browser.evaluate("document.documentElement.scrollWidth")
        assert [] == browser.problems
        assert [path.as_uri()] == [url for url in browser.requests if not url.startswith("data:")]


@pytest.mark.parametrize(
    ("case", "width", "dark"),
    [
        *((case, width, width == 390) for case in ("comparison", "history") for width in (1280, 390)),
        ("comparison_of_six", 1280, True),
        ("comparison_of_six", 390, False),
        ("hostile_history", 390, False),
    ],
)
def test_an_accessibility_checker_finds_nothing(
    case: str, width: int, dark: bool, browser: Browser, axe: str, tmp_path: Path
) -> None:
    browser.open(write(tmp_path, case), width=width, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    browser.evaluate(f"{axe}; null")

    found = browser.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")
    assert [] == found


def test_arrow_keys_read_what_every_run_does_at_a_size(browser: Browser, tmp_path: Path) -> None:
    browser.open(write(tmp_path, "comparison"))
    browser.evaluate("document.getElementById('cost-chart').focus()")
    browser.press("ArrowRight", RIGHT)
    read = browser.evaluate("document.getElementById('reading').textContent")
    view = build_compare_view(compare([("run 0", improvement()), ("run 1", dearer_but_faster())]))
    assert view.sizes
    before, after = (view.sizes.rows[0].cells[n] for n in (5, 6))

    assert read.startswith(f"128 MB, $ per million, balanced: {before} (")
    assert f", speed: {after} (" in read


def test_a_size_that_failed_in_one_run_says_so_beside_the_others(browser: Browser, tmp_path: Path) -> None:
    browser.open(write(tmp_path, "comparison_of_six"))
    browser.evaluate("document.getElementById('duration-chart').focus()")
    browser.press("ArrowRight", RIGHT)

    assert "out of memory, 3 of 3" in browser.evaluate("document.getElementById('reading').textContent")


def test_arrow_keys_read_a_history_run_by_run(browser: Browser, tmp_path: Path) -> None:
    browser.open(write(tmp_path, "history"))
    browser.evaluate("document.getElementById('duration-chart').focus()")
    browser.press("ArrowRight", RIGHT)
    first = browser.evaluate("document.getElementById('reading').textContent")
    browser.press("End", END)
    words, _, _ = browser.evaluate(tip("duration"))
    cells = build_history_view("my-func", steps_of(regression_and_new_prices())).table.rows[0].cells

    assert first.startswith(", ".join((f"{cells[0]} {cells[1]}", cells[2], f"{cells[3]} ({cells[4]})")))
    assert "09c0ffee0" in words
    browser.press("Escape", ESCAPE)
    assert "" == browser.evaluate(tip("duration"))[0]


@pytest.mark.parametrize("case", ["comparison_of_six", "history"])
def test_a_pointer_over_any_point_shows_a_tip_that_a_phone_has_room_for(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    browser.open(write(tmp_path, case), width=390)
    data = json.loads(browser.evaluate("document.getElementById('data').textContent"))
    for name, panel in data["panels"].items():
        for reading in panel["readings"]:
            browser.evaluate(f"""(() => {{
              const svg = document.querySelector("#{name}-chart svg");
              const {{ left, top }} = svg.getBoundingClientRect();
              svg.dispatchEvent(new PointerEvent("pointermove", {{
                clientX: left + svg.scale("x").apply({reading["x"]}), clientY: top + 99,
                pointerType: "mouse", bubbles: true,
              }}));
            }})()""")
            words, left, right = browser.evaluate(tip(name))

            assert reading["lines"][0].split()[0] in words
            assert 0 <= left < right <= 390


@pytest.mark.parametrize("case", ["comparison", "history"])
def test_without_scripts_there_is_the_chart_and_the_tables(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    browser.without_scripts()
    try:
        browser.open(write(tmp_path, case))
        visible = "(s) => [...document.querySelectorAll(s)].filter((e) => e.checkVisibility()).length"
        assert 1 == browser.evaluate(f"({visible})('.image svg')")
        assert 0 == browser.evaluate(f"({visible})('button, .chart, .legend')")
        assert 0 < browser.evaluate(f"({visible})('tbody tr')")
    finally:
        browser.without_scripts(False)
