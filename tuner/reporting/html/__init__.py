"""Pages of one file each: a report that can be read, asked and passed on without a network.

`page` is the skeleton, `parts.html` what pages are made of; `run_page` is the report of one run.
"""

from __future__ import annotations

from tuner.reporting.html.run_page import render_html

__all__ = ["render_html"]
