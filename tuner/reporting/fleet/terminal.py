"""A fleet for the terminal."""

from __future__ import annotations

from tuner.reporting.fleet.view import FleetView
from tuner.reporting.layout import BOLD, bulleted, paint, wrapped
from tuner.reporting.terminal import draw_table


def render_terminal(view: FleetView, *, top: int, width: int = 80, colour: bool = False) -> str:
    """The first functions in `width` columns. Warnings are left out: the command line says them on stderr."""
    table = view.table(top)
    flagged = [f"{words}: {count:,}" for _, words, count in view.flags]
    blocks = [
        paint(wrapped(view.title, width), BOLD, colour),
        draw_table(table, width, colour) if table.rows else "",
        wrapped(table.left_out, width) if table.left_out else "",
        bulleted("Flags", flagged, width, colour),
        bulleted("Run", [f"{fact.name}: {fact.text}" for fact in view.run], width, colour),
        bulleted("Not tuned", view.failed, width, colour),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
