"""The chart of a report in characters: duration and cost over memory size, for those without a browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from tuner.records import TuningResult
from tuner.reporting.chart import TICKS_MB, memory_limits
from tuner.reporting.chart_labels import thinned
from tuner.reporting.chart_panels import (
    LOG_FROM_RATIO,
    Panel,
    costs_of,
    durations_of,
    failed_candidates,
    round_tick,
)
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

if TYPE_CHECKING:
    from plotille import Canvas

MEASURED, RECOMMENDED, TODAY, FAILED = "o", "R", "T", "x"
_CURVE, _EXTRAPOLATED = "⠒", "⠂"
_HEIGHTS = 7, 6  # rows of the two panels
_NARROWEST = 28  # columns that the title of the axis needs
_ROWS_PER_TICK = 2
_X_GAP = 7  # columns from one memory size to the next: `10,240` and a space
_AXIS_TITLE = "memory size [MB], log scale"
_DOTS_ACROSS, _DOTS_UP = 2, 4  # of a braille character
_NO_DOTS = "\u2800"
_DRAWABLE = 1e-9, 1e12  # milliseconds or dollars; beyond them a number is a mistake


def render_plot(result: TuningResult, *, width: int = 80) -> str:
    """Duration above and cost below in `width` columns and at most 20 lines, without colour.

    Empty where nothing is known to draw, or where so few columns would show nothing.
    """
    relative = result.measurements.relative
    panels = [
        (panel, _Scale.of(panel, height, logarithmic=panel.name == "duration"), height)
        for panel, height in zip((durations_of(result), costs_of(result)), _HEIGHTS, strict=True)
        if _points(panel)
    ]
    formats: dict[str, Callable[[float], str]] = {
        "duration": format_duration,
        "cost": format_percent if relative else format_usd,
    }
    labels = [
        {row: round_tick(formats[panel.name](value)) for row, value in scale.ticks()}
        for panel, scale, _ in panels
    ]
    gutter = max((len(text) for each in labels for text in each.values()), default=0)
    across = width - gutter - 2
    if not panels or across < _NARROWEST:
        return ""
    memory = _MemoryAxis(result, across)
    lines: list[str] = []
    for (panel, scale, height), ticks in zip(panels, labels, strict=True):
        lines += [*([""] if lines else []), panel.label]
        picture = _draw(panel, scale, memory, height, result if panel.name == "duration" else None)
        lines += [
            f"{ticks.get(row, ''):>{gutter}} {'┤' if row in ticks else '│'}{text}".rstrip()
            for row, text in zip(reversed(range(height)), picture, strict=True)
        ]
    lines += [f"{'':{gutter}} {text}".rstrip() for text in memory.lines()]
    return "\n".join([*lines, *_legend(result, panels[0][0], width)])


class _Scale:
    """Where a value stands in a panel of so many rows: 0 is the foot, 1 the top."""

    def __init__(self, low: float, high: float, rows: int, *, logarithmic: bool) -> None:
        self._low, self._high, self._rows, self._logarithmic = low, high, rows, logarithmic

    @classmethod
    def of(cls, panel: Panel, rows: int, *, logarithmic: bool) -> _Scale:
        """From zero, unless a wide range of values is to stay legible on a logarithmic scale."""
        values = [value for _, value in _points(panel)]
        low, high = min(values), max(values)
        if logarithmic and high / low >= LOG_FROM_RATIO:
            # The lowest row is left to the sizes that failed.
            return cls(low / (high / low) ** (1 / (rows - 1)), high, rows, logarithmic=True)
        return cls(0.0, high * 1.05, rows, logarithmic=False)

    def share(self, value: float) -> float:
        """The height of a value, from 0 to 1."""
        if self._logarithmic:
            return math.log(value / self._low) / math.log(self._high / self._low)
        return value / self._high

    def ticks(self) -> Iterator[tuple[int, float]]:
        """Rows from the foot, each with the round value that stands in it."""
        values = sorted(self._round_values(), key=_roundness)
        rows = [_cell(self.share(value), self._rows, _DOTS_UP) for value in values]
        kept = thinned(rows, _ROWS_PER_TICK)
        return ((rows[i], values[i]) for i in kept)

    def _round_values(self) -> list[float]:
        if self._logarithmic:
            decades = range(math.floor(math.log10(self._low)), math.ceil(math.log10(self._high)) + 1)
            values = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
            return [value for value in values if self._low <= value <= self._high]
        least = self._high * _ROWS_PER_TICK / self._rows
        decade = 10.0 ** math.floor(math.log10(least))
        step = next(digit * decade for digit in (1, 2, 5, 10) if digit * decade >= least)
        return [step * n for n in range(int(self._high / step) + 1)]


class _MemoryAxis:
    """The columns of memory sizes, and the lines below the panels."""

    def __init__(self, result: TuningResult, width: int) -> None:
        self.width = width
        self._low, self._high = memory_limits(result)
        today = result.measurements.current
        chosen = result.recommendation.candidate.memory_mb
        wanted = dict.fromkeys([chosen, *([today.memory_mb] if today else []), *TICKS_MB])
        inside = [size for size in wanted if self._low <= size <= self._high]
        kept = thinned([self._column(size) for size in inside], _X_GAP)
        self._ticks = [inside[i] for i in kept]

    def share(self, memory_mb: float) -> float:
        """The place of a size, from 0 at the left to 1."""
        return math.log(memory_mb / self._low) / math.log(self._high / self._low)

    def _column(self, memory_mb: float) -> int:
        return _cell(self.share(memory_mb), self.width, _DOTS_ACROSS)

    def lines(self) -> list[str]:
        """The axis, its sizes, and what they are."""
        axis, sizes = list("─" * self.width), [" "] * (self.width + 1)
        for size in self._ticks:
            column, text = self._column(size), format_count(size)
            axis[column] = "┬"
            # One column to the right, for the corner; never beyond either end.
            start = min(max(0, column + 1 - len(text) // 2), len(sizes) - len(text))
            sizes[start : start + len(text)] = text
        return [f"└{''.join(axis)}", "".join(sizes), _AXIS_TITLE.center(self.width + 1)]


def _points(panel: Panel) -> list[tuple[int, float]]:
    """Everything that a panel shows and that can be shown."""
    means = [(size, e.mean) for size, e in (*panel.measured, *panel.fitted)]
    beyond = [point for stretch in panel.extrapolated for point in stretch]
    marked = [point for point in (panel.recommended, panel.today) if point]
    return [(size, value) for size, value in (*means, *beyond, *marked) if _drawable(value)]


def _drawable(value: float) -> bool:
    low, high = _DRAWABLE
    return low < value < high


def _draw(
    panel: Panel, scale: _Scale, memory: _MemoryAxis, rows: int, failures_of: TuningResult | None
) -> list[str]:
    """The rows of a panel: dots for the curve, letters on top of them for what is known of single sizes."""
    from plotille import Canvas

    dots_across, dots_up = memory.width * _DOTS_ACROSS, rows * _DOTS_UP
    canvas = Canvas(memory.width, rows, xmax=dots_across, ymax=dots_up)

    def place(size: int, value: float) -> tuple[float, float]:
        return memory.share(size) * (dots_across - 1), scale.share(value) * (dots_up - 1)

    means = [(size, e.mean) for size, e in panel.fitted]
    _draw_curve(canvas, [place(*point) for point in means if _drawable(point[1])])
    for size, value in (point for stretch in panel.extrapolated for point in stretch):
        # A dot in every second column, however many points there are.
        if _drawable(value) and _cell(memory.share(size), memory.width, _DOTS_ACROSS) % 2:
            canvas.point(*place(size, value))
    if failures_of:
        for candidate in failed_candidates(failures_of):
            canvas.text(memory.share(candidate.memory_mb) * (dots_across - 1), 0, FAILED)
    marks = [(MEASURED, (size, e.mean)) for size, e in panel.measured]
    for mark, found in (*marks, (TODAY, panel.today), (RECOMMENDED, panel.recommended)):
        if found and _drawable(found[1]):
            canvas.text(*place(*found), mark)
    picture: str = canvas.plot(linesep="\n")
    return picture.replace(_NO_DOTS, " ").split("\n")


def _draw_curve(canvas: Canvas, points: list[tuple[float, float]]) -> None:
    for start, end in pairwise(points):
        canvas.line(*start, *end)


def _legend(result: TuningResult, panel: Panel, width: int) -> list[str]:
    """What the marks are, in as few lines as the width allows."""
    chosen, today = result.recommendation.candidate.memory_mb, result.measurements.current
    same = today is not None and today.memory_mb == chosen
    entries = [f"{RECOMMENDED} recommended{', today' if same else ''}: {format_memory(chosen)}"]
    if today and not same and panel.today:
        entries.append(f"{TODAY} today: {format_memory(today.memory_mb)}")
    if panel.measured:
        entries.append(f"{MEASURED} measured")
    if panel.fitted:
        entries.append(f"{_CURVE} fitted")
    if panel.extrapolated:
        entries.append(f"{_EXTRAPOLATED} extrapolated")
    if failed_candidates(result):
        entries.append(f"{FAILED} failed")
    lines = [""]
    for entry in entries:
        joined = f"{lines[-1]}  {entry}" if lines[-1] else entry
        lines[-1:] = [joined] if len(joined) <= width else [lines[-1], entry]
    return lines


def _cell(share: float, cells: int, dots: int) -> int:
    """The character in which a place from 0 to 1 falls, counted as the canvas does."""
    return round(share * (cells * dots - 1)) // dots


def _roundness(value: float) -> tuple[int, float]:
    """Powers of ten first, then fives, then the rest: those first that should keep their label."""
    digit = f"{value:e}"[0]
    return "1520".find(digit) if digit in "152" else 3, value
