"""The chart of a history: cost above, duration below; lines join runs under the same conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuner.changes import mean_of
from tuner.history import HistoryEntry
from tuner.records import Estimate
from tuner.reporting.chart import HEIGHT_PX, WIDTH_PX, draw_legend, label_panel, two_panels
from tuner.reporting.chart_panels import round_tick
from tuner.reporting.drawing import png, svg
from tuner.reporting.history.view import HistoryView, point_label
from tuner.reporting.theme import Theme, ThemeName
from tuner.trend import Step
from tuner.units import format_duration, format_usd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LABELS = 14
"""As many labels as stand side by side below the chart."""


def draw_history_chart(view: HistoryView, steps: Sequence[Step], theme: ThemeName) -> str:
    """An SVG image on a transparent ground; the same history gives the same bytes."""
    return svg(partial(_draw, view, steps), (WIDTH_PX, HEIGHT_PX), theme)


def draw_history_image(view: HistoryView, steps: Sequence[Step], theme: ThemeName) -> bytes:
    """The same chart as a PNG image."""
    return png(partial(_draw, view, steps), (WIDTH_PX, HEIGHT_PX), theme)


def _draw(view: HistoryView, steps: Sequence[Step], figure: Figure, theme: Theme) -> None:
    upper, lower = two_panels(figure)
    _draw_estimates(upper, steps, lambda entry: entry.cost_usd_per_million, theme)
    _draw_estimates(lower, steps, lambda entry: mean_of(entry.duration_ms), theme)
    _draw_slowest(lower, steps, theme)
    for place in (n for n, step in enumerate(steps) if step.new_conditions):
        for axes in (upper, lower):
            axes.axvline(place - 0.5, color=theme.failed, linewidth=1.2, linestyle=(0, (1, 2)))
    entries = [step.entry for step in steps]
    _scale(upper, [e.cost_usd_per_million.high for e in entries], format_usd, theme)
    _scale(lower, [max(e.duration_ms.high, e.duration_ms.p95) for e in entries], format_duration, theme)
    label_panel(upper, view.cost_label)
    label_panel(lower, "duration")
    _label_runs(lower, steps)
    draw_legend(figure, (upper, lower))


def _draw_slowest(axes: Axes, steps: Sequence[Step], theme: Theme) -> None:
    for number, places in enumerate(series_places(steps)):
        axes.plot(
            places,
            [steps[n].entry.duration_ms.p95 for n in places],
            color=theme.quiet,
            marker="^",
            markersize=5,
            linewidth=1.2,
            linestyle=(0, (3, 2)),
            label=None if number else "p95",
        )


def _scale(axes: Axes, tops: Sequence[float], form: Callable[[float], str], theme: Theme) -> None:
    """From zero: what looks twice as high is twice as high."""
    from matplotlib.ticker import MaxNLocator

    axes.set_ylim(0, max(tops) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(partial(_tick, form))
    axes.grid(axis="y", color=theme.grid, linewidth=0.8)
    axes.tick_params(length=0, which="both", pad=6)


def _tick(form: Callable[[float], str], value: float, _: int) -> str:
    return round_tick(form(value))


def series_places(steps: Sequence[Step]) -> list[list[int]]:
    """The places of the runs that were made under the same conditions, for each of these."""
    places: dict[int, list[int]] = {}
    for place, step in enumerate(steps):
        places.setdefault(step.series, []).append(place)
    return list(places.values())


def _draw_estimates(
    axes: Axes, steps: Sequence[Step], read: Callable[[HistoryEntry], Estimate], theme: Theme
) -> None:
    for number, places in enumerate(series_places(steps)):
        found = [read(steps[n].entry) for n in places]
        # An interval that does not hold its mean would have a negative length, which cannot be drawn.
        below = [max(0.0, e.mean - e.low) for e in found]
        above = [max(0.0, e.high - e.mean) for e in found]
        axes.errorbar(
            places,
            [e.mean for e in found],
            yerr=(below, above),
            fmt="o-",
            color=theme.curve,
            markersize=5.5,
            markeredgecolor=theme.ground,
            markeredgewidth=0.8,
            linewidth=1.4,
            elinewidth=1.1,
            capsize=3,
            label=None if number else "mean, 95 % interval",
        )


def _label_runs(axes: Axes, steps: Sequence[Step]) -> None:
    labelled = range(0, len(steps), -(-len(steps) // _LABELS))
    axes.set_xlim(-0.5, len(steps) - 0.5)
    axes.set_xticks(list(labelled), [point_label(steps[n].entry) for n in labelled])
    axes.set_xlabel("run, oldest first, by commit or day; dotted: new conditions", labelpad=6)
