"""What a gate found as Markdown: a comment on a pull request that is readable without an image."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from tabulate import tabulate

from tuner.reporting.gate.comparison import LEGEND, TITLES, Comparison
from tuner.reporting.gate.standing import Standing
from tuner.reporting.gate.view import GateView
from tuner.reporting.headline import Fact
from tuner.reporting.markdown import ChartFiles, escape

LIMIT = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""
_CUT = "\n\n*The rest is left out: it would not fit into a comment. The JSON document has all of it.*\n"
_STRONG = (Standing.REGRESSION, Standing.WARNING, Standing.GAIN)


def render_gate_markdown(view: GateView, chart: ChartFiles | None = None) -> str:
    """The report: a hidden marker, the answer, the table; what they rest on is folded at the end."""
    blocks = [
        f"{view.marker}\n{_headline(view)}",
        escape(view.advice) if view.advice else None,
        _table(view.rows),
        _fenced("\n".join((*view.intervals, "", LEGEND)), "text") if view.intervals else None,
        _items(_warning_lines(view)),
        _picture(view, chart) if chart else None,
        f"> {escape(view.notice)}" if view.notice else None,
        _folded("Why", _items(map(escape, view.reasons))),
        _folded("What was measured", _items(_facts(view.facts))),
        _folded("Active rules", _items(map(escape, view.rules))),
        _folded("Conditions", _items(_facts(view.conditions))),
        _folded("Reproduce", f"{_fenced(view.command, 'sh')}\n\nSpent: {escape(view.spent)}."),
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


def _headline(view: GateView) -> str:
    return "".join(f"**{escape(s.text)}**" if s.strong else escape(s.text) for s in view.headline)


def _table(rows: Iterable[Comparison]) -> str | None:
    lines = [[escape(cell) for cell in row.cells[:-1]] + [_standing(row)] for row in rows]
    if not lines:
        return None
    aligned = ("left", *["right"] * (len(TITLES) - 2), "left")
    return tabulate(lines, headers=TITLES, tablefmt="pipe", disable_numparse=True, colalign=aligned)


def _standing(row: Comparison) -> str:
    text = escape(row.cells[-1])
    return f"**{text}**" if row.standing in _STRONG else text


def _warning_lines(view: GateView) -> Iterable[str]:
    for warning in view.warnings:
        hint = f" *{escape(warning.hint)}*" if warning.hint else ""
        yield f"**Warning: {escape(warning.code)}** {escape(warning.message)}{hint}"


def _picture(view: GateView, chart: ChartFiles) -> str:
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{html.escape(chart.dark)}">\n'
        f'  <img alt="{html.escape(view.chart_description)}" src="{html.escape(chart.light)}">\n'
        "</picture>"
    )


def _facts(facts: Iterable[Fact]) -> Iterable[str]:
    return (f"**{escape(fact.name)}:** {escape(fact.text)}" for fact in facts)


def _items(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _folded(title: str, body: str) -> str | None:
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>" if body else None


def _fenced(text: str, language: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"
