"""The chart: well-formed, small, the same every time, and nothing on top of anything."""

from __future__ import annotations

import itertools
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import report_cases
from html_cases import two_calls_at_128_mb
from report_cases import CASES

from tuner.records import Basis
from tuner.reporting import ReportFiles, write_report
from tuner.reporting.chart import draw_chart
from tuner.reporting.chart_labels import Placement, place_labels, thinned
from tuner.reporting.chart_panels import durations_of
from tuner.reporting.report import file_name

SVG = "{http://www.w3.org/2000/svg}"


def group(svg: str, name: str) -> ET.Element | None:
    return next((g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("id") == name), None)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("case", CASES)
def test_chart_is_small_and_holds_every_measured_point(case: str, theme: str) -> None:
    result = CASES[case]()
    svg = draw_chart(result, theme)  # type: ignore[arg-type]
    measured = [c for c in result.candidates if c.basis is Basis.MEASURED and c.duration_ms]

    assert len(svg.encode()) < 100_000
    for panel in ("measured-duration", "measured-cost"):
        points = group(svg, panel)
        assert points is not None
        assert len(list(points.iter(f"{SVG}use"))) == len(measured)


def test_the_same_result_gives_the_same_bytes() -> None:
    assert draw_chart(report_cases.improvement(), "light") == draw_chart(report_cases.improvement(), "light")


def test_a_chart_carries_no_date_and_no_ground() -> None:
    svg = draw_chart(report_cases.improvement(), "dark")

    assert "<dc:date>" not in svg
    assert "fill: #0d1117" not in svg.split('<g id="measured', maxsplit=1)[0]


def test_labels_name_the_recommended_size_and_todays() -> None:
    labels = texts(draw_chart(report_cases.improvement(), "light"))

    assert "recommended 1,024 MB · 111 ms · $2.04 per million" in labels
    assert "today 128 MB · 847 ms · $1.97 per million" in labels


def test_keeping_todays_size_needs_one_label() -> None:
    labels = texts(draw_chart(report_cases.keep_current(), "light"))

    assert [text for text in labels if "512 MB" in text] == [
        "recommended, as today 512 MB · 317 ms · $2.84 per million"
    ]


def test_failed_sizes_are_crosses_of_their_own() -> None:
    svg = draw_chart(report_cases.failed_sizes(), "light")
    crosses = group(svg, "failed")

    assert crosses is not None
    assert len(list(crosses.iter(f"{SVG}use"))) == 2
    assert "out of memory or timed out" in texts(svg)


def test_the_extrapolated_part_is_apart_from_the_curve() -> None:
    svg = draw_chart(report_cases.improvement(), "light")
    dashes = group(svg, "extrapolated-duration-0")

    assert group(svg, "fitted-duration") is not None
    assert dashes is not None
    assert "stroke-dasharray" in ET.tostring(dashes, encoding="unicode")


def test_a_relative_run_shows_cost_in_proportion() -> None:
    labels = texts(draw_chart(report_cases.local_relative(), "light"))

    assert "cost, today = 100 %" in labels
    assert not any("$" in text for text in labels)


def test_two_calls_have_no_interval_and_do_not_stretch_the_axis() -> None:
    result = two_calls_at_128_mb()
    svg = draw_chart(result, "light")
    bounds = {size: (e.low, e.high) for size, e in durations_of(result).measured}

    assert len(result.measurements.warm(128)) == 2
    assert all(math.isnan(bound) for bound in bounds[128])
    assert all(low < high for size, (low, high) in bounds.items() if size != 128)
    assert "measured mean, 95 % interval from 3 calls on" in texts(svg)
    assert "5 s" not in texts(svg)


def test_a_legend_names_no_interval_where_none_is_drawn() -> None:
    assert "measured mean" in texts(draw_chart(report_cases.improvement(), "light"))


@pytest.mark.parametrize("case", ["single_size", "no_current"])
def test_charts_need_neither_a_curve_nor_a_current_setting(case: str) -> None:
    assert not any("today" in text for text in texts(draw_chart(CASES[case](), "light")))


def test_labels_never_cover_each_other_nor_leave_the_plot() -> None:
    width = 796.0
    for first, second in itertools.product(range(0, 797, 12), repeat=2):
        variants = [[(float(first), "a" * n), (float(second), "b" * n)] for n in (48, 32, 18)]
        labels, places = place_labels(variants, width)
        spans = [
            (x, x + 7 * len(t)) if p.to_right else (x - 7 * len(t), x)
            for (x, t), p in zip(labels, places, strict=True)
        ]
        assert all(left >= -1 and right <= width + 1 for left, right in spans)
        assert places[0].row != places[1].row
        lower, upper = sorted((0, 1), key=lambda i: places[i].row)
        if abs(first - second) > 12:
            assert not spans[lower][0] < labels[upper][0] < spans[lower][1]


def test_a_lone_label_goes_to_the_side_where_it_fits() -> None:
    assert place_labels([[(790.0, "recommended")]], 796.0)[1] == (Placement(to_right=False, row=0),)


def test_ticks_keep_their_distance() -> None:
    assert thinned([0.0, 10.0, 50.0, 95.0, 100.0], gap_px=48) == [0, 2, 4]


def test_report_files_are_written_side_by_side(tmp_path: Path) -> None:
    files = write_report(report_cases.improvement(), tmp_path / "reports")

    assert files == ReportFiles(
        markdown=tmp_path / "reports" / "my-func.md",
        charts=(tmp_path / "reports" / "my-func.light.svg", tmp_path / "reports" / "my-func.dark.svg"),
    )
    page = files.markdown.read_text(encoding="utf-8")
    assert all(f'"{chart.name}"' in page and chart.is_file() for chart in files.charts)


@pytest.mark.parametrize(
    "function",
    [
        report_cases.HOSTILE,
        "../../etc/passwd",
        "..",
        "",
        ".hidden",
        "a/b",
        "a\\b",
        "CON",
        "nul.txt",
        "x" * 300,
        "ä",
    ],
)
def test_file_names_stay_in_the_folder(function: str) -> None:
    name = file_name(function)

    assert name == Path(name).name
    assert name.strip(". ")
    assert not name.startswith(".")
    assert len(name) < 100
    assert name.isascii()


def test_file_names_are_readable_and_never_shared() -> None:
    assert file_name("my-func_2.v1") == "my-func_2.v1"
    assert len({file_name(name) for name in ("a/b", "a-b", "a b", "a\\b")}) == 4


def test_hostile_names_are_written_into_the_folder(tmp_path: Path) -> None:
    files = write_report(report_cases.hostile(), tmp_path)

    assert {files.markdown.parent, *(chart.parent for chart in files.charts)} == {tmp_path}
    assert len(list(tmp_path.iterdir())) == 3
