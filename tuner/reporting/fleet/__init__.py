"""A fleet as a page, for the terminal, as Markdown, CSV and JSON."""

from __future__ import annotations

from tuner.fleet.records import Fleet


def render(fleet: Fleet, form: str) -> str:
    """The report of a fleet as md, html or csv."""
    if form == "csv":
        from tuner.reporting.fleet.csv import render_csv

        return render_csv(fleet)
    from tuner.reporting.fleet.view import fleet_view

    view = fleet_view(fleet)
    if form == "html":
        from tuner.reporting.fleet.html import render_html

        return render_html(view)
    from tuner.reporting.fleet.markdown import render_markdown

    return render_markdown(view)
