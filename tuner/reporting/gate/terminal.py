"""What a gate found, for the terminal: the answer, a table that fits, what stands behind it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

from tuner.reporting.gate.comparison import LEGEND, TITLES, Comparison
from tuner.reporting.gate.standing import Standing
from tuner.reporting.gate.view import GateView
from tuner.reporting.headline import Fact

# A number and its unit stay on one line.
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|MB)(?!\w))")
_NO_BREAK = "\u00a0"
_BOLD, _RED, _GREEN, _YELLOW = "1", "31", "32", "33"
_COLOURS = {
    Standing.REGRESSION: _RED,
    Standing.UNCONFIRMED: _YELLOW,
    Standing.WARNING: _YELLOW,
    Standing.GAIN: _GREEN,
}
_OF_VERDICT = {"regression": _RED, "pass": _GREEN, "improvement": _GREEN}
_DROPPED_FIRST = ("interval", "baseline", "allowed")
"""Columns that a narrow terminal does without; the reasons have the numbers."""


def render_gate_terminal(view: GateView, *, width: int = 80, colour: bool = False) -> str:
    """The report in `width` columns."""
    style = f"{_BOLD};{_OF_VERDICT.get(view.verdict, _YELLOW)}"
    blocks = [
        _paint(_wrapped(view.answer, width), style, colour),
        _wrapped(view.advice, width) if view.advice else "",
        _table(view.rows, width, colour),
        _intervals(view, width),
        _list("Warnings", _warnings(view), width, colour),
        _list("Why", view.reasons, width, colour),
        _list("What was measured", _lines(view.facts), width, colour),
        _wrapped(f"Note: {view.notice}", width) if view.notice else "",
        _wrapped(f"Rules: {'; '.join(view.rules)}.", width),
        _wrapped(f"Spent: {view.spent}.", width),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(rows: Sequence[Comparison], width: int, colour: bool) -> str:
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
        _paint(line, _COLOURS.get(row.standing, ""), colour and row.standing in _COLOURS)
        for line, row in zip(body, rows, strict=True)
    ]
    return "\n".join([*head, *painted])


def _laid_out(rows: Sequence[Comparison], kept: Sequence[int]) -> list[str]:
    """A line of titles, a rule, and a line per row; numbers are aligned to the right."""
    columns = []
    for index in kept:
        cells = [TITLES[index], *(row.cells[index] for row in rows)]
        widest = max(map(len, cells))
        words = index in (0, len(TITLES) - 1)
        title, *rest = (cell.ljust(widest) if words else cell.rjust(widest) for cell in cells)
        columns.append([title, "-" * widest, *rest])
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def _intervals(view: GateView, width: int) -> str:
    if not view.intervals or max(map(len, view.intervals)) > width:
        return ""
    return "\n".join((*view.intervals, LEGEND))


def _warnings(view: GateView) -> Iterable[str]:
    return (f"{w.code}: {w.message}" + (f" ({w.hint})" if w.hint else "") for w in view.warnings)


def _lines(facts: Iterable[Fact]) -> Iterable[str]:
    return (f"{fact.name}: {fact.text}" for fact in facts)


def _list(title: str, lines: Iterable[str], width: int, colour: bool) -> str:
    items = [_wrapped(f"- {line}", width, indent="  ") for line in lines]
    return "\n".join([_paint(title, _BOLD, colour), *items]) if items else ""


def _wrapped(text: str, width: int, indent: str = "") -> str:
    kept = _UNIT.sub(_NO_BREAK, text)
    filled = textwrap.fill(kept, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)
    return filled.replace(_NO_BREAK, " ")


def _paint(text: str, style: str, colour: bool) -> str:
    return "\n".join(f"\033[{style}m{line}\033[0m" for line in text.splitlines()) if colour else text
