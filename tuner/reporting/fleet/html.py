"""A fleet as a page of one file that sorts and filters."""

from __future__ import annotations

from tuner.reporting.fleet.view import FLAG_WORDS, FleetView
from tuner.reporting.html.page import render_page


def render_html(view: FleetView) -> str:
    """The page; it loads nothing. Without scripts it has every row, in order."""
    return render_page(
        "fleet.html",
        title=view.title,
        kind="fleet",
        scripts=("fleet.js",),
        styles=("fleet.css",),
        view=view,
        words=FLAG_WORDS,
    )
