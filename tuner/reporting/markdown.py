"""A report as Markdown that GitHub, GitLab and a terminal pager show alike."""

from __future__ import annotations

from tuner.reporting.markup import (
    ChartFiles,
    code,
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
from tuner.reporting.rows import Table
from tuner.reporting.view import ReportView


def render_markdown(view: ReportView, charts: ChartFiles | None = None) -> str:
    """The report; the answer is its first line, what it rests on is folded at the end."""
    conditions = [(escape(fact.name), escape(fact.text)) for fact in view.conditions]
    blocks = [
        headline(view.headline),
        f"> {escape(view.relative_notice)}" if view.relative_notice else None,
        _warnings(view),
        picture(view.chart_description, charts) if charts else None,
        "### Recommendation",
        facts(view.facts),
        section("Why this size", map(escape, view.reasons)),
        section("Why this timeout", map(escape, view.timeout_reasons)),
        section("Concurrency", map(escape, view.concurrency)),
        "### Memory sizes",
        draw_table(view.table),
        escape(view.table.left_out) if view.table.left_out else None,
        f"### Cold starts\n\n{draw_table(view.cold)}" if view.cold else None,
        *_strategies(view),
        section("Sizes that failed or are ruled out", _excluded(view)),
        folded("What the numbers mean", items(map(escape, view.method))),
        folded("Conditions", table(("condition", "value"), conditions)),
        folded("Reproduce", f"{fenced(view.command, 'sh')}\n\nSpent: {escape(view.spent)}."),
        f"<sub>{escape(view.provenance)}</sub>",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def draw_table(sizes: Table) -> str:
    """A table as Markdown; the first cell of a recommended row is bold."""
    rows = []
    for row in sizes.rows:
        size, *cells = map(escape, row.cells)
        rows.append((f"**{size}**" if row.recommended else size, *cells))
    titles = [escape(column.title) for column in sizes.columns]
    return table(titles, rows, numeric=[column.numeric for column in sizes.columns])


def _strategies(view: ReportView) -> tuple[str, ...]:
    if not view.picks:
        return ()
    headers = ("strategy", "memory", "mean", escape(view.cost_title), "against today")
    rows = [(p.strategy, p.memory, p.duration, p.cost, p.change or "") for p in view.picks]
    kept = len(headers) if any(p.change for p in view.picks) else len(headers) - 1
    return "### Other strategies", table(headers[:kept], [list(map(escape, row[:kept])) for row in rows])


def _excluded(view: ReportView) -> list[str]:
    return [
        f"{escape(item.memory)}: {escape(item.why)}" + (f": {code(item.message)}" if item.message else "")
        for item in view.excluded
    ]


def _warnings(view: ReportView) -> str:
    return items(
        f"**{escape(w.code)}** {escape(w.message)}" + (f" *{escape(w.hint)}*" if w.hint else "")
        for w in view.warnings
    )
