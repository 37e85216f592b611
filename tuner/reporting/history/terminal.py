"""A history for the terminal: two lines of blocks, a table, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from tuner.reporting.history.view import HistoryView
from tuner.reporting.layout import BOLD, bulleted, paint, wrapped
from tuner.reporting.terminal import draw_table
from tuner.trend import Step
from tuner.units import format_duration, format_usd

_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "┊"


def render_history_terminal(
    view: HistoryView, steps: Sequence[Step], *, width: int = 80, colour: bool = False
) -> str:
    """The report in `width` columns."""
    warnings = (f"{w.message}" + (f" ({w.hint})" if w.hint else "") + f" [{w.code}]" for w in view.warnings)
    blocks = [
        paint(wrapped(view.answer, width), BOLD, colour),
        wrapped(f"Note: {view.relative_notice}", width) if view.relative_notice else "",
        _sparklines(steps, width) if len(steps) > 1 else "",
        draw_table(view.table, width, colour),
        wrapped(view.left_out, width) if view.left_out else "",
        bulleted("Changes beyond the noise, and new conditions", view.changes, width, colour),
        bulleted("Warnings", warnings, width, colour),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _sparklines(steps: Sequence[Step], width: int) -> str:
    """Cost and p95 from run to run, between the least and the most; other conditions are set apart."""
    # A mark and a gap at most for each run, beside the names and the ends.
    shown = steps[-max(2, (width - 30) // 2) :]
    entries = [step.entry for step in shown]
    apart = [False, *(a.series != b.series for a, b in pairwise(shown))]
    rows = (
        ("cost", [entry.cost_usd_per_million.mean for entry in entries], format_usd),
        ("p95 ", [entry.duration_ms.p95 for entry in entries], format_duration),
    )
    lines = [
        f"{name}  {_sparkline(values, apart)}  {form(min(values))} to {form(max(values))}"
        for name, values, form in rows
    ]
    return "\n".join([*lines, f"{_GAP} other conditions"] if any(apart) else lines)


def _sparkline(values: Sequence[float], apart: Sequence[bool]) -> str:
    low, high = min(values), max(values)
    shares = [(value - low) / (high - low) if high > low else 0.5 for value in values]
    marks = [_BLOCKS[round(share * (len(_BLOCKS) - 1))] for share in shares]
    return "".join(_GAP * gap + mark for gap, mark in zip(apart, marks, strict=True))
