"""What is in the file of a page, before any browser has seen it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from html_cases import PAGE_CASES, page_of
from report_cases import CASES, HOSTILE, improvement

import tuner
from tuner.records import RunWarning, TuningResult
from tuner.reporting import html
from tuner.reporting.html import render_html
from tuner.reporting.html.calls import MOST_DOTS, calls_data
from tuner.reporting.html.explorer import explorer_data
from tuner.reporting.html.page import CHART_LIBRARY, embedded
from tuner.reporting.view import build_view

VENDOR = Path(html.__file__).parent / "vendor"


class Reader(HTMLParser):
    """The elements with their attributes, and the text outside scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def data_of(page: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert found
    return dict(json.loads(found[1]))


@pytest.mark.parametrize("case", PAGE_CASES)
def test_a_page_stays_below_two_megabytes(case: str) -> None:
    assert len(page_of(case).encode()) < 2_000_000


@pytest.mark.parametrize("case", CASES)
def test_every_string_of_the_report_is_in_the_page(case: str) -> None:
    view = build_view(CASES[case]())
    text = Reader(page_of(case)).text

    strings = [
        view.answer,
        *view.reasons,
        *view.timeout_reasons,
        *view.concurrency,
        *(fact.text for fact in (*view.facts, *view.conditions)),
        *(cell for row in view.table.rows for cell in row.cells),
        *(column.title for column in view.table.columns),
        *(word for item in view.excluded for word in (item.why, item.message) if word),
        *(
            word
            for warning in view.warnings
            for word in (warning.code, warning.message, warning.hint)
            if word
        ),
        *view.method,
        view.command,
        view.spent,
        view.provenance,
    ]
    plain = re.sub(r"\s", "", text)
    assert [] == [words for words in strings if re.sub(r"\s", "", words) not in plain]


def test_nothing_in_the_page_points_outside() -> None:
    elements = Reader(page_of("improvement")).elements
    pointing = [
        value
        for _, attributes in elements
        for name in ("src", "href", "action", "srcset", "data", "poster", "xlink:href")
        if (value := attributes.get(name)) is not None
    ]

    assert all(value.startswith(("data:", "#")) for value in pointing)


def test_only_the_scripts_of_the_page_may_run() -> None:
    reader = Reader(page_of("improvement"))
    policy = next(a["content"] for tag, a in reader.elements if tag == "meta" and "http-equiv" in a)
    running = [s for s in reader.scripts if not s.startswith("{")]

    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in running]
    allowed = " ".join(f"'sha256-{text}'" for text in hashes)
    assert f"script-src {allowed};" in (policy or "")
    assert (policy or "").startswith("default-src 'none';")


def test_markup_in_names_and_messages_is_text() -> None:
    page = page_of("hostile")
    reader = Reader(page)

    assert not any(tag == "img" for tag, _ in reader.elements)
    assert "alert(1)" in reader.text
    assert not any("alert(1)" in script for script in reader.scripts if not script.startswith("{"))
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_a_closing_script_in_the_data_stays_inside_it() -> None:
    text = embedded({"name": "</script><script>alert(1)</script>\u2028<!--&"})

    assert set("<>&\u2028").isdisjoint(text)
    assert {"name": "</script><script>alert(1)</script>\u2028<!--&"} == json.loads(text)


def test_a_warning_that_ends_the_script_does_not() -> None:
    result = replace(improvement(), warnings=(RunWarning("W-X", f"</script>{HOSTILE}"),))

    assert len(Reader(render_html(result)).scripts) == len(Reader(page_of("improvement")).scripts)


def test_a_page_is_the_same_bytes_every_time() -> None:
    assert page_of("improvement") == render_html(improvement())


def test_unknown_and_infinite_numbers_are_null_in_the_data() -> None:
    data = data_of(page_of("huge_numbers"))

    sizes = data["chart"]["sizes"]  # type: ignore[index]
    assert None is next(s for s in sizes if s["mb"] == 1024)["duration"][2]


def test_calls_are_thinned_with_the_extremes_kept_and_the_page_says_so() -> None:
    result = PAGE_CASES["hundred_thousand_calls"]()
    durations = [c.duration_ms for c in result.measurements.warm(512)]
    data = calls_data(result)

    row = next(row for row in data["rows"] if row["mb"] == 512)
    assert (min(durations), max(durations)) == (row["warm"][0], row["warm"][-1])
    drawn = sum(len(row[kind]) for row in data["rows"] for kind in ("warm", "cold", "left out", "failed"))
    assert MOST_DOTS >= drawn > MOST_DOTS * 0.9
    assert f"{drawn:,} of 100,000 invocations are drawn" in data["note"]
    assert data["note"] in Reader(page_of("hundred_thousand_calls")).text


def test_only_sizes_with_three_calls_have_an_interval_of_their_own_and_the_page_says_so() -> None:
    page = page_of("two_calls_at_128_mb")
    sizes = {s["mb"]: s for s in data_of(page)["chart"]["sizes"]}  # type: ignore[index]

    assert [None, None] == sizes[128]["duration"][1:]
    assert [None, None] == sizes[128]["cost"][1:]
    assert None not in sizes[1024]["duration"]
    assert "too few single calls for an interval of its own" in sizes[128]["lines"]
    assert "95 % interval from 3 calls on" in Reader(page).text
    assert "from 3 calls on" not in Reader(page_of("improvement")).text


def test_few_calls_are_all_drawn_without_a_word() -> None:
    data = calls_data(improvement())

    assert None is data["note"]
    assert 32 == len(data["rows"][0]["warm"]) + len(data["rows"][0]["cold"])


def test_a_cold_call_shows_what_its_caller_waits_for() -> None:
    result = improvement()
    call = next(i for i in result.measurements.invocations if i.cold)
    data = calls_data(result)

    assert [(call.duration_ms or 0) + 212.0] == data["rows"][0]["cold"]


def test_sizes_that_only_failed_have_a_row_with_the_reason() -> None:
    rows = calls_data(PAGE_CASES["failed_sizes"]())["rows"]

    assert "out of memory, 3 of 3 invocations" == rows[0]["failure"]


def test_the_vendored_files_are_the_pinned_ones() -> None:
    lines = [line.split() for line in (VENDOR / "PINS").read_text().splitlines() if not line.startswith("#")]
    pinned = {name: sha256 for _, _, name, sha256 in lines}

    found = {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in pinned}
    assert pinned == found
    assert {*CHART_LIBRARY, "d3.LICENSE", "plot.LICENSE"} == set(pinned)


def test_without_other_answers_there_are_no_controls() -> None:
    assert not any(tag == "form" for tag, _ in Reader(page_of("improvement")).elements)


@cache
def run() -> TuningResult:
    return tuner.tune(
        "model:mixed",
        seed=1,
        strategy="balanced",
        max_duration="2s@p99",
        min_memory=256,
        invocations_per_month=7,
    )


def test_the_controls_know_what_the_run_was_asked_for() -> None:
    data = explorer_data(run())

    assert data
    assert {
        "strategy": "balanced",
        "weight": 0.5,
        "statistic": "p99",
        "limitMs": 2000.0,
        "increase": None,
        "volume": 7,
    } == data["wishes"]


def test_the_curves_in_the_page_are_the_ones_the_library_decides_on() -> None:
    result, data = run(), explorer_data(run())

    assert result.landscape and data
    found = np.frombuffer(base64.b64decode(data["cost"]), dtype="<f8").reshape(
        len(data["sizes"]), data["draws"]
    )
    assert np.array_equal(result.landscape.cost_usd.T, found)


def test_only_measured_sizes_can_be_answers() -> None:
    result, data = run(), explorer_data(run())

    assert data
    measured = [size for size in result.measurements.memory_sizes_mb if size in data["sizes"]]
    assert measured == [choice["mb"] for choice in data["choices"] if choice]


def test_too_many_sizes_to_ask_about_are_said_to_be_too_many() -> None:
    landscape = run().landscape
    assert landscape
    crowded = replace(run(), landscape=replace(landscape, memory_mb=tuple(range(128, 1128))))

    text = Reader(render_html(crowded)).text
    assert "The curves of 1,000 sizes would make this page too large" in text
    assert None is explorer_data(crowded)
