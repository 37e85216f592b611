"""The chart of a gate: the warm durations of both versions one above the other, with their means."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tuner.gate.result import GateResult
from tuner.reporting.drawing import svg
from tuner.reporting.gate.durations import Strip, strips_of
from tuner.reporting.theme import Theme, ThemeName
from tuner.units import counted, format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PX, HEIGHT_PX = 900, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 0.12, 0.98, 0.97, 0.24
_GOLDEN = 0.6180339887  # spreads dots evenly, and the same every time
_STRIP_HEIGHT = 0.52
_LOG_FROM_RATIO = 5.0
"""From this ratio of the longest to the shortest duration on, the axis is logarithmic."""


def draw_gate_chart(result: GateResult, theme: ThemeName) -> str | None:
    """An SVG image on a transparent ground, the same for the same result; None where nothing ran warm."""
    strips = strips_of(result)
    if not strips:
        return None
    return svg(partial(_draw, strips), (WIDTH_PX, HEIGHT_PX), theme)


def _draw(strips: Sequence[Strip], figure: Figure, theme: Theme) -> None:
    axes = figure.subplots(
        gridspec_kw={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
    )
    colours = {"baseline": theme.quiet, "now": theme.curve}
    for row, strip in enumerate(strips):
        _draw_strip(axes, strip, -row, colours[strip.title], theme)
    axes.set_ylim(-len(strips) + 0.45, 0.75)
    titles = [f"{strip.title}\n{counted(strip.calls, 'call')}" for strip in strips]
    axes.set_yticks([-row for row in range(len(strips))], titles)
    axes.tick_params(axis="y", length=0, labelcolor=theme.ink)
    axes.spines["left"].set_visible(False)
    _draw_durations_axis(axes, strips, theme)


def _draw_strip(axes: Axes, strip: Strip, row: int, colour: str, theme: Theme) -> None:
    """A dot for each call, scattered upright by nothing but its place; the mean across them."""
    dots = strip.dots_ms
    heights = [row + _STRIP_HEIGHT * ((i * _GOLDEN) % 1 - 0.5) for i in range(len(dots))]
    axes.plot(
        dots,
        heights,
        linestyle="none",
        marker="o",
        markersize=3.4,
        markeredgewidth=0,
        color=colour,
        alpha=0.55,
        gid=f"calls-{strip.title}",
    )
    axes.plot(
        [strip.mean_ms, strip.mean_ms], [row - 0.34, row + 0.34], color=theme.ink, linewidth=1.6, zorder=3
    )
    axes.annotate(
        f"mean {format_duration(strip.mean_ms)}",
        (strip.mean_ms, row + 0.34),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=theme.ink,
    )


def _draw_durations_axis(axes: Axes, strips: Sequence[Strip], theme: Theme) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    shortest = min(strip.durations_ms[0] for strip in strips)
    longest = max(strip.durations_ms[-1] for strip in strips)
    wide = shortest > 0 and longest / shortest >= _LOG_FROM_RATIO
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_duration(value)))
    axes.grid(axis="x", linewidth=0.8, color=theme.grid)
    axes.set_xlabel("warm duration, log scale" if wide else "warm duration", labelpad=6)
