"""A history as Markdown."""

from __future__ import annotations

from tuner.reporting.history.view import HistoryView
from tuner.reporting.markdown import draw_table
from tuner.reporting.markup import ChartFiles, escape, folded, headline, items, picture, section


def render_history_markdown(view: HistoryView, charts: ChartFiles | None = None) -> str:
    """The headline comes first, what it rests on is folded at the end."""
    warnings = (
        f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
        for w in view.warnings
    )
    blocks = [
        headline(view.headline),
        f"> {escape(view.relative_notice)}" if view.relative_notice else None,
        items(warnings),
        picture(view.chart_description, charts) if charts else None,
        section("Changes beyond the noise, and new conditions", map(escape, view.changes)),
        f"### Runs\n\n{draw_table(view.table)}",
        escape(view.left_out) if view.left_out else None,
        folded("What the numbers mean", items(map(escape, view.method))),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
