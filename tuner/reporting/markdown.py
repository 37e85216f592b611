"""A report as Markdown that GitHub, GitLab and a terminal pager show alike."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tabulate import tabulate

from tuner.reporting.headline import Fact
from tuner.reporting.rows import Table
from tuner.reporting.view import ReportView


@dataclass(frozen=True, slots=True)
class ChartFiles:
    """The file names of the chart, relative to the report."""

    light: str
    dark: str


def render_markdown(view: ReportView, charts: ChartFiles | None = None) -> str:
    """The report; the answer is its first line, what it rests on is folded at the end."""
    blocks = [
        _headline(view),
        f"> {escape(view.relative_notice)}" if view.relative_notice else None,
        _warnings(view),
        _picture(view, charts) if charts else None,
        "### Recommendation",
        _facts(view.facts),
        _section("Why this size", map(escape, view.reasons)),
        _section("Why this timeout", map(escape, view.timeout_reasons)),
        "### Memory sizes",
        _sizes(view.table),
        escape(view.table.left_out) if view.table.left_out else None,
        f"### Cold starts\n\n{_sizes(view.cold)}" if view.cold else None,
        *_strategies(view),
        _section("Sizes that failed or are ruled out", _excluded(view)),
        _folded("What the numbers mean", _items(map(escape, view.method))),
        _folded("Conditions", _grid(("condition", "value"), [(f.name, f.text) for f in view.conditions])),
        _folded("Reproduce", f"{_fenced(view.command)}\n\nSpent: {escape(view.spent)}."),
        f"<sub>{escape(view.provenance)}</sub>",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def escape(text: str) -> str:
    """Text that is shown as it is: no markup, HTML, mention or formula is read into it."""
    text = re.sub(r"([\\`*\[\]|~])", r"\\\1", text)
    text = re.sub(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", r"\\_", text)
    text = re.sub(r"\$(?![0-9 ])", r"\\$", text)
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
    text = re.sub(r"@(?=\w)", "@\u200b", text)
    return re.sub(r"^(?:([-+#>=])|(\d+)([.)])(?=\s))", r"\2\\\1\3", text)


def code(text: str) -> str:
    """A code span around any text, fenced by more backticks than it contains in a row."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _headline(view: ReportView) -> str:
    return "".join(f"**{escape(s.text)}**" if s.strong else escape(s.text) for s in view.headline)


def _picture(view: ReportView, charts: ChartFiles) -> str:
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{html.escape(charts.dark)}">\n'
        f'  <img alt="{html.escape(view.chart_description)}" src="{html.escape(charts.light)}">\n'
        "</picture>"
    )


def _facts(facts: Sequence[Fact]) -> str:
    return _items(f"**{escape(fact.name)}:** {escape(fact.text)}" for fact in facts)


def _sizes(table: Table) -> str:
    columns = table.columns
    rows = []
    for row in table.rows:
        size, *cells = map(_cell, row.cells)
        rows.append((f"**{size}**" if row.recommended else size, *cells))
    return tabulate(
        rows,
        headers=[_cell(column.title) for column in columns],
        tablefmt="pipe",  # unlike "github" it says which columns are numbers
        disable_numparse=True,
        colalign=["right" if column.numeric else "left" for column in columns],
    )


def _strategies(view: ReportView) -> tuple[str, ...]:
    if not view.picks:
        return ()
    headers = ("strategy", "memory", "mean", view.cost_title, "against today")
    rows = [(p.strategy, p.memory, p.duration, p.cost, p.change or "") for p in view.picks]
    kept = len(headers) if any(p.change for p in view.picks) else len(headers) - 1
    return "### Other strategies", _grid(headers[:kept], [row[:kept] for row in rows])


def _excluded(view: ReportView) -> list[str]:
    return [
        f"{escape(item.memory)}: {escape(item.why)}" + (f": {code(item.message)}" if item.message else "")
        for item in view.excluded
    ]


def _warnings(view: ReportView) -> str | None:
    return _items(
        f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
        for w in view.warnings
    )


def _section(title: str, lines: Iterable[str]) -> str | None:
    items = _items(lines)
    return f"### {title}\n\n{items}" if items else None


def _items(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _grid(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return tabulate(
        [[_cell(cell) for cell in row] for row in rows],
        headers=[_cell(header) for header in headers],
        tablefmt="pipe",
        disable_numparse=True,
        colalign=["left"] * len(headers),
    )


def _cell(text: str) -> str:
    return escape(text)


def _folded(title: str, body: str) -> str:
    # The blank lines make the body Markdown again inside the HTML element.
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}sh\n{text}\n{fence}"
