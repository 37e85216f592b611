"""Pieces of Markdown that GitHub, GitLab and a terminal pager show alike."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tabulate import tabulate

from tuner.reporting.headline import Fact, Span


@dataclass(frozen=True, slots=True)
class ChartFiles:
    """The file names of the chart, relative to the report."""

    light: str
    dark: str


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
    fence = "`" * (1 + _longest_run_of_backticks(text))
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def fenced(text: str, language: str) -> str:
    """A code block around any text."""
    fence = "`" * max(3, 1 + _longest_run_of_backticks(text))
    return f"{fence}{language}\n{text}\n{fence}"


def headline(spans: Iterable[Span]) -> str:
    """The answer, its strong parts in bold."""
    return "".join(f"**{escape(span.text)}**" if span.strong else escape(span.text) for span in spans)


def items(lines: Iterable[str]) -> str:
    """A list of lines that are Markdown already; empty where there is none."""
    return "\n".join(f"- {line}" for line in lines)


def facts(named: Iterable[Fact]) -> str:
    """A list of facts, their names in bold."""
    return items(f"**{escape(fact.name)}:** {escape(fact.text)}" for fact in named)


def section(title: str, lines: Iterable[str]) -> str | None:
    """A titled list; nothing where there is no line."""
    listed = items(lines)
    return f"### {title}\n\n{listed}" if listed else None


def folded(title: str, body: str) -> str | None:
    """What one has to open; nothing where there is nothing in it."""
    # The blank lines make the body Markdown again inside the HTML element.
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>" if body else None


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: Sequence[bool] | None = None
) -> str:
    """A table of cells that are Markdown already; `numeric` columns are aligned to the right."""
    return tabulate(
        rows,
        headers=headers,
        tablefmt="pipe",  # unlike "github" it says which columns are numbers
        disable_numparse=True,
        colalign=["right" if right else "left" for right in numeric or [False] * len(headers)],
    )


def picture(description: str, charts: ChartFiles) -> str:
    """The chart in the reader's theme, with its description for those who cannot see it."""
    return (
        "<picture>\n"
        f'  <source media="(prefers-color-scheme: dark)" srcset="{html.escape(charts.dark)}">\n'
        f'  <img alt="{html.escape(description)}" src="{html.escape(charts.light)}">\n'
        "</picture>"
    )


def _longest_run_of_backticks(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
