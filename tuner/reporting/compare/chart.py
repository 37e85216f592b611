"""The chart of a comparison: every run's duration and cost over memory size, each in a colour of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tuner.changes import mean_of
from tuner.comparison import Comparison
from tuner.records import Basis, Candidate, Estimate, TuningResult
from tuner.reporting.chart import (
    HEIGHT_PX,
    WIDTH_PX,
    axis_limits,
    draw_legend,
    draw_memory_axis,
    label_panel,
    two_panels,
)
from tuner.reporting.chart_panels import Panel, band_of, costs_of, durations_of, scale_costs, scale_durations
from tuner.reporting.drawing import png, svg
from tuner.reporting.rows import CostReference, cost_reference
from tuner.reporting.theme import SERIES, Theme, ThemeName
from tuner.reporting.wording import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = "os^DvP"
"""Shapes, so that no reader depends on the hues."""
_RING: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 14,
    "markerfacecolor": "none",
    "markeredgewidth": 1.8,
}


@dataclass(frozen=True, slots=True)
class Series:
    """One run in both panels."""

    name: str
    colour: str
    marker: str
    durations: Panel
    costs: Panel


def draw_compare_chart(comparison: Comparison, theme: ThemeName) -> str:
    """An SVG image on a transparent ground; the same comparison gives the same bytes."""
    return svg(partial(_draw, comparison, SERIES[theme]), (WIDTH_PX, HEIGHT_PX), theme)


def draw_compare_image(comparison: Comparison, theme: ThemeName) -> bytes:
    """The same chart as a PNG image."""
    return png(partial(_draw, comparison, SERIES[theme]), (WIDTH_PX, HEIGHT_PX), theme)


def _draw(comparison: Comparison, colours: tuple[str, ...], figure: Figure, theme: Theme) -> None:
    upper, lower = two_panels(figure)
    series = list(series_of(comparison, colours))
    for each in series:
        _draw_panel(upper, each, each.durations, theme)
        _draw_panel(lower, each, each.costs, theme)
    for axes, panel in ((upper, series[0].durations), (lower, series[0].costs)):
        label_panel(axes, panel.label)
        axes.grid(axis="y", color=theme.grid, linewidth=0.8)
        axes.tick_params(length=0, which="both", pad=6)
    scale_durations(upper, *(each.durations for each in series))
    scale_costs(
        lower, *(each.costs for each in series), relative=comparison.first.result.measurements.relative
    )
    results = [run.result for run in comparison.runs]
    draw_memory_axis(
        lower,
        memory_limits_of(comparison),
        first_mb=[result.recommendation.candidate.memory_mb for result in results],
        then_mb=[c.memory_mb for result in results for c in result.candidates if c.basis is Basis.MEASURED],
    )
    # A ring of no run's colour, for the legend alone.
    upper.plot([], [], label="recommended", color=theme.quiet, **_RING)
    draw_legend(figure, (upper, lower))


def memory_limits_of(comparison: Comparison) -> tuple[float, float]:
    """The ends of the memory axis [MB] of all the runs, with a margin."""
    return axis_limits([size for run in comparison.runs for size in _sizes(run.result)])


def _sizes(result: TuningResult) -> Iterator[int]:
    yield result.recommendation.candidate.memory_mb
    yield from (c.memory_mb for c in result.candidates if c.basis is not Basis.EXTRAPOLATED)
    yield from (point.memory_mb for point in band_of(result) if not point.extrapolated)


def series_of(comparison: Comparison, colours: tuple[str, ...]) -> Iterator[Series]:
    """Intervals are those of the tables; of relative runs the costs are in parts of the first one's."""
    first = comparison.first
    own = cost_reference(first.result)
    shared = (
        CostReference(f"{own.title} of {clean(first.name, limit=20)}", own.usd_per_million) if own else None
    )
    reference = shared if first.result.measurements.relative else None
    for run, colour, marker in zip(comparison.runs, colours, _MARKERS, strict=False):
        durations, costs = durations_of(run.result), costs_of(run.result, reference)
        unit = reference.usd_per_million if reference else 1.0
        yield Series(
            name=clean(run.name, limit=40),
            colour=colour,
            marker=marker,
            durations=_interior(durations, run.result, _duration),
            costs=_interior(costs, run.result, partial(_cost, unit=unit)),
        )


def _duration(candidate: Candidate) -> Estimate | None:
    return mean_of(candidate.duration_ms) if candidate.duration_ms else None


def _cost(candidate: Candidate, *, unit: float) -> Estimate | None:
    cost = candidate.cost_usd_per_million
    return Estimate(cost.mean / unit, cost.low / unit, cost.high / unit) if cost else None


def _interior(panel: Panel, result: TuningResult, read: Callable[[Candidate], Estimate | None]) -> Panel:
    """What was measured with the intervals of the tables, and nothing extrapolated."""
    measured = ((c.memory_mb, read(c)) for c in result.candidates if c.basis is Basis.MEASURED)
    return replace(panel, measured=tuple((size, e) for size, e in measured if e), extrapolated=())


def _draw_panel(axes: Axes, series: Series, panel: Panel, theme: Theme) -> None:
    if panel.fitted:
        sizes = [size for size, _ in panel.fitted]
        low, high = [e.low for _, e in panel.fitted], [e.high for _, e in panel.fitted]
        axes.fill_between(sizes, low, high, color=series.colour, alpha=0.16, linewidth=0)
        axes.plot(sizes, [e.mean for _, e in panel.fitted], color=series.colour, linewidth=1.4)
    below = [max(0.0, e.mean - e.low) for _, e in panel.measured]
    above = [max(0.0, e.high - e.mean) for _, e in panel.measured]
    axes.errorbar(
        [size for size, _ in panel.measured],
        [e.mean for _, e in panel.measured],
        yerr=(below, above),
        fmt=series.marker,
        color=series.colour,
        markersize=6,
        markeredgecolor=theme.ground,
        markeredgewidth=0.8,
        elinewidth=1.1,
        capsize=3,
        zorder=4,
        label=series.name,
    )
    if panel.recommended:
        axes.plot(*panel.recommended, color=series.colour, zorder=6, **_RING)
