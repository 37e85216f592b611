"""`tuner restore [NAME]`: set back what a run that was killed has left at a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.errors import MeasurementError, NotRestoredError

if TYPE_CHECKING:
    from tuner.platforms.aws.journal import Entry
    from tuner.platforms.aws.restoring import Leftover


@click.command("restore", short_help="Set a function back after a run was killed.")
@click.argument("name", required=False)
@click.option("--profile", metavar="NAME", help="The AWS profile to use, where no journal names one.")
@click.option("--region", metavar="REGION", help="Where the function is, likewise.")
@click.option("--role", metavar="ARN", help="The role to assume, likewise.")
@click.option("--endpoint-url", metavar="URL", help="Another address for AWS, likewise.")
@click.option("--dry-run", is_flag=True, help="Show what is left, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before runs of other machines are undone.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as one JSON document.")
def command(*, name: str | None, dry_run: bool, yes: bool, as_json: bool, **options: str | None) -> None:
    """Set back what a run that was killed has left at a function: its memory, timeout and description, and
    the versions that the run has published.

    Without NAME every run in this machine's journal is undone. With NAME the function itself is looked at
    too, so that it also works when the machine of the run is lost.
    """
    from tuner.platforms.aws.connection import Connection
    from tuner.platforms.aws.names import parse_function_name
    from tuner.platforms.aws.restoring import leftovers_at, leftovers_here

    wanted = parse_function_name(name.removeprefix("aws:")) if name else None
    found = list(leftovers_here(wanted))
    if wanted is not None:
        connection = found[0].journal.entry.connection if found else Connection()
        given = {key: value for key, value in options.items() if value is not None}
        region = {"region": wanted.region} if wanted.region else {}
        values = {"profile": connection.profile, "region": connection.region, "role": connection.role}
        values |= {"endpoint_url": connection.endpoint_url} | region | given
        found += leftovers_at(Connection(**values), wanted)
    if not found:
        output.note("nothing is left of any run" + (f" at {wanted}" if wanted else ""))
    done = [_undo(leftover, dry_run=dry_run, yes=yes) for leftover in found]
    if as_json:
        output.document({"schema_version": 1, "restored": done})


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
