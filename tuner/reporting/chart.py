"""The chart of a report: expected duration above, cost below, over memory size."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
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
from tuner.reporting.rows import failure_words
from tuner.reporting.theme import FONT_STACK, PLOT_FONT, THEMES, Theme, ThemeName, plot_settings
from tuner.units import format_count, format_duration, format_memory, format_usd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PX, HEIGHT_PX = 900, 560
_PX_PER_INCH, _PT_PER_PX = 96, 0.75
_LEFT_PX, _RIGHT_PX, _TOP_PX, _BOTTOM_PX = 84, 20, 52, 84
_PLOT_PX = WIDTH_PX - _LEFT_PX - _RIGHT_PX
_LABEL_ROW_PX = 19

# Sizes that people configure, those first that should keep their label where it gets narrow.
_TICKS_MB = (128, 256, 512, 1_024, 1_769, 3_008, 10_240, 6_144, 4_096, 2_048, 768, 384, 192)
_TICK_GAP_PX = 48


def draw_chart(result: TuningResult, theme: ThemeName) -> str:
    """An SVG image on a transparent ground; the same result gives the same bytes."""
    import matplotlib.style
    from matplotlib.figure import Figure

    # A reader's own matplotlibrc must not change a report.
    with matplotlib.style.context(["default", plot_settings(THEMES[theme])]):
        figure = Figure(figsize=(WIDTH_PX / _PX_PER_INCH, HEIGHT_PX / _PX_PER_INCH))
        _draw(figure, result, THEMES[theme])
        stream = io.StringIO()
        undated = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(stream, format="svg", transparent=True, metadata=undated)
    return stream.getvalue().replace(f"'{PLOT_FONT}'", FONT_STACK)


def _draw(figure: Figure, result: TuningResult, theme: Theme) -> None:
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
    durations, costs, limits = durations_of(result), costs_of(result), _memory_limits(result)
    for axes, panel in ((upper, durations), (lower, costs)):
        draw_panel(axes, panel, theme)
        axes.set_ylabel(panel.label, rotation_mode="anchor", ha="center", va="baseline")
        axes.yaxis.set_label_coords(-66 / _PLOT_PX, 0.5)
    scale_durations(upper, durations)
    scale_costs(lower, costs, relative=result.measurements.relative)
    draw_failures(upper, result, theme)
    _draw_memory_axis(lower, result, limits)
    _draw_sizes(upper, lower, result, limits, theme)
    _draw_legend(figure, (upper, lower))


def _memory_limits(result: TuningResult) -> tuple[float, float]:
    sizes = [c.memory_mb for c in result.candidates] + [p.memory_mb for p in band_of(result)]
    sizes.append(result.recommendation.candidate.memory_mb)
    if result.measurements.current:
        sizes.append(result.measurements.current.memory_mb)
    low, high = min(sizes), max(sizes)
    # A single size stands in the middle of two octaves.
    margin = max(1.0, math.log2(high / low)) * 0.035 if high > low else 1.0
    return low / 2**margin, high * 2**margin


def _position_px(memory_mb: float, limits: tuple[float, float]) -> float:
    low, high = limits
    return _PLOT_PX * math.log(memory_mb / low) / math.log(high / low)


def _draw_memory_axis(axes: Axes, result: TuningResult, limits: tuple[float, float]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    today = result.measurements.current
    wanted = [result.recommendation.candidate.memory_mb, *([today.memory_mb] if today else []), *_TICKS_MB]
    wanted += [c.memory_mb for c in result.candidates if c.basis is Basis.MEASURED]
    wanted = [m for m in dict.fromkeys(wanted) if limits[0] <= m <= limits[1]]
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


def _draw_legend(figure: Figure, panels: Iterable[Axes]) -> None:
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
