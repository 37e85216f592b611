"""The chart of a simulation: concurrency by function above, throttles and cold starts below, over time."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from tuner.concurrency.simulation import SimulationResult
from tuner.concurrency.words import time_text
from tuner.reporting.drawing import svg
from tuner.reporting.theme import Theme, ThemeName
from tuner.reporting.wording import clean
from tuner.units import format_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PX, HEIGHT_PX = 900, 480
_BANDS = 5
"""So many functions have a band of their own; the others share one."""
_LEGEND_ROW = 6
_TICKS_S = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    14_400,
    43_200,
    86_400,
)


def draw_simulation(result: SimulationResult, theme: ThemeName) -> str:
    """An SVG image on a transparent ground; the same result gives the same bytes."""

    def draw(figure: Figure, colours: Theme) -> None:
        upper, lower = figure.subplots(
            2,
            1,
            sharex=True,
            gridspec_kw={
                "height_ratios": (5, 3),
                "hspace": 0.12,
                "left": 0.085,
                "right": 0.98,
                "top": 0.97,
                "bottom": 0.19,
            },
        )
        _draw_concurrency(upper, result, colours)
        _draw_refusals(lower, result, colours)
        _draw_time_axis(lower, result)
        handles = [
            pair for axes in (upper, lower) for pair in zip(*axes.get_legend_handles_labels(), strict=True)
        ]
        figure.legend(
            [handle for handle, _ in handles],
            [label for _, label in handles],
            loc="lower center",
            ncols=len(handles) if len(handles) <= _LEGEND_ROW else math.ceil(len(handles) / 2),
            frameon=False,
            handlelength=1.6,
        )

    return svg(draw, (WIDTH_PX, HEIGHT_PX), theme)


def _draw_concurrency(axes: Axes, result: SimulationResult, theme: Theme) -> None:
    """The mean concurrency of each function, one on the other, and the peak of the account."""
    edges = _edges(result)
    below = [0.0] * len(result.timeline)
    bands = _bands(result)
    for number, (label, values) in enumerate(bands):
        above = [low + value for low, value in zip(below, values, strict=True)]
        strength = 0.95 - 0.75 * number / len(bands)
        axes.stairs(above, edges, baseline=below, fill=True, color=theme.curve, alpha=strength, label=label)
        below = above
    peaks = [row.peak_concurrency for row in result.timeline]
    axes.stairs(peaks, edges, baseline=None, color=theme.ink, linewidth=1.2, label="peak")
    limit = result.profile.account_limit
    if limit <= 2 * max(peaks, default=0):
        axes.axhline(limit, color=theme.failed, linewidth=1.2, linestyle=(0, (4, 3)), label="account limit")
    axes.set_ylim(bottom=0)
    axes.set_ylabel("concurrency")
    _quiet(axes, theme)


def _draw_refusals(axes: Axes, result: SimulationResult, theme: Theme) -> None:
    """Throttles and cold starts a second."""
    edges = _edges(result)
    lengths = [end - start for start, end in pairwise(edges)]
    rows = result.timeline
    throttled = [row.totals.throttled / length for row, length in zip(rows, lengths, strict=True)]
    cold = [row.totals.cold_starts / length for row, length in zip(rows, lengths, strict=True)]
    axes.stairs(throttled, edges, fill=True, color=theme.failed, alpha=0.75, label="throttled")
    axes.stairs(cold, edges, baseline=None, color=theme.recommended, linewidth=1.5, label="cold starts")
    axes.set_ylim(0, max(1.0, *throttled, *cold) * 1.08)
    axes.set_ylabel("a second")
    _quiet(axes, theme)


def _draw_time_axis(axes: Axes, result: SimulationResult) -> None:
    seconds = result.profile.seconds
    step = next((tick for tick in _TICKS_S if seconds / tick <= 9), 5 * _TICKS_S[-1])
    ticks = [step * n for n in range(int(seconds / step) + 1)]
    axes.set_xlim(0, seconds)
    axes.set_xticks(ticks, [time_text(tick) if tick else "0" for tick in ticks])


def _bands(result: SimulationResult) -> list[tuple[str, list[float]]]:
    """The functions by their concurrency, the largest first; the last of many are taken together."""
    order = sorted(result.functions, key=lambda found: -found.concurrency)
    bands = [
        (clean(found.function.name, 24), [row.concurrency_of[found.function.name] for row in result.timeline])
        for found in order
    ]
    if len(bands) <= _BANDS:
        return bands
    rest = [sum(values) for values in zip(*(values for _, values in bands[_BANDS - 1 :]), strict=True)]
    return [*bands[: _BANDS - 1], (f"{format_count(len(bands) - _BANDS + 1)} others", rest)]


def _edges(result: SimulationResult) -> list[float]:
    return [*(row.t_s for row in result.timeline), result.profile.seconds]


def _quiet(axes: Axes, theme: Theme) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.grid(axis="y", linewidth=0.8, color=theme.grid)
    axes.tick_params(length=0)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
