"""Pages as readers have them: drawn without complaint, used by keyboard, screen reader, without scripts."""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import pytest
from browser import Browser
from html_cases import PAGE_CASES, page_of
from report_cases import improvement

import tuner
from tuner.reporting import html
from tuner.reporting.html import render_html
from tuner.reporting.theme import THEMES
from tuner.units import format_count, format_duration, format_percent, format_usd

SCRIPTS = Path(html.__file__).parent / "scripts"
TAB, RIGHT, END = 9, 39, 35


@cache
def explored() -> str:
    return render_html(
        tuner.tune("model:mixed", seed=1, strategy="balanced", invocations_per_month=3_000_000)
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(explored(), encoding="utf-8")
    return path


def write(folder: Path, page: str) -> Path:
    path = folder / "page.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.mark.parametrize("case", PAGE_CASES)
def test_every_page_is_drawn_without_a_complaint_or_a_request(
    case: str, browser: Browser, tmp_path: Path
) -> None:
    path = write(tmp_path, page_of(case))
    for width in (1280, 390):
        browser.open(path, width=width)

        assert 3 == browser.evaluate("document.querySelectorAll('.chart svg').length")
        assert width == browser.evaluate("document.documentElement.scrollWidth")
        broken = (
            "[...document.querySelectorAll('svg *')].filter((e) => /NaN|Infinity/.test(e.outerHTML)).length"
        )
        assert 0 == browser.evaluate(broken)
        assert [] == browser.problems
        assert [path.as_uri()] == [url for url in browser.requests if not url.startswith("data:")]


@pytest.mark.parametrize(
    ("case", "width", "dark"),
    [
        *(("explored", width, dark) for width in (1280, 390) for dark in (False, True)),
        ("failed_sizes", 390, False),
        ("hostile", 1280, True),
    ],
)
def test_an_accessibility_checker_finds_nothing(
    case: str, width: int, dark: bool, browser: Browser, axe: str, tmp_path: Path
) -> None:
    page = explored() if case == "explored" else page_of(case)
    browser.open(write(tmp_path, page), width=width, dark=dark)
    browser.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
    browser.evaluate(f"{axe}; null")

    found = browser.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")
    assert [] == found


def test_the_system_decides_the_theme_until_the_reader_does(browser: Browser, file: Path) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (
        f"rgb({', '.join(str(int(THEMES[name].ground[i : i + 2], 16)) for i in (1, 3, 5))})"
        for name in ("light", "dark")
    )
    browser.open(file, dark=True)
    assert dark == browser.evaluate(ground)
    browser.evaluate("document.getElementById('theme').click()")
    assert light == browser.evaluate(ground)
    browser.open(file)
    assert light == browser.evaluate(ground)


def test_every_control_is_reached_by_tab_and_shows_its_focus(browser: Browser, file: Path) -> None:
    browser.open(file)
    wanted = browser.evaluate(
        "[...document.querySelectorAll('button, input:not([type=radio]):not(:disabled), select, summary, "
        ".chart, .scroll, input:checked')].filter((e) => e.checkVisibility()).length"
    )
    reached = browser.evaluate("window.reached = new Set(); null")
    for _ in range(wanted + 12):
        browser.press("Tab", TAB)
        outlined = browser.evaluate(
            "(() => { const e = document.activeElement; reached.add(e); "
            "return e === document.body || e.matches('.skip') || "
            "getComputedStyle(e).outlineStyle !== 'none' })()"
        )
        assert outlined
    reached = browser.evaluate(
        "[...reached].filter((e) => e.matches('button, input, select, summary, .chart, .scroll')).length"
    )
    assert wanted == reached


def test_arrow_keys_read_the_chart_size_by_size(browser: Browser, file: Path) -> None:
    browser.open(file)
    browser.evaluate("document.getElementById('duration-chart').focus()")
    browser.press("ArrowRight", RIGHT)
    first = browser.evaluate("document.getElementById('reading').textContent")
    tip = "document.querySelector('#duration-chart [aria-label=tip]').textContent"
    shown = browser.evaluate(f"new Promise((done) => requestAnimationFrame(() => done({tip})))")
    browser.press("End", END)
    last = browser.evaluate("document.getElementById('reading').textContent")

    assert first.startswith("128 MB, mean ")
    assert "128\u00a0MB" in shown
    assert last.startswith("3,008 MB, mean ")


@pytest.mark.parametrize(("chart", "words"), [("cost-chart", "per million"), ("calls-chart", " ms, warm")])
def test_a_pointer_over_a_dot_shows_its_numbers(
    chart: str, words: str, browser: Browser, tmp_path: Path
) -> None:
    browser.open(write(tmp_path, page_of("improvement")))
    shown = f"""(() => {{
      const chart = document.getElementById("{chart}");
      const dot = chart.querySelector("[aria-label=dot] circle").getBoundingClientRect();
      chart.querySelector("svg").dispatchEvent(new PointerEvent("pointermove", {{
        clientX: dot.x + dot.width / 2, clientY: dot.y + dot.height / 2, pointerType: "mouse", bubbles: true,
      }}));
      return new Promise((done) => requestAnimationFrame(() =>
        done(chart.querySelector("[aria-label=tip]").textContent)));
    }})()"""

    assert words in browser.evaluate(shown)


def test_without_scripts_there_is_the_chart_the_tables_and_no_dead_control(
    browser: Browser, file: Path
) -> None:
    browser.without_scripts()
    try:
        browser.open(file)
        visible = "(s) => [...document.querySelectorAll(s)].filter((e) => e.checkVisibility()).length"
        assert 1 == browser.evaluate(f"({visible})('.image svg')")
        assert 0 == browser.evaluate(f"({visible})('button, form, .chart')")
        assert 0 < browser.evaluate(f"({visible})('tbody tr')")
    finally:
        browser.without_scripts(False)


def test_a_head_sorts_its_column_by_quantity(browser: Browser, tmp_path: Path) -> None:
    browser.open(write(tmp_path, page_of("improvement")))
    cells = """(() => {
      const table = document.querySelector("table.sortable");
      const column = [...table.tHead.rows[0].cells].findIndex((head) => head.textContent === "mean");
      table.tHead.rows[0].cells[column].querySelector("button").click();
      return [...table.tBodies[0].rows].map((row) => row.cells[column].textContent);
    })()"""
    means = sorted(c.duration_ms.mean for c in improvement().candidates if c.duration_ms)

    assert [format_duration(mean) for mean in means] == browser.evaluate(cells)
    assert [format_duration(mean) for mean in reversed(means)] == browser.evaluate(cells)


def test_the_controls_start_as_the_run_was_and_come_back_to_it(browser: Browser, file: Path) -> None:
    browser.open(file)
    state = (
        "JSON.stringify([document.getElementById('answer').textContent, "
        "document.getElementById('explorer').dataset.memory])"
    )
    at_first = browser.evaluate(state)
    browser.evaluate(
        "(() => { const form = document.getElementById('explorer'); form.elements.limit.value = 1; "
        "form.elements.strategy.value = 'speed'; form.dispatchEvent(new Event('input')); })()"
    )
    assert "No memory size keeps p95 within 1.00 ms" in browser.evaluate(state)
    browser.evaluate("document.querySelector('#explorer button[type=reset]').click()")

    assert at_first == browser.evaluate(state)
    headline = browser.evaluate("document.querySelector('h1').textContent")
    assert f"{int(json.loads(at_first)[1]):,} MB" in headline


@pytest.mark.parametrize("nonsense", ["-5", "1e999", "", "0"])
def test_a_limit_that_makes_no_sense_is_no_limit(nonsense: str, browser: Browser, file: Path) -> None:
    browser.open(file)
    ask = (
        "((value) => { const form = document.getElementById('explorer'); form.elements.limit.value = value; "
        "form.dispatchEvent(new Event('input')); return document.getElementById('answer').textContent; })"
    )

    assert browser.evaluate(f"{ask}('')") == browser.evaluate(f"{ask}({json.dumps(nonsense)})")


def test_numbers_are_the_strings_of_the_library(browser: Browser) -> None:
    chance = random.Random(7)
    numbers = [
        0.0,
        0.005,
        0.125,
        0.5,
        0.995,
        1.125,
        2.5,
        9.95,
        12.25,
        99.95,
        100.5,
        999.4,
        999.5,
        999.95,
        1e21,
    ]
    numbers += [k / 8 for k in range(1, 80)] + [10.0**e for e in range(-9, 16)]
    numbers += [chance.lognormvariate(0, 6) for _ in range(2_000)]
    formats = (SCRIPTS / "formats.js").read_text(encoding="utf-8")
    names = {
        "formatDuration": format_duration,
        "formatUsd": format_usd,
        "formatPercent": format_percent,
        "formatCount": format_count,
    }
    for name, formatted in names.items():
        found = browser.evaluate(f"(() => {{ {formats}; return {json.dumps(numbers)}.map({name}); }})()")
        assert [formatted(number) for number in numbers] == found
    assert format_usd(-1.5) == browser.evaluate(f"(() => {{ {formats}; return formatUsd(-1.5); }})()")
    assert format_percent(-0.25) == browser.evaluate(
        f"(() => {{ {formats}; return formatPercent(-0.25); }})()"
    )
