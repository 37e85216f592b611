"""Taking back what a rollout did, wherever it was stopped, or after it has completed."""

from __future__ import annotations

import time
from dataclasses import dataclass

from tuner.applied import State
from tuner.errors import NotRestoredError, TunerError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.latest import ForeignChangeError, Latest
from tuner.platforms.aws.takeback import DELETE_ATTEMPTS, PAUSE_S
from tuner.platforms.aws.uninterrupted import uninterrupted
from tuner.rollout.alias import Alias
from tuner.rollout.journal import RolloutJournal


@dataclass(frozen=True, slots=True)
class Undone:
    """What was done; `left` says what somebody else has set since, and was left as it is."""

    left: tuple[str, ...]
    deleted_versions: tuple[str, ...]


def undo(api: Api, journal: RolloutJournal) -> Undone:
    """Set alias, concurrency and `$LATEST` back, delete the rollout's version, and check that.

    Raises:
        NotRestoredError: AWS refused; the record stays, and the hint says what to run.
    """
    changed = journal.changed
    with uninterrupted():
        try:
            left = [*_route_back(api, journal), *_reserved_back(api, journal)]
            left += _latest_back(api, journal)
            deleted, kept = _delete_versions(api, journal)
        except TunerError as error:
            raise NotRestoredError(
                f"{changed.name} could not be set back: {error.message}",
                f"run 'tuner restore {journal.record.id}' as soon as AWS can be reached{_by_hand(journal)}",
            ) from error
        journal.end(State.UNDONE)
    return Undone((*left, *kept), deleted)


def _route_back(api: Api, journal: RolloutJournal) -> list[str]:
    changed = journal.changed
    if changed.alias is None or changed.route is None or not changed.told_routes:
        return []
    alias = Alias(api, changed.function, changed.alias, changed.provisioned)
    left = []
    try:
        alias.move(changed.route, known=changed.told_routes)
    except ForeignChangeError:
        left.append(f"the alias {changed.alias}, which goes to {alias.read()}")
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        left.append(f"the alias {changed.alias}, which is gone")
    journal.note(told_routes=())
    return left


def _latest_back(api: Api, journal: RolloutJournal) -> list[str]:
    changed = journal.changed
    if not changed.told_latest:
        return []
    fields = Latest(api, changed.function).set_back(changed.latest, changed.told_latest)
    journal.note(told_latest=())
    return [f"{name} of $LATEST" for name in fields]


def _reserved_back(api: Api, journal: RolloutJournal) -> list[str]:
    changed = journal.changed
    if not changed.told_reserved:
        return []
    left = []
    now = read_reserved(api, changed.function)
    if now not in (*changed.told_reserved, changed.reserved):
        left.append(f"the reserved concurrency, which is {'none' if now is None else now}")
    elif changed.reserved is None:
        api.call("DeleteFunctionConcurrency", FunctionName=changed.function)
    else:
        put_reserved(api, changed.function, changed.reserved)
    journal.note(told_reserved=())
    return left


def read_reserved(api: Api, function: str) -> int | None:
    """The reserved concurrency; None is none."""
    found = api.call("GetFunctionConcurrency", FunctionName=function).get("ReservedConcurrentExecutions")
    return None if found is None else int(found)


def put_reserved(api: Api, function: str, wanted: int) -> None:
    """Set the reserved concurrency."""
    api.call("PutFunctionConcurrency", FunctionName=function, ReservedConcurrentExecutions=wanted)


def published(api: Api, function: str, note: str) -> str | None:
    """The version that a rollout has published; None if there is none."""
    for version in api.pages("ListVersionsByFunction", "Versions", FunctionName=function):
        if version["Version"] != "$LATEST" and version.get("Description") == note:
            return str(version["Version"])
    return None


def _delete_versions(api: Api, journal: RolloutJournal) -> tuple[tuple[str, ...], list[str]]:
    """Delete what was published, also where that was never answered. What an alias uses cannot be deleted."""
    changed = journal.changed
    for attempt in range(DELETE_ATTEMPTS):
        version = published(api, changed.function, changed.note)
        if version is None:
            return (), []
        aliases = api.pages("ListAliases", "Aliases", FunctionName=changed.function, FunctionVersion=version)
        if aliases:
            names = ", ".join(str(alias["Name"]) for alias in aliases)
            return (), [f"version {version}, which {names} uses"]
        if attempt:
            time.sleep(PAUSE_S)
        try:
            # Never without a qualifier: that would delete the function.
            api.call("DeleteFunction", FunctionName=changed.function, Qualifier=version)
        except AwsError as error:
            if error.code not in ("ResourceConflictException", "ResourceNotFoundException"):
                raise
            continue
        return (version,), []
    return (), [f"version {version}, which is still in use"]


def _by_hand(journal: RolloutJournal) -> str:
    changed = journal.changed
    if changed.alias is None or changed.route is None:
        return ""
    return (
        f"; the alias by hand: aws lambda update-alias --function-name {changed.function} "
        f"--name {changed.alias} --function-version {changed.route.version} "
        "--routing-config AdditionalVersionWeights={}"
    )
