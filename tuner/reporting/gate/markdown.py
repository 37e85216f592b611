"""What a gate found as Markdown: a comment on a pull request that is readable without an image."""

from __future__ import annotations

from collections.abc import Iterable

from tuner.reporting.gate.comparison import LEGEND, TITLES, Comparison
from tuner.reporting.gate.standing import Standing
from tuner.reporting.gate.view import GateView
from tuner.reporting.markup import (
    ChartFiles,
    escape,
    facts,
    fenced,
    folded,
    headline,
    items,
    picture,
    table,
)

LIMIT = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_CUT = "\n\n*The rest is left out: it would not fit into a comment. The JSON document has all of it.*\n"
_STRONG = (Standing.REGRESSION, Standing.WARNING, Standing.GAIN)


def render_gate_markdown(view: GateView, chart: ChartFiles | None = None) -> str:
    """The report: a hidden marker, the answer, the table; what they rest on is folded at the end."""
    blocks = [
        f"{view.marker}\n{headline(view.headline)}",
        escape(view.advice) if view.advice else None,
        _table(view.rows),
        fenced("\n".join((*view.intervals, "", LEGEND)), "text") if view.intervals else None,
        items(_warning_lines(view)),
        picture(view.chart_description, chart) if chart else None,
        f"> {escape(view.notice)}" if view.notice else None,
        folded("Why", items(map(escape, view.reasons))),
        folded("What was measured", facts(view.facts)),
        folded("Active rules", items(map(escape, view.rules))),
        folded("Conditions", facts(view.conditions)),
        folded("Reproduce", f"{fenced(view.command, 'sh')}\n\nSpent: {escape(view.spent)}."),
        f"<sub>{escape(view.provenance)}</sub>",
    ]
    return _within_limit([block for block in blocks if block])


def _within_limit(blocks: list[str]) -> str:
    """Whole blocks as long as they fit, so that no fold is left open and no table torn."""
    text = "\n\n".join(blocks) + "\n"
    while len(text) > LIMIT and len(blocks) > 1:
        blocks = blocks[:-1]
        text = "\n\n".join(blocks) + _CUT
    return text


def _table(rows: Iterable[Comparison]) -> str | None:
    lines = [[escape(cell) for cell in row.cells[:-1]] + [_standing(row)] for row in rows]
    if not lines:
        return None
    return table(TITLES, lines, numeric=(False, *[True] * (len(TITLES) - 2), False))


def _standing(row: Comparison) -> str:
    text = escape(row.cells[-1])
    return f"**{text}**" if row.standing in _STRONG else text


def _warning_lines(view: GateView) -> Iterable[str]:
    for warning in view.warnings:
        hint = f" *{escape(warning.hint)}*" if warning.hint else ""
        yield f"**Warning: {escape(warning.code)}** {escape(warning.message)}{hint}"
