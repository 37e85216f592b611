"""`tuner restore [NAME | ID]`: set back what was left, or what was applied; `--list` shows what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.errors import MeasurementError, NotRestoredError, UsageError

if TYPE_CHECKING:
    from tuner.applied import Applied
    from tuner.platforms.aws.journal import Entry
    from tuner.platforms.aws.restoring import Leftover


@click.command("restore", short_help="Set back what a killed run has left, or what was applied.")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Show what was applied, and what it replaced.")
@click.option("--profile", metavar="NAME", help="The AWS profile to use, where no journal names one.")
@click.option("--region", metavar="REGION", help="Where the function is, likewise.")
@click.option("--role", metavar="ARN", help="The role to assume, likewise.")
@click.option("--endpoint-url", metavar="URL", help="Another address for AWS, likewise.")
@click.option("--dry-run", is_flag=True, help="Show what is left, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before anything is taken back that is not just left.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON document.")
def command(
    *, name: str | None, listed: bool, dry_run: bool, yes: bool, as_json: bool, **options: str | None
) -> None:
    """Set back what a run or a rollout that was killed has left at a function: its memory, timeout and
    description, its alias, and the versions that were published.

    Without NAME all of them in this machine's journal are undone. With NAME the function itself is looked at
    too, so that it also works when the machine of a run is lost.

    \b
    tuner restore --list    what tuner apply has changed here, with its ID, and what that replaced
    tuner restore ID        take one of these back: an alias, $LATEST, or a file that has not changed since
    """
    from tuner.applied import find_applied

    if listed:
        _list(name, as_json=as_json)
        return
    record = find_applied(name) if name else None
    if record is not None:
        done = [_reverse(record, dry_run=dry_run, yes=yes)]
    else:
        done = _undo_all(name, options, dry_run=dry_run, yes=yes)
    if as_json:
        output.document({"schema_version": 1, "restored": done})


def _undo_all(
    name: str | None, options: dict[str, str | None], *, dry_run: bool, yes: bool
) -> list[dict[str, Any]]:
    """Everything that was killed: of one function, or of all."""
    from tuner.applied import Kind, all_applied
    from tuner.platforms.aws.connection import Connection
    from tuner.platforms.aws.names import parse_function_name
    from tuner.platforms.aws.restoring import leftovers_at, leftovers_here
    from tuner.rollout.journal import RolloutJournal

    wanted = parse_function_name(name.removeprefix("aws:")) if name else None
    killed = [
        record
        for record in all_applied()
        if (record.killed if wanted is None else record.state == "under_way" and _name(record) == wanted.name)
    ]
    done = [_reverse(record, dry_run=dry_run, yes=True) for record in killed]
    found = list(leftovers_here(wanted))
    if wanted is not None:
        known = [RolloutJournal(r).changed.connection for r in killed if r.kind is Kind.FUNCTION]
        connection = found[0].journal.entry.connection if found else [Connection(), *known][-1]
        given = {key: value for key, value in options.items() if value is not None}
        region = {"region": wanted.region} if wanted.region else {}
        values = {"profile": connection.profile, "region": connection.region, "role": connection.role}
        values |= {"endpoint_url": connection.endpoint_url} | region | given
        found += leftovers_at(Connection(**values), wanted)
    if not found and not killed:
        output.note("nothing is left of any run" + (f" at {wanted}" if wanted else ""))
    return done + [_undo(leftover, dry_run=dry_run, yes=yes) for leftover in found]


def _list(name: str | None, *, as_json: bool) -> None:
    """What was applied, newest first."""
    from tuner.applied import all_applied
    from tuner.reporting.wording import clean

    found = [record for record in reversed(all_applied()) if not name or name in (record.id, _name(record))]
    if as_json:
        output.document({"schema_version": 1, "applied": [_applied_document(record) for record in found]})
        return
    for record in found:
        before, after, target = (clean(text) for text in (record.before, record.after, record.target))
        output.result(f"{record.id}  {record.at}  {_state(record)}  {target}: {before} -> {after}")
    for record in found:
        if record.killed:
            output.note(f"{record.id} was killed: {record.ways_on}")
    if not found:
        output.note("nothing was applied on this machine")


def _reverse(record: Applied, *, dry_run: bool, yes: bool) -> dict[str, Any]:
    """Take one change back, however far it had come."""
    from tuner.applied import Kind, State

    said = f"{record.id} of {record.at}, {_state(record)}: {record.target} got {record.after}"
    output.note(f"{said} instead of {record.before}")
    if record.state is State.UNDONE:
        raise UsageError(f"{record.id} was taken back already", "'tuner restore --list' shows what is there")
    if record.alive:
        raise MeasurementError(
            f"{record.id} is still at work here, as process {record.process}",
            f"stop it (kill {record.process}), and it will set {record.target} back itself",
        )
    if dry_run:
        return _applied_document(record)
    agree(f"Set {record.target} back to {record.before}?", yes=yes)
    if record.kind is Kind.FILE:
        from tuner.apply.recording import put_back

        path, record = put_back(record)
        output.result(f"{path} has its former content")
        return _applied_document(record)
    from tuner.platforms.aws.api import Api
    from tuner.rollout.journal import RolloutJournal
    from tuner.rollout.undoing import undo

    journal = RolloutJournal(record)
    undone = undo(Api(journal.changed.connection), journal)
    if undone.left:
        raise NotRestoredError(
            f"somebody else has changed {', '.join(undone.left)} since; that was left as it is",
            f"before, {record.target} had {record.before}",
        )
    versions = f"; deleted versions: {', '.join(undone.deleted_versions)}" if undone.deleted_versions else ""
    output.result(f"{record.target} is as before ({record.before}){versions}")
    return _applied_document(journal.record)


def _undo(leftover: Leftover, *, dry_run: bool, yes: bool) -> dict[str, Any]:
    from tuner.platforms.aws.api import Api
    from tuner.platforms.aws.takeback import take_back

    entry = leftover.journal.entry
    name = entry.function.rpartition(":")[2]
    output.note(_describe(entry, elsewhere=leftover.elsewhere))
    if dry_run:
        return _document(entry, deleted=(), left=())
    if entry.alive:
        raise MeasurementError(
            f"run {entry.run_id} is still at work here, as process {entry.process}",
            f"stop it (kill {entry.process}), and it will set {name} back itself",
        )
    if leftover.elsewhere:
        agree(f"Is that run not at work any more, and may {_change_words(entry)}?", yes=yes)
    taken = take_back(Api(entry.connection), leftover.journal)
    if taken.left_fields:
        raise NotRestoredError(
            f"somebody else has set {', '.join(taken.left_fields)} of {name} since; that was left as it is",
            f"before the run it had {entry.original.memory_mb} MB and {entry.original.timeout_s} s",
        )
    versions = f"; deleted versions: {', '.join(taken.deleted_versions)}" if taken.deleted_versions else ""
    output.result(
        f"{name} has {entry.original.memory_mb} MB and {entry.original.timeout_s} s, as before{versions}"
    )
    return _document(entry, deleted=taken.deleted_versions, left=taken.left_fields)


def _describe(entry: Entry, *, elsewhere: bool) -> str:
    where = "of another machine" if elsewhere else f"of {entry.started_at}"
    name = entry.function.rpartition(":")[2]
    return f"run {entry.run_id} {where} has not finished with {name}"


def _change_words(entry: Entry) -> str:
    before = f"{entry.original.memory_mb} MB and {entry.original.timeout_s} s"
    now = [f"{told.memory_mb} MB and {told.timeout_s} s" for told in entry.told]
    return f"{before} replace {now[-1]}, and its versions be deleted" if now else "its versions be deleted"


def _document(entry: Entry, *, deleted: tuple[str, ...], left: tuple[str, ...]) -> dict[str, Any]:
    return {
        "run_id": entry.run_id,
        "function": entry.function,
        "memory_mb": entry.original.memory_mb,
        "timeout_s": entry.original.timeout_s,
        "deleted_versions": list(deleted),
        "left_fields": list(left),
    }


def _name(record: Applied) -> str:
    """The function that a rollout changed."""
    return record.target.partition(":")[0]


def _state(record: Applied) -> str:
    return "killed" if record.killed else str(record.state).replace("_", " ")


def _applied_document(record: Applied) -> dict[str, Any]:
    return {
        "id": record.id,
        "at": record.at,
        "kind": str(record.kind),
        "state": "killed" if record.killed else str(record.state),
        "target": record.target,
        "before": record.before,
        "after": record.after,
    }
