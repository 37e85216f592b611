"""A page about concurrency as Markdown."""

from __future__ import annotations

from tuner.reporting.concurrency.page import Page, PageTable
from tuner.reporting.markup import (
    ChartFiles,
    escape,
    facts,
    fenced,
    folded,
    headline,
    items,
    picture,
    section,
    table,
)


def render_markdown(page: Page, charts: ChartFiles | None = None) -> str:
    """The page; the answer is its first line, what the numbers mean is folded at the end."""
    blocks = [
        headline(page.answer),
        items(
            f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
            for w in page.warnings
        ),
        picture(page.chart_description, charts) if page.chart_description and charts else None,
        facts(page.facts),
        *(_titled_table(found) for found in page.tables),
        *(section(found.title, map(escape, found.lines)) for found in page.sections),
        *(f"### {found.title}\n\n{fenced(chr(10).join(found.commands), 'sh')}" for found in page.scripts),
        folded("What the numbers mean", items(map(escape, page.method))),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _titled_table(found: PageTable) -> str:
    rows = [[escape(cell) for cell in row] for row in found.rows]
    return f"### {found.title}\n\n" + table(list(map(escape, found.headers)), rows, numeric=found.numeric)
