"""The chart of a report: expected duration above, cost below, over memory size."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tuner.records import Basis, Candidate, TuningResult
from tuner.reporting.chart_labels import place_labels, thinned
from tuner.reporting.chart_panels import (
    band_of,
    costs_of,
    draw_failures,
    draw_panel,
    durations_of,
    scale_costs,
    scale_durations,
)
from tuner.reporting.drawing import png, svg
from tuner.reporting.rows import failure_words
from tuner.reporting.theme import Theme, ThemeName
from tuner.units import format_count, format_duration, format_memory, format_usd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PX, HEIGHT_PX = 900, 560
_PT_PER_PX = 0.75
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 84, 20, 52, 84
_PLOT_PX = WIDTH_PX - _LEFT_PX - _RIGHT_PX
_LABEL_ROW_PX = 19

# Sizes that people configure, those first that should keep their label where it gets narrow.
TICKS_MB = (128, 256, 512, 1_024, 1_769, 3_008, 10_240, 6_144, 4_096, 2_048, 768, 384, 192)
_TICK_GAP_PX = 48


def draw_chart(result: TuningResult, theme: ThemeName) -> str:
    """An SVG image on a transparent ground; the same result gives the same bytes."""
    return svg(partial(_draw, result), (WIDTH_PX, HEIGHT_PX), theme)


def draw_image(result: TuningResult, theme: ThemeName) -> bytes:
    """The same chart as a PNG image."""
    return png(partial(_draw, result), (WIDTH_PX, HEIGHT_PX), theme)


def _draw(result: TuningResult, figure: Figure, theme: Theme) -> None:
    upper, lower = two_panels(figure)
    durations, costs, limits = durations_of(result), costs_of(result), memory_limits(result)
    for axes, panel in ((upper, durations), (lower, costs)):
        draw_panel(axes, panel, theme)
        label_panel(axes, panel.label)
    scale_durations(upper, durations)
    scale_costs(lower, costs, relative=result.measurements.relative)
    draw_failures(upper, result, theme)
    today = result.measurements.current
    draw_memory_axis(
        lower,
        limits,
        first_mb=[result.recommendation.candidate.memory_mb, *([today.memory_mb] if today else [])],
        then_mb=[c.memory_mb for c in result.candidates if c.basis is Basis.MEASURED],
    )
    _draw_sizes(upper, lower, result, limits, theme)
    draw_legend(figure, (upper, lower))


def two_panels(figure: Figure) -> tuple[Axes, Axes]:
    """A panel for durations above one for costs, over the same memory sizes."""
    upper, lower = figure.subplots(
        2,
        1,
        sharex=True,
        gridspec_kw={
            "height_ratios": (5, 4),
            "hspace": 0.12,
            "left": _LEFT_PX / WIDTH_PX,
            "right": 1 - _RIGHT_PX / WIDTH_PX,
            "top": 1 - _TOP_PX / HEIGHT_PX,
            "bottom": _BOTTOM_PX / HEIGHT_PX,
        },
    )
    return upper, lower


def label_panel(axes: Axes, label: str) -> None:
    """What a panel shows, at the same distance from both panels."""
    axes.set_ylabel(label, rotation_mode="anchor", ha="center", va="baseline")
    axes.yaxis.set_label_coords(-66 / _PLOT_PX, 0.5)


def memory_limits(result: TuningResult) -> tuple[float, float]:
    """The ends of the memory axis [MB], with a margin."""
    sizes = [c.memory_mb for c in result.candidates] + [p.memory_mb for p in band_of(result)]
    sizes.append(result.recommendation.candidate.memory_mb)
    if result.measurements.current:
        sizes.append(result.measurements.current.memory_mb)
    return axis_limits(sizes)


def axis_limits(sizes_mb: Sequence[int]) -> tuple[float, float]:
    """The ends of an axis that holds these sizes with a margin."""
    low, high = min(sizes_mb), max(sizes_mb)
    # A single size stands in the middle of two octaves.
    margin = max(1.0, math.log2(high / low)) * 0.035 if high > low else 1.0
    return low / 2**margin, high * 2**margin


def _position_px(memory_mb: float, limits: tuple[float, float]) -> float:
    low, high = limits
    return _PLOT_PX * math.log(memory_mb / low) / math.log(high / low)


def draw_memory_axis(
    axes: Axes, limits: tuple[float, float], *, first_mb: Sequence[int], then_mb: Sequence[int]
) -> None:
    """The axis of memory sizes, labelled as far as there is room: some first, usual ones, then the others."""
    from matplotlib.ticker import FixedLocator, NullLocator

    wanted = [m for m in dict.fromkeys((*first_mb, *TICKS_MB, *then_mb)) if limits[0] <= m <= limits[1]]
    kept = thinned([_position_px(m, limits) for m in wanted], _TICK_GAP_PX)
    ticks = sorted(wanted[i] for i in kept)
    axes.set_xscale("log", base=2)
    axes.set_xlim(*limits)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.set_xticks(ticks, [format_count(m) for m in ticks])
    axes.set_xlabel("memory size [MB], log scale; 1,769 MB is one vCPU", labelpad=6)


def _draw_sizes(
    upper: Axes, lower: Axes, result: TuningResult, limits: tuple[float, float], theme: Theme
) -> None:
    """The lines of the recommended size and of today's, each with its numbers above the panels."""
    lines, placements = place_labels(
        [
            [(_position_px(size, limits), text) for size, text in _captions(result, details)]
            for details in (2, 1, 0)
        ],
        _PLOT_PX,
    )
    sizes = [size for size, _ in _captions(result, 0)]
    above, below = upper.get_position(), lower.get_position()
    panel_px, gap = above.height * HEIGHT_PX, (above.y0 - below.y1) / above.height
    for i, (size, (_, caption), place) in enumerate(zip(sizes, lines, placements, strict=True)):
        recommended = i == 0
        colour = theme.recommended if recommended else theme.quiet
        style: dict[str, Any] = {
            "color": colour,
            "linewidth": 1.3,
            "linestyle": "solid" if recommended else (0, (1, 2)),
            "zorder": 1.5,
        }
        lower.axvline(size, **style)
        # In the upper panel the line bridges the gap below and reaches up to its label.
        top = 1 + (14 + _LABEL_ROW_PX * place.row) / panel_px
        bridged: dict[str, Any] = {"transform": upper.get_xaxis_transform(), "clip_on": False}
        upper.plot([size, size], [-gap, top], **bridged, **style)
        upper.annotate(
            caption,
            (size, 1),
            xycoords=("data", "axes fraction"),
            xytext=(5 if place.to_right else -5, (5 + _LABEL_ROW_PX * place.row) * _PT_PER_PX),
            textcoords="offset points",
            ha="left" if place.to_right else "right",
            va="baseline",
            color=colour,
            fontweight="bold" if recommended else "normal",
        )


def _captions(result: TuningResult, details: int) -> list[tuple[int, str]]:
    """The recommended size first, then today's where it is another one; with up to `details` numbers each."""
    chosen, today = result.recommendation.candidate, result.measurements.current
    same = today is not None and today.memory_mb == chosen.memory_mb
    words: list[tuple[str, int, Candidate | None]] = [
        ("recommended, as today" if same else "recommended", chosen.memory_mb, chosen)
    ]
    if today and not same:
        words.append(("today", today.memory_mb, result.current))
    return [
        (size, " · ".join([f"{word} {format_memory(size)}", *_numbers(result, candidate)[:details]]))
        for word, size, candidate in words
    ]


def _numbers(result: TuningResult, candidate: Candidate | None) -> list[str]:
    if candidate is None:
        return []
    if candidate.duration_ms is None:
        return [failure.split(",")[0]] if (failure := failure_words(candidate)) else []
    numbers = [format_duration(candidate.duration_ms.mean)]
    # The dollars of a relative run are no more than a proportion, which the axis shows.
    if candidate.cost_usd_per_million and not result.measurements.relative:
        numbers.append(f"{format_usd(candidate.cost_usd_per_million.mean)} per million")
    return numbers


def draw_legend(figure: Figure, panels: Iterable[Axes]) -> None:
    """Every label of the panels once, in a line below them."""
    entries = {
        label: handle
        for axes in panels
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if entries:
        figure.legend(
            entries.values(),
            entries.keys(),
            loc="lower center",
            bbox_to_anchor=((_LEFT_PX + _PLOT_PX / 2) / WIDTH_PX, 0.005),
            ncols=len(entries),
            frameon=False,
            handlelength=1.8,
            columnspacing=2.2,
        )
