"""The chart of the regret benchmark: mean regret over the calls that it takes, one panel a strategy."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from methods import METHODS, Method
from regret_report import Run

from tuner.records import Strategy
from tuner.reporting.theme import FONT_STACK, PLOT_FONT, Theme, plot_settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL_INCHES, LEAST_WIDTH_INCHES, HEIGHT_INCHES = 3.6, 6.4, 4.4

# One file for light and dark pages: every colour stands out from white and from black by about 4.3 to 1.
BOTH_GROUNDS = Theme(
    ink="#767b82",
    quiet="#767b82",
    grid="#767b82",
    curve="#1f7fc4",
    recommended="#1a8a63",
    failed="#c9591b",
    ground="#ffffff",
)
FAMILY_STYLES = {
    "tuner": (BOTH_GROUNDS.recommended, "o-", "tuner, at most so many calls"),
    "Power Tuning": (BOTH_GROUNDS.curve, "s-", "Power Tuning, so many calls at each size"),
    "Power Tuning on the table's sizes": ("#9a63c4", "D-", "the same, on the table's sizes"),
    "Parrotfish": (BOTH_GROUNDS.failed, "^", "Parrotfish"),
}
DEFAULT = "ours"
POINT_PT, RING_PT = 5.5, 11.0
TICKS = (5, 10, 20, 50, 100, 200, 500)


def draw_chart(runs: Sequence[Run]) -> str:
    """An SVG image on a transparent ground; the same runs give the same bytes."""
    import matplotlib.style
    from matplotlib.figure import Figure

    strategies = [strategy for strategy in Strategy if any(run.strategy is strategy for run in runs)]
    with matplotlib.style.context(["default", plot_settings(BOTH_GROUNDS)]):
        width = max(LEAST_WIDTH_INCHES, PANEL_INCHES * len(strategies))
        figure = Figure(figsize=(width, HEIGHT_INCHES), layout="constrained")
        panels = figure.subplots(1, len(strategies), squeeze=False)[0]
        for axes, strategy in zip(panels, strategies, strict=True):
            _draw_panel(axes, [run for run in runs if run.strategy is strategy])
            axes.set_title(strategy, fontweight="bold", loc="left")
        panels[0].set_ylabel("mean regret [%]")
        entries = {
            label: handle
            for axes in panels
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        columns = 3 if len(strategies) > 1 else 2
        figure.legend(entries.values(), entries, loc="outside lower center", ncols=columns, frameon=False)
        stream = io.StringIO()
        undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(stream, format="svg", transparent=True, metadata=undated)
    return stream.getvalue().replace(f"'{PLOT_FONT}'", FONT_STACK)


def _draw_panel(axes: Axes, runs: Sequence[Run]) -> None:
    from matplotlib.ticker import FuncFormatter, NullLocator

    for family, (colour, style, label) in FAMILY_STYLES.items():
        found = {}
        for method in METHODS.values():
            if method.family == family and (point := _point(runs, method)):
                found[method.name] = point
        default = found.pop(DEFAULT, None)
        if found:
            calls, regrets = zip(*found.values(), strict=True)
            axes.plot(calls, regrets, style, color=colour, markersize=POINT_PT, label=label)
        if default:
            axes.plot(*default, "o", color=colour, markersize=POINT_PT)
            axes.plot(*default, "o", color=colour, markersize=RING_PT, fillstyle="none", label="its default")
        for name, point in found.items():
            _, _, variant = name.partition("@")
            axes.annotate(
                variant.replace("-", " "), point, (4, 3), textcoords="offset points", fontsize="small"
            )
    axes.set_xscale("log")
    axes.set_ylim(0, max(axes.dataLim.y1 * 1.12, 0.1))  # where nothing is lost there is still an axis
    axes.set_xticks(TICKS)
    axes.set_xlim(axes.dataLim.x0 / 1.25, axes.dataLim.x1 * 1.25)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda calls, _: f"{calls:g}"))
    axes.set_xlabel("mean number of calls, log scale")
    axes.grid(alpha=0.25, linewidth=0.6)


def _point(runs: Sequence[Run], method: Method) -> tuple[float, float] | None:
    """Mean calls and mean regret [%] of a method; None when it was not asked."""
    found = [run for run in runs if run.method == method.label]
    if not found:
        return None
    calls, regrets = zip(*((run.answer.invocations, run.loss.regret) for run in found), strict=True)
    return float(np.mean(calls)), 100 * float(np.mean(regrets))
