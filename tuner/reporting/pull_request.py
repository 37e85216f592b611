"""A change as a branch, a commit and a pull request: its text carries the evidence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from tuner.apply.records import Change, ChangePlan, Setting
from tuner.records import TuningResult
from tuner.reporting.markdown import draw_table
from tuner.reporting.markup import code, escape, fenced, folded, headline, items, table
from tuner.reporting.report import file_name
from tuner.reporting.view import build_view
from tuner.reporting.wording import clean
from tuner.units import format_memory

_NAMES = {
    Setting.MEMORY: "memory",
    Setting.TIMEOUT: "timeout",
    Setting.ARCHITECTURE: "architecture",
    Setting.RESERVED_CONCURRENCY: "reserved concurrency",
    Setting.PROVISIONED_CONCURRENCY: "provisioned concurrency",
}


@dataclass(frozen=True, slots=True)
class PullRequest:
    """What somebody would type to propose a change."""

    branch: str
    title: str
    commit_message: str
    body: str

    def to_dict(self) -> dict[str, str]:
        """The texts as JSON values."""
        return asdict(self)


def setting_text(setting: Setting, value: int | str | None) -> str:
    """`1,024 MB`, `4 s`, `arm64`; what is not set is a default."""
    if value is None:
        return "not set"
    match setting:
        case Setting.MEMORY:
            return format_memory(int(value))
        case Setting.TIMEOUT:
            return f"{value} s"
    return str(value)


def change_text(change: Change) -> str:
    """`memory 512 MB -> 1,024 MB`."""
    before, after = (setting_text(change.setting, v) for v in (change.before, change.after))
    return f"{_NAMES[change.setting]} {before} \u2192 {after}"


def build_pull_request(result: TuningResult, plan: ChangePlan, chart: Path | None) -> PullRequest:
    """The texts for a plan and the run it comes from; `chart` is the picture in its report."""
    view, function = build_view(result), clean(plan.function)
    new = ", ".join(f"{_NAMES[c.setting]} {setting_text(c.setting, c.after)}" for c in plan.changes)
    title = f"{function}: {new}"
    changes = [
        (code(f"{plan.file.as_posix()}:{c.line}"), code(clean(".".join(c.path))), escape(change_text(c)))
        for c in plan.changes
    ]
    conditions = [(escape(fact.name), escape(fact.text)) for fact in view.conditions]
    blocks = [
        headline(view.headline),
        f"> {escape(view.relative_notice)}" if view.relative_notice else None,
        table(("file", "property", "change"), changes),
        items(escape(f"{_NAMES[left.setting]} is left as it is: {left.reason}") for left in plan.left_out),
        items(f"**{escape(w.code)}** {escape(clean(w.message))}" for w in plan.warnings),
        items(f"**{escape(w.code)}** {escape(w.message)}" for w in view.warnings),
        "### Memory sizes",
        draw_table(view.table),
        f"Chart: {code(chart.as_posix())}" if chart else None,
        folded("Conditions", table(("condition", "value"), conditions)),
        folded("Reproduce", fenced(view.command, "sh")),
        f"<sub>{escape(view.provenance)}</sub>",
    ]
    return PullRequest(
        branch=f"tuner/{file_name(plan.function)}-{'-'.join(str(c.after) for c in plan.changes)}",
        title=title,
        commit_message=f"{title}\n\n{view.answer}\n",
        body="\n\n".join(block for block in blocks if block) + "\n",
    )
