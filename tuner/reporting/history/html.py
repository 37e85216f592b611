"""A history as a page of one file."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.reporting.history.chart import draw_history_chart
from tuner.reporting.history.view import HistoryView
from tuner.trend import Step


def render_history_html(view: HistoryView, steps: Sequence[Step]) -> str:
    """The page; it loads nothing."""
    from tuner.reporting.html.images import themed
    from tuner.reporting.html.page import render_page

    image = themed(draw_history_chart(view, steps, "light"))
    return render_page("history.html", title=view.answer, kind="history", view=view, image=image)
