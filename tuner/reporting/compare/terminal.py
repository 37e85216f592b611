"""A comparison for the terminal."""

from __future__ import annotations

from tuner.reporting.compare.view import CompareView
from tuner.reporting.layout import BOLD, bulleted, paint, titled, wrapped
from tuner.reporting.terminal import draw_table


def render_compare_terminal(view: CompareView, *, width: int = 80, colour: bool = False) -> str:
    """The sentences, and the tables in `width` columns."""
    warnings = (f"{w.message}" + (f" ({w.hint})" if w.hint else "") + f" [{w.code}]" for w in view.warnings)
    tables = (
        ("At the recommended sizes", view.recommended),
        ("At the same size", view.sizes),
        ("What else differs", view.disagreements),
    )
    blocks = [
        *(paint(wrapped(answer, width), BOLD, colour) for answer in view.answers),
        wrapped(f"Note: {view.relative_notice}", width) if view.relative_notice else "",
        bulleted("Warnings", warnings, width, colour),
        *(titled(title, draw_table(table, width, colour), colour) for title, table in tables if table),
        wrapped("A change marked by ~ is inside the noise.", width),
        bulleted("Runs", (f"{fact.name}: {fact.text}" for fact in view.runs), width, colour),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
