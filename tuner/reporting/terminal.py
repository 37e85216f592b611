"""A report for the terminal: the answer, a table that fits, the reasons."""

from __future__ import annotations

from tuner.reporting.layout import BOLD, DIM, GREEN, aligned, bulleted, paint, side_by_side, titled, wrapped
from tuner.reporting.rows import Table
from tuner.reporting.view import ReportView

_NOTE_WIDTH = 28
_SHORTEST_NOTE = len("recommended")
_NOTE_RANK = 12
_WORTH_CLIPPING = 8
"""A column of this value or more stays at the price of a shorter note."""


def render_terminal(view: ReportView, *, width: int = 80, colour: bool = False, plot: str = "") -> str:
    """The report in `width` columns; columns of low value are dropped rather than wrapped.

    `plot` is the picture of `render_plot`, where one is wanted.
    """
    blocks = [
        paint(wrapped(view.answer, width), BOLD, colour),
        wrapped(f"Note: {view.relative_notice}", width) if view.relative_notice else "",
        draw_table(view.table, width, colour),
        wrapped(view.table.left_out, width) if view.table.left_out else "",
        plot,
        titled("Cold starts", draw_table(view.cold, width, colour), colour) if view.cold else "",
        bulleted("Recommendation", [f"{fact.name}: {fact.text}" for fact in view.facts], width, colour),
        bulleted("Why this size", view.reasons, width, colour),
        bulleted("Why this timeout", view.timeout_reasons, width, colour),
        bulleted("Concurrency", view.concurrency, width, colour),
        bulleted("Failed or ruled out", _excluded(view), width, colour),
        bulleted("Other strategies", _picks(view), width, colour),
        wrapped(f"Spent: {view.spent}.", width),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _excluded(view: ReportView) -> list[str]:
    return [
        f"{item.memory}: {item.why}" + (f": {item.message}" if item.message else "") for item in view.excluded
    ]


def _picks(view: ReportView) -> list[str]:
    per_million = view.cost_title.removeprefix("$ ")
    # The first one is the recommended size, which the answer has named already.
    return [
        f"{p.strategy}: {p.memory}, {p.duration}, {p.cost} {per_million}"
        + (f", {p.change}" if p.change else "")
        for p in view.picks[1:]
    ]


def draw_table(table: Table, width: int, colour: bool) -> str:
    """A table in `width` columns; those of low value are dropped rather than wrapped."""
    lines = _fitted(table, width)
    head, body = lines[: -len(table.rows)], lines[-len(table.rows) :]
    painted = [
        paint(line, f"{BOLD};{GREEN}", colour and row.recommended)
        if row.recommended
        else paint(line, DIM, colour and row.failed)
        for line, row in zip(body, table.rows, strict=True)
    ]
    return "\n".join([*head, *painted])


def _fitted(table: Table, width: int) -> list[str]:
    """The table in `width` columns: poor columns are dropped, then the note is clipped, then more go."""
    kept, note_width = list(range(len(table.columns))), _NOTE_WIDTH
    while True:
        lines = _laid_out(table, kept, note_width)
        excess = max(map(len, lines)) - width
        droppable = [i for i in kept if 0 < table.columns[i].rank < _NOTE_RANK]
        if excess <= 0 or not droppable:
            return lines
        lowest = min(droppable, key=lambda i: table.columns[i].rank)
        if table.columns[lowest].rank >= _WORTH_CLIPPING and note_width > _SHORTEST_NOTE:
            note_width = max(_SHORTEST_NOTE, note_width - excess)
        else:
            kept.remove(lowest)


def _laid_out(table: Table, kept: list[int], note_width: int) -> list[str]:
    """Two lines of titles, a rule, and a line per row."""
    columns = [_column(table, i, note_width) for i in kept]
    return side_by_side(columns)


def _column(table: Table, index: int, note_width: int) -> list[str]:
    column = table.columns[index]
    cells = [*_two_lines(column.title), *(_clipped(row.cells[index], note_width) for row in table.rows)]
    top, bottom, *rest = aligned(cells, numeric=column.numeric)
    return [top, bottom, "-" * len(top), *rest]


def _two_lines(title: str) -> tuple[str, str]:
    """The title in the two lines that make the narrowest head: `$ per` over `million`."""
    words = title.split()
    splits = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(len(words))]
    return min(splits, key=lambda lines: max(map(len, lines)))


def _clipped(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
