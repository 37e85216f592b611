"""The chart of a gate: well-formed, small, the same every time, and every call in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import gate_cases
import pytest
from gate_cases import CASES

from tuner.reporting.gate import build_gate_view, draw_gate_chart, render_gate_markdown
from tuner.reporting.markup import ChartFiles

SVG = "{http://www.w3.org/2000/svg}"


def dots(svg: str, title: str) -> int:
    strip = next(g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("id") == f"calls-{title}")
    return len(list(strip.iter(f"{SVG}use")))


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_call_is_a_dot(theme):
    svg = draw_gate_chart(gate_cases.regression(), theme)
    assert 40 == dots(svg, "baseline") == dots(svg, "now")
    assert {"mean 410 ms", "mean 467 ms"} <= set(texts(svg))
    assert len(svg.encode()) < 100_000


def test_the_same_result_gives_the_same_bytes():
    assert draw_gate_chart(gate_cases.passed(), "light") == draw_gate_chart(gate_cases.passed(), "light")


def test_many_calls_are_drawn_by_their_quantiles_with_both_ends():
    many = gate_cases.durations(40.0, 5_000)
    svg = draw_gate_chart(replace(gate_cases.passed(), durations_ms=(many, many[:3])), "light")
    assert 240 == dots(svg, "baseline")
    assert 3 == dots(svg, "now")
    assert "5,000 calls" in " ".join(texts(svg))


def test_a_slow_tail_makes_the_axis_logarithmic():
    slow = ((40.0, 41.0, 900.0), (40.0, 42.0, 43.0))
    assert "warm duration, log scale" in texts(
        draw_gate_chart(replace(gate_cases.passed(), durations_ms=slow), "light")
    )


def test_without_a_warm_call_there_is_no_chart():
    assert draw_gate_chart(gate_cases.broken_base(), "light") is None


def test_the_chart_is_told_in_words():
    view = build_gate_view(gate_cases.regression())
    assert "Baseline: 40 calls, 379–565 ms, mean 410 ms. Now: 40 calls," in view.chart_description
    page = render_gate_markdown(view, ChartFiles("a.light.svg", "a.dark.svg"))
    assert f'<img alt="{view.chart_description}" src="a.light.svg">' in page


@pytest.mark.parametrize("case", CASES)
def test_every_outcome_can_be_drawn(case):
    svg = draw_gate_chart(CASES[case](), "dark")
    assert svg is None or ET.fromstring(svg).tag == f"{SVG}svg"
