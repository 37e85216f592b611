"""From a result to Markdown, charts and the terminal. Nothing here decides anything.

`view` formats a result once; `markdown` and `terminal` only lay the strings out, so that a number looks
the same wherever it is read. The plot library is imported when a chart is drawn, not before.
"""

from __future__ import annotations

from tuner.reporting.report import ReportFiles, write_report

__all__ = ["ReportFiles", "write_report"]
