"""Writing a plan so that it can be taken back: what it replaced is on disk first."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from tuner import applied
from tuner.applied import Applied, Kind, State
from tuner.apply.records import ChangePlan
from tuner.apply.writing import write_plan
from tuner.errors import UsageError


def write_recorded(plan: ChangePlan) -> Applied:
    """Replace the file as `write_plan` does, and keep its bytes of before.

    Raises:
        UsageError: the file has changed since it was read, or it or the record cannot be written.
    """
    values = {
        "file": str(plan.file.resolve()),
        "before": base64.b64encode(plan.before).decode(),
        "after_sha256": hashlib.sha256(plan.after).hexdigest(),
    }
    made = applied.record(
        Applied(
            kind=Kind.FILE,
            target=f"{plan.function} in {plan.file.resolve()}",
            before=", ".join(f"{change.setting} {_shown(change.before)}" for change in plan.changes),
            after=", ".join(f"{change.setting} {change.after}" for change in plan.changes),
            values=values,
        )
    )
    write_plan(plan)
    return applied.record(made, state=State.DONE)


def put_back(record: Applied) -> tuple[Path, Applied]:
    """Give a file the bytes that it had before; returns which file, and the record of that.

    Raises:
        UsageError: it has changed since, or cannot be written; it is left as it is.
    """
    try:
        path = Path(str(record.values["file"]))
        before = base64.b64decode(str(record.values["before"]), validate=True)
        wanted = str(record.values["after_sha256"])
    except (KeyError, ValueError) as error:
        raise UsageError(f"the record {record.id} cannot be read: {error}", "use git instead") from error
    try:
        now = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}", "use git instead") from error
    if now != before:
        if hashlib.sha256(now).hexdigest() != wanted:
            raise UsageError(
                f"'{path}' has changed since it was written; it was left as it is",
                f"before, it had {record.before}",
            )
        plan = ChangePlan(function=record.target, file=path, changes=(), before=now, after=before)
        write_plan(plan)
    return path, applied.record(record, state=State.UNDONE)


def _shown(before: int | str | None) -> str:
    return "not set" if before is None else str(before)
