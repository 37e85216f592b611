"""Taking back what a run did to a function: its settings, and the versions that it published."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass

from tuner.errors import MeasurementError, NotRestoredError, TunerError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.journal import Entry, Journal
from tuner.platforms.aws.latest import Latest
from tuner.platforms.aws.marks import read_mark
from tuner.platforms.aws.uninterrupted import uninterrupted

DELETE_ATTEMPTS = 5
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was done: the fields that somebody else has set and that were left, and the versions deleted."""

    left_fields: tuple[str, ...]
    deleted_versions: tuple[str, ...]


def take_back(api: Api, journal: Journal) -> TakenBack:
    """Set the function back, delete the run's versions, check both, and forget the run.

    Raises:
        NotRestoredError: something is left; the journal stays, and the hint says what to run.
    """
    entry = journal.entry
    with uninterrupted():
        try:
            left_fields = Latest(api, entry.function).set_back(entry.original, entry.told)
            journal.record(told=())
        except TunerError as error:
            raise _not_restored(entry, f"could not be set back: {error.message}") from error
        try:
            deleted = delete_versions(api, entry)
        except TunerError as error:
            raise _not_restored(entry, f"is as it was, but versions are left: {error.message}") from error
        journal.close()
    return TakenBack(left_fields, deleted)


def versions_of(api: Api, function: str, run_id: str | None = None) -> dict[str, str]:
    """The versions that carry a run's mark, with their descriptions: of one run, or of any."""
    found = {}
    for version in api.pages("ListVersionsByFunction", "Versions", FunctionName=function):
        mark = read_mark(str(version.get("Description", "")))
        if version["Version"] != "$LATEST" and mark and run_id in (None, mark.run_id):
            found[str(version["Version"])] = str(version["Description"])
    return found


def delete_versions(api: Api, entry: Entry) -> tuple[str, ...]:
    """Delete the versions of a run, also one whose publication was never answered; returns their numbers."""
    deleted: list[str] = []
    for attempt in range(DELETE_ATTEMPTS):
        remaining = versions_of(api, entry.function, entry.run_id)
        if not remaining:
            return tuple(deleted)
        if attempt:
            time.sleep(PAUSE_S)
        for version in remaining:
            try:
                # Never without a qualifier: that would delete the function.
                api.call("DeleteFunction", FunctionName=entry.function, Qualifier=version)
                deleted.append(version)
            except AwsError as error:
                if error.code not in ("ResourceConflictException", "ResourceNotFoundException"):
                    raise
                refusal = error.message
    raise MeasurementError(f"version {', '.join(remaining)}: {refusal}")


def _not_restored(entry: Entry, what: str) -> NotRestoredError:
    name = entry.function.rpartition(":")[2]
    original = entry.original
    by_hand = shlex.join(
        [
            *("aws", "lambda", "update-function-configuration", "--function-name", entry.function),
            *("--memory-size", str(original.memory_mb), "--timeout", str(original.timeout_s)),
            *("--description", original.description),
        ]
    )
    return NotRestoredError(
        f"{name} {what}",
        f"run 'tuner restore {name}' as soon as AWS can be reached; its settings by hand: {by_hand}",
    )
