"""A comparison as Markdown."""

from __future__ import annotations

from tuner.reporting.compare.view import CompareView
from tuner.reporting.markdown import draw_table
from tuner.reporting.markup import ChartFiles, escape, facts, folded, headline, items, picture


def render_compare_markdown(view: CompareView, charts: ChartFiles | None = None) -> str:
    """The sentences come first, what they rest on is folded at the end."""
    warnings = (
        f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
        for w in view.warnings
    )
    blocks = [
        *map(headline, view.sentences),
        f"> {escape(view.relative_notice)}" if view.relative_notice else None,
        items(warnings),
        picture(view.chart_description, charts) if charts else None,
        f"### At the recommended sizes\n\n{draw_table(view.recommended)}",
        f"### At the same size\n\n{draw_table(view.sizes)}" if view.sizes else None,
        f"### What else differs\n\n{draw_table(view.disagreements)}" if view.disagreements else None,
        folded("What the numbers mean", items(map(escape, view.method))),
        folded("The runs", facts(view.runs)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"
