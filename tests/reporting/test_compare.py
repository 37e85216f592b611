"""Comparisons in words, tables and charts."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib.resources import files

import jsonschema
import pytest
import report_cases
from golden_files import assert_golden

from tuner.comparison import Comparison, compare
from tuner.records import Basis, Candidate, Estimate, TuningResult
from tuner.reporting.changes import change_cells, cost_in_words, interval_in_words, speed_in_words
from tuner.reporting.compare import (
    build_compare_view,
    compare_document,
    draw_compare_chart,
    draw_compare_image,
    render_compare_html,
    render_compare_markdown,
    render_compare_terminal,
)
from tuner.reporting.markup import ChartFiles
from tuner.reporting.view import build_view


def scaled(
    result: TuningResult, *, duration: float = 1.0, cost: float = 1.0, **conditions: str
) -> TuningResult:
    """The same run with other numbers."""

    def of(candidate: Candidate) -> Candidate:
        time, usd = candidate.duration_ms, candidate.cost_usd_per_million
        if time is None or usd is None:
            return candidate
        return replace(
            candidate,
            duration_ms=replace(
                time, mean=time.mean * duration, low=time.low * duration, high=time.high * duration
            ),
            cost_usd_per_million=Estimate(usd.mean * cost, usd.low * cost, usd.high * cost),
        )

    return replace(
        result,
        candidates=tuple(map(of, result.candidates)),
        recommendation=replace(result.recommendation, candidate=of(result.recommendation.candidate)),
        conditions={**result.conditions, **conditions},
    )


def both() -> Comparison:
    x86 = report_cases.improvement()
    return compare([("x86", x86), ("arm", scaled(x86, cost=0.8, duration=1.01, architecture="arm64"))])


def differing() -> Comparison:
    """Another region, another size, and three runs."""
    first = report_cases.improvement()
    slow = scaled(first, duration=2.4, cost=2.2, region="eu-west-1", runtime="nodejs22.x")
    return compare([("a", first), ("b", slow), ("c", report_cases.dearer_but_faster())])


def local() -> Comparison:
    first = report_cases.local_relative()
    return compare([("before", first), ("after", scaled(first, duration=0.5, cost=0.5))])


def hostile() -> Comparison:
    nasty = report_cases.hostile()
    return compare([("a", nasty), (report_cases.HOSTILE, scaled(nasty, architecture=report_cases.HOSTILE))])


COMPARISONS = {case.__name__: case for case in (both, differing, local, hostile)}


@pytest.mark.parametrize("case", ["both", "differing", "local"])
def test_markdown_reads_as_the_golden_file(case: str) -> None:
    view = build_compare_view(COMPARISONS[case]())
    page = render_compare_markdown(view, ChartFiles("chart.light.svg", "chart.dark.svg"))
    assert_golden(f"compare-{case}.md", page)


@pytest.mark.parametrize("case", COMPARISONS)
def test_the_terminal_reads_as_the_golden_file(case: str) -> None:
    text = render_compare_terminal(build_compare_view(COMPARISONS[case]()))
    assert_golden(f"compare-{case}.txt", text)
    if case != "hostile":
        assert 80 >= max(map(len, text.splitlines()))


def test_a_sure_difference_and_one_inside_the_noise_are_told_apart() -> None:
    (answer,) = build_compare_view(both()).answers
    assert answer.startswith("arm64 is 20 % cheaper (17 % to 23 %) than x86_64, both at 1,024 MB;")
    assert "speed is the same inside the noise (" in answer


def test_numbers_are_the_strings_of_each_runs_own_report() -> None:
    comparison = both()
    table = build_compare_view(comparison).recommended
    for run, row in zip(comparison.runs, table.rows, strict=True):
        own = build_view(run.result).table
        chosen = next(each for each in own.rows if each.recommended)
        cells = dict(zip((c.title for c in own.columns), chosen.cells, strict=True))
        shown = dict(zip((c.title for c in table.columns), row.cells, strict=True))
        for title in ("memory", "mean", "95 % interval", "p95", "$ per million", "cost interval"):
            assert cells[title] == shown[title]


@pytest.mark.parametrize(
    ("change", "cost", "speed"),
    [
        ((-0.18, -0.24, -0.12), "18 % cheaper (12 % to 24 %)", "18 % faster (12 % to 24 %)"),
        ((0.03, 0.012, 0.049), "3.0 % dearer (1.2 % to 4.9 %)", "3.0 % slower (1.2 % to 4.9 %)"),
        ((1.5, 1.2, 2.0), "150 % dearer (120 % to 200 %)", "2.5x slower (2.2x to 3.0x)"),
        ((-1.0, -1.0, -1.0), "100 % cheaper (100 % to 100 %)", "100 % faster (100 % to 100 %)"),
        ((-0.6, -0.7, -0.5), "60 % cheaper (50 % to 70 %)", "2.5x faster (2.0x to 3.3x)"),
    ],
)
def test_changes_in_words(change: tuple[float, float, float], cost: str, speed: str) -> None:
    assert cost == cost_in_words(Estimate(*change))
    assert speed == speed_in_words(Estimate(*change))


def test_a_change_inside_the_noise_is_marked_in_its_cell() -> None:
    assert ("~ +2.0 %", "−1.0 % to +5.0 %") == change_cells(Estimate(0.02, -0.01, 0.05))
    assert ("+2.0 %", "+1.0 % to +5.0 %") == change_cells(Estimate(0.02, 0.01, 0.05))
    assert ("–", "–") == change_cells(None)
    assert "from −10 %" == interval_in_words(Estimate(0.0, -0.1, float("inf")))


def test_a_comparison_of_sandboxes_promises_no_dollars() -> None:
    view = build_compare_view(local())
    assert view.relative_notice
    assert "$ per million at list price" in [column.title for column in view.recommended.columns]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("case", COMPARISONS)
def test_the_chart_is_small_well_formed_and_the_same_every_time(case: str, theme: str) -> None:
    comparison = COMPARISONS[case]()
    svg = draw_compare_chart(comparison, theme)  # type: ignore[arg-type]

    ET.fromstring(svg)
    assert len(svg.encode()) < 250_000
    assert svg == draw_compare_chart(comparison, theme)  # type: ignore[arg-type]


def test_the_legend_names_every_run() -> None:
    svg = draw_compare_chart(both(), "light")
    texts = [
        "".join(element.itertext()) for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert {"x86_64", "arm64", "recommended"} <= set(texts)


def test_runs_without_a_curve_can_be_drawn() -> None:
    single = report_cases.single_size()
    assert {Basis.MEASURED} == {candidate.basis for candidate in single.candidates}
    comparison = compare([("a", single), ("b", scaled(single, cost=0.5))])
    assert draw_compare_image(comparison, "dark").startswith(b"\x89PNG")


def test_the_document_has_every_difference_with_its_interval() -> None:
    document = json.loads(json.dumps(compare_document(both()), allow_nan=False))

    schema = json.loads((files("tuner") / "schemas" / "compare.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema)
    (contrast,) = document["contrasts"]
    assert ["x86_64", "arm64"] == [run["name"] for run in document["runs"]]
    assert ("arm64", "x86_64") == (contrast["run"], contrast["against"])
    assert pytest.approx(-0.2) == contrast["recommended"]["cost_change"]["mean"]
    assert {"mean", "low", "high"} == set(contrast["recommended"]["duration_change"])
    assert [{"key": "architecture", "values": ["x86_64", "arm64"]}] == document["disagreements"]


def test_no_text_of_a_run_becomes_markup() -> None:
    page = render_compare_html(hostile())
    assert "<script>alert" not in page
    assert "<script>alert" not in draw_compare_chart(hostile(), "light")
    assert "\x1b" not in render_compare_terminal(build_compare_view(hostile()))


def test_a_page_holds_the_answer_and_loads_nothing() -> None:
    page = render_compare_html(both())
    assert "20 % cheaper" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert 'src="http' not in page
    assert 'href="http' not in page.replace('xlink:href="http', "")
    assert len(page.encode()) < 1_000_000
