"""A comparison as a page of one file."""

from __future__ import annotations

from tuner.comparison import Comparison
from tuner.reporting.compare.chart import draw_compare_chart
from tuner.reporting.compare.view import build_compare_view


def render_compare_html(comparison: Comparison) -> str:
    """The page; it loads nothing."""
    from tuner.reporting.html.images import themed
    from tuner.reporting.html.page import render_page

    view = build_compare_view(comparison)
    return render_page(
        "compare.html",
        title=view.title,
        kind="comparison",
        view=view,
        image=themed(draw_compare_chart(comparison, "light")),
    )
