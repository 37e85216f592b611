"""A fleet as Markdown."""

from __future__ import annotations

from tuner.reporting.fleet.view import FleetView
from tuner.reporting.markdown import draw_table
from tuner.reporting.markup import escape, facts, folded, headline, items, section

ROWS = 100


def render_markdown(view: FleetView) -> str:
    """The page; the answer is its first line. Why each saving is what it is, is folded at the end."""
    table = view.table(ROWS)
    why = items(
        f"**{escape(line.cells[0])}** {' '.join(map(escape, line.why))}" for line in view.lines[:ROWS]
    )
    blocks = [
        headline(view.headline),
        items(
            f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
            for w in view.warnings
        ),
        facts(view.run) if view.run else None,
        f"### Functions\n\n{draw_table(table)}" if table.rows else None,
        escape(table.left_out) if table.left_out else None,
        section("Flags", (f"{words}: {count:,}" for _, words, count in view.flags)),
        section("Not tuned", map(escape, view.failed)),
        folded("Why", why),
        folded("What the numbers mean", items(map(escape, view.method))),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
