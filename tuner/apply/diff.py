"""A plan as a unified diff that `patch` and `git apply` take."""

from __future__ import annotations

import difflib

from tuner.apply.records import ChangePlan


def unified_diff(plan: ChangePlan) -> str:
    """The lines that change, with three around them; empty where nothing does. Line ends are kept."""
    before, after = (content.decode("utf-8").split("\n") for content in (plan.before, plan.after))
    name = plan.file.as_posix()
    names = ("a" + name, "b" + name) if plan.file.is_absolute() else (f"a/{name}", f"b/{name}")
    found = difflib.unified_diff(_ended(before), _ended(after), *names, lineterm="\n")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in found
    )


def _ended(lines: list[str]) -> list[str]:
    """Lines with their ends; the last has none where the file does not end with one."""
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
