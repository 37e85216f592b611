"""A comparison as a page of one file."""

from __future__ import annotations

from tuner.comparison import Comparison
from tuner.reporting.compare.chart import draw_compare_chart, series_of
from tuner.reporting.compare.view import build_compare_view
from tuner.reporting.theme import SERIES


def render_compare_html(comparison: Comparison) -> str:
    """The page; it loads nothing."""
    from tuner.reporting.compare.chart_data import compare_chart_data
    from tuner.reporting.html.images import MOST_POINTS, themed
    from tuner.reporting.html.page import render_page
    from tuner.reporting.html.series import SCRIPTS

    view = build_compare_view(comparison)
    hues = list(zip(SERIES["light"], SERIES["dark"], strict=True))
    series = list(series_of(comparison, tuple(f"var(--series-{n})" for n in range(len(hues)))))
    points = sum(len(run.result.candidates) for run in comparison.runs)
    return render_page(
        "compare.html",
        title=view.title,
        kind="comparison",
        scripts=SCRIPTS,
        charts=True,
        data=compare_chart_data(comparison, series),
        view=view,
        series=series,
        hues=hues,
        image=themed(draw_compare_chart(comparison, "light")) if points <= MOST_POINTS else None,
    )
