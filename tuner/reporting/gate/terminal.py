"""What a gate found, for the terminal: the answer, a table that fits, what stands behind it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tuner.reporting.gate.comparison import LEGEND, TITLES, Comparison
from tuner.reporting.gate.standing import Standing
from tuner.reporting.gate.view import GateView
from tuner.reporting.headline import Fact
from tuner.reporting.layout import BOLD, GREEN, RED, YELLOW, aligned, bulleted, paint, side_by_side, wrapped

_COLOURS = {
    Standing.REGRESSION: RED,
    Standing.UNCONFIRMED: YELLOW,
    Standing.WARNING: YELLOW,
    Standing.GAIN: GREEN,
}
_OF_VERDICT = {"regression": RED, "pass": GREEN, "improvement": GREEN}
_DROPPED_FIRST = ("interval", "baseline", "allowed", "now")
"""Columns that a narrow terminal does without; the reasons have the numbers."""


def render_gate_terminal(view: GateView, *, width: int = 80, colour: bool = False) -> str:
    """The report in `width` columns."""
    style = f"{BOLD};{_OF_VERDICT.get(view.verdict, YELLOW)}"
    blocks = [
        paint(wrapped(view.answer, width), style, colour),
        wrapped(view.advice, width) if view.advice else "",
        draw_comparisons(view.rows, width, colour),
        _intervals(view, width),
        bulleted("Warnings", _warnings(view), width, colour),
        bulleted("Why", view.reasons, width, colour),
        bulleted("What was measured", _lines(view.facts), width, colour),
        wrapped(f"Note: {view.notice}", width) if view.notice else "",
        wrapped(f"Rules: {'; '.join(view.rules)}.", width),
        wrapped(f"Spent: {view.spent}.", width),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def draw_comparisons(rows: Sequence[Comparison], width: int, colour: bool) -> str:
    """A row for each rule, in `width` columns."""
    if not rows:
        return ""
    kept = list(range(len(TITLES)))
    lines = _laid_out(rows, kept)
    for title in _DROPPED_FIRST:
        if max(map(len, lines)) > width:
            kept.remove(TITLES.index(title))
            lines = _laid_out(rows, kept)
    head, body = lines[:2], lines[2:]
    painted = [
        paint(line, _COLOURS.get(row.standing, ""), colour and row.standing in _COLOURS)
        for line, row in zip(body, rows, strict=True)
    ]
    return "\n".join([*head, *painted])


def _laid_out(rows: Sequence[Comparison], kept: Sequence[int]) -> list[str]:
    """A line of titles, a rule, and a line per row; numbers are aligned to the right."""
    columns = []
    for index in kept:
        cells = [TITLES[index], *(row.cells[index] for row in rows)]
        title, *rest = aligned(cells, numeric=index not in (0, len(TITLES) - 1))
        columns.append([title, "-" * len(title), *rest])
    return side_by_side(columns)


def _intervals(view: GateView, width: int) -> str:
    if not view.intervals or max(map(len, view.intervals)) > width:
        return ""
    return "\n".join((*view.intervals, LEGEND))


def _warnings(view: GateView) -> Iterable[str]:
    return (f"{w.code}: {w.message}" + (f" ({w.hint})" if w.hint else "") for w in view.warnings)


def _lines(facts: Iterable[Fact]) -> Iterable[str]:
    return (f"{fact.name}: {fact.text}" for fact in facts)
