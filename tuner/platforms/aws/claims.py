"""One thing at a time: a run and a rollout would take each other's settings for somebody else's."""

from __future__ import annotations

from pathlib import Path

from tuner.applied import State, all_applied
from tuner.errors import MeasurementError
from tuner.platforms.aws.journal import open_journals


def refuse_claimed(function: str, folder: Path | None = None) -> None:
    """Raise `MeasurementError` where a run or a rollout is at work on a function, or was killed.

    Args:
        function: the unqualified ARN.
        folder: where the journals of runs are, if not in the usual place.
    """
    name = function.rpartition(":")[2]
    for journal in open_journals(folder):
        if journal.entry.function == function:
            what = f"run {journal.entry.run_id}"
            _refuse(what, f"{name} is being measured by {what}", name, alive=journal.entry.alive)
    for record in all_applied():
        if record.state is State.UNDER_WAY and record.values.get("function") == function:
            what = f"rollout {record.id}"
            _refuse(what, f"{name} is being rolled out by {what}", name, alive=record.alive)


def _refuse(what: str, at_work: str, name: str, *, alive: bool) -> None:
    if alive:
        raise MeasurementError(at_work, "wait until it has finished")
    raise MeasurementError(
        f"{what} was stopped before it could set {name} back", f"run 'tuner restore {name}'"
    )
