"""The findings of logs for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tuner.reporting.layout import BOLD, bulleted, paint, titled, wrapped
from tuner.reporting.logs.page import FunctionPage, LogPage
from tuner.reporting.terminal import draw_table


def render_terminal(page: LogPage, *, width: int = 80, colour: bool = False) -> str:
    """The page in `width` columns. Warnings are left out: the command line says them on stderr."""
    answer = "".join(span.text for span in page.answer)
    blocks = [
        paint(wrapped(answer, width), BOLD, colour),
        draw_table(page.functions, width, colour) if page.functions else "",
        wrapped(page.functions.left_out, width) if page.functions and page.functions.left_out else "",
        *(block for function in page.in_full for block in _function(function, width, colour)),
        bulleted("Lines that look like a record and are none", page.unreadable, width, colour),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _function(function: FunctionPage, width: int, colour: bool) -> Iterator[str]:
    yield titled(function.title, draw_table(function.sizes, width, colour), colour)
    if function.versions:
        yield draw_table(function.versions, width, colour)
    yield bulleted("Recommendation", [f"{fact.name}: {fact.text}" for fact in function.facts], width, colour)
    yield bulleted("Why", function.reasons, width, colour)
