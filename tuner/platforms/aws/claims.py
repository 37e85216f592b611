"""One thing at a time: a run and a rollout would take each other's settings for somebody else's."""

from __future__ import annotations

from pathlib import Path

from tuner.applied import State, all_applied
from tuner.errors import MeasurementError
from tuner.platforms.aws.journal import open_journals

_WAIT = "wait until it has finished"


def refuse_claimed(function: str, folder: Path | None = None, *, but: str | None = None) -> None:
    """Raise `MeasurementError` where a run or a rollout is at work on a function, or was killed.

    Args:
        function: the unqualified ARN.
        folder: where the journals of runs are, if not in the usual place.
        but: the id of the rollout that is gone on with.
    """
    name = function.rpartition(":")[2]
    for journal in open_journals(folder):
        if journal.entry.function == function:
            what = f"run {journal.entry.run_id}"
            if journal.entry.alive:
                raise MeasurementError(f"{name} is being measured by {what}", _WAIT)
            raise _stopped(what, name, f"run 'tuner restore {name}'")
    for record in all_applied():
        if record.id != but and record.state is State.UNDER_WAY and record.values.get("function") == function:
            what = f"rollout {record.id}"
            if record.alive:
                raise MeasurementError(f"{name} is being rolled out by {what}", _WAIT)
            raise _stopped(what, name, record.ways_on)


def _stopped(what: str, name: str, hint: str) -> MeasurementError:
    return MeasurementError(f"{what} was stopped before it could set {name} back", hint)
