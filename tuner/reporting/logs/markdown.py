"""The findings of logs as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from tuner.reporting.logs.page import FunctionPage, LogPage
from tuner.reporting.markdown import draw_table
from tuner.reporting.markup import code, escape, facts, folded, headline, items, section


def render_markdown(page: LogPage) -> str:
    """The page; the answer is its first line, what the numbers mean is folded at the end."""
    blocks = [
        headline(page.answer),
        items(
            f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
            for w in page.warnings
        ),
        f"### Functions\n\n{draw_table(page.functions)}" if page.functions else None,
        escape(page.functions.left_out) if page.functions and page.functions.left_out else None,
        *(block for function in page.in_full for block in _function(function)),
        section("Lines that look like a record and are none", map(code, page.unreadable)),
        folded("What the numbers mean", items(map(escape, page.method))),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _function(function: FunctionPage) -> Iterator[str | None]:
    yield f"## {escape(function.title)}"
    yield facts(function.facts)
    yield draw_table(function.sizes)
    yield draw_table(function.versions) if function.versions else None
    yield section("Why", map(escape, function.reasons))
