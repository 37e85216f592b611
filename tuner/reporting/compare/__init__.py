"""Runs beside each other, for people and machines. Nothing here decides: `tuner.comparison` did.

`build_compare_view` puts a comparison into words once; `render_*` lay them out.
"""

from __future__ import annotations

from tuner.reporting.compare.chart import draw_compare_chart, draw_compare_image
from tuner.reporting.compare.document import compare_document
from tuner.reporting.compare.html import render_compare_html
from tuner.reporting.compare.markdown import render_compare_markdown
from tuner.reporting.compare.terminal import render_compare_terminal
from tuner.reporting.compare.view import CompareView, build_compare_view

__all__ = [
    "CompareView",
    "build_compare_view",
    "compare_document",
    "draw_compare_chart",
    "draw_compare_image",
    "render_compare_html",
    "render_compare_markdown",
    "render_compare_terminal",
]
