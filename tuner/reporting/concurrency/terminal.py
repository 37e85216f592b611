"""A page about concurrency for the terminal."""

from __future__ import annotations

from tuner.reporting.concurrency.page import Page, PageTable
from tuner.reporting.layout import BOLD, aligned, bulleted, paint, side_by_side, titled, wrapped


def render_terminal(page: Page, *, width: int = 80, colour: bool = False) -> str:
    """The page in `width` columns. Warnings are left out: the command line says them on stderr."""
    answer = "".join(span.text for span in page.answer)
    blocks = [
        paint(wrapped(answer, width), BOLD, colour),
        "\n".join(wrapped(f"{fact.name}: {fact.text}", width, indent="  ") for fact in page.facts),
        *(titled(table.title, _laid_out(table), colour) for table in page.tables),
        *(bulleted(section.title, section.lines, width, colour) for section in page.sections),
        *(titled(script.title, "\n".join(script.commands), colour) for script in page.scripts),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _laid_out(table: PageTable) -> str:
    columns = []
    for index, (header, numeric) in enumerate(zip(table.headers, table.numeric, strict=True)):
        title, *cells = aligned([header, *(row[index] for row in table.rows)], numeric=numeric)
        columns.append([title, "-" * len(title), *cells])
    return "\n".join(side_by_side(columns))
