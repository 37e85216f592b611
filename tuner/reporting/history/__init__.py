"""What runs of a function found over time, for people and machines. Nothing here decides."""

from __future__ import annotations

from tuner.reporting.history.chart import draw_history_chart, draw_history_image
from tuner.reporting.history.document import history_document, render_history_csv
from tuner.reporting.history.html import render_history_html
from tuner.reporting.history.markdown import render_history_markdown
from tuner.reporting.history.terminal import render_history_terminal
from tuner.reporting.history.view import HistoryView, build_history_view

__all__ = [
    "HistoryView",
    "build_history_view",
    "draw_history_chart",
    "draw_history_image",
    "history_document",
    "render_history_csv",
    "render_history_html",
    "render_history_markdown",
    "render_history_terminal",
]
