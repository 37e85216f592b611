"""The plot in characters: what each picture shows, and that it fits."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from golden_files import assert_golden
from report_cases import CASES, fitted, improvement, local_relative, measured, result

from tuner.records import Estimate, TuningResult
from tuner.reporting.plot import render_plot


@pytest.mark.parametrize("case", CASES)
def test_a_plot_reads_as_the_golden_file(case: str) -> None:
    assert_golden(f"plot-{case}.txt", render_plot(CASES[case]()) + "\n")


@pytest.mark.parametrize("width", [37, 40, 80, 120])
@pytest.mark.parametrize("case", CASES)
def test_a_plot_fits_its_width_and_a_screen(case: str, width: int) -> None:
    lines = render_plot(CASES[case](), width=width).splitlines()
    assert width >= max(map(len, lines), default=0)
    assert 24 >= len(lines)


@pytest.mark.parametrize("case", CASES)
def test_twenty_lines_of_plain_text_do_in_eighty_columns(case: str) -> None:
    drawn = render_plot(CASES[case]())
    assert 20 >= len(drawn.splitlines())
    assert "\x1b" not in drawn


def test_where_there_is_no_room_there_is_no_plot() -> None:
    assert "" == render_plot(improvement(), width=20)


def test_measured_points_stand_apart_from_the_curve() -> None:
    drawn = render_plot(improvement())
    sizes_measured, panels = 6, 2
    # The recommended size and today's are measured too, and have letters of their own.
    assert (sizes_measured - 2) * panels == _marks(drawn, "o")
    assert panels == _marks(drawn, "R")
    assert panels == _marks(drawn, "T")


def _marks(drawn: str, mark: str) -> int:
    """How often a letter stands in the panels."""
    inside = [line.partition("│")[2] + line.partition("┤")[2] for line in drawn.splitlines()]
    return sum(line.count(mark) for line in inside)


def test_todays_size_may_be_the_recommended_one() -> None:
    assert "R recommended, today: 512 MB" in render_plot(CASES["keep_current"]())


def test_a_relative_run_shows_no_dollars() -> None:
    drawn = render_plot(local_relative())
    assert "$" not in drawn
    assert "cost, today = 100 %" in drawn
    assert "mean duration in the sandbox" in drawn


def test_failed_sizes_stand_at_the_foot() -> None:
    drawn = render_plot(CASES["failed_sizes"]())
    foot = next(line for line in drawn.splitlines() if line.startswith("  0 ms"))
    assert 2 == foot.count("x")
    assert "x failed" in drawn


def test_a_size_that_only_failed_leaves_nothing_to_draw() -> None:
    base = CASES["single_size"]()
    unknown = replace(base.candidates[0], duration_ms=None, cost_usd_per_million=None)
    recommendation = replace(base.recommendation, candidate=unknown)
    assert "" == render_plot(replace(base, candidates=(unknown,), recommendation=recommendation))


@pytest.mark.parametrize("absurd", [math.inf, math.nan, -1.0, 0.0, 1e308, 1e-308])
def test_an_absurd_number_ends_in_no_error(absurd: float) -> None:
    drawn = render_plot(_with_a_duration_of(absurd))
    assert 80 >= max(map(len, drawn.splitlines()))
    assert "R recommended" in drawn


def _with_a_duration_of(mean: float) -> TuningResult:
    good, odd = measured(512), measured(1024)
    assert odd.duration_ms is not None
    odd = replace(
        odd,
        duration_ms=replace(odd.duration_ms, mean=mean, low=mean, high=mean),
        cost_usd_per_million=Estimate(mean, mean, mean),
    )
    return result(candidates=(good, odd), chosen_mb=512, today_mb=None, reasons=())


def test_thousands_of_sizes_are_drawn_at_once() -> None:
    base = improvement()
    many = replace(base, candidates=(*base.candidates, *(fitted(size) for size in range(2_000, 10_240))))
    assert "10,240" in render_plot(many)
