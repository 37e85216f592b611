"""A history as a page of one file."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.reporting.history.chart import draw_history_chart
from tuner.reporting.history.view import HistoryView
from tuner.trend import Step


def render_history_html(view: HistoryView, steps: Sequence[Step]) -> str:
    """The page; it loads nothing."""
    from tuner.reporting.history.chart_data import history_chart_data
    from tuner.reporting.html.images import MOST_POINTS, themed
    from tuner.reporting.html.page import render_page
    from tuner.reporting.html.series import SCRIPTS

    data = history_chart_data(view, steps)
    return render_page(
        "history.html",
        title=view.answer,
        kind="history",
        scripts=SCRIPTS,
        charts=True,
        data=data,
        view=view,
        new_conditions=bool(data["rules"]),
        image=themed(draw_history_chart(view, steps, "light")) if len(steps) <= MOST_POINTS else None,
    )
