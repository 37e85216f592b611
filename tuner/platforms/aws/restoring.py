"""Finding what runs have left at a function, here and elsewhere, so that it can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.deployed import latest_settings, read_configuration
from tuner.platforms.aws.journal import Entry, Journal, LatestSettings, open_journals
from tuner.platforms.aws.marks import Mark, read_mark
from tuner.platforms.aws.names import FunctionName
from tuner.platforms.aws.takeback import versions_of


@dataclass(frozen=True, slots=True)
class Leftover:
    """A run that is not finished with a function. `elsewhere`: no journal of it is on this machine, so that
    it may still be at work on another one.
    """

    journal: Journal
    elsewhere: bool = False


def leftovers_here(name: FunctionName | None = None, folder: Path | None = None) -> Iterator[Leftover]:
    """The runs with a journal on this machine: of one function, or all."""
    for journal in open_journals(folder):
        if name is None or journal.entry.function.rpartition(":")[2] == name.name:
            yield Leftover(journal)


def leftovers_at(
    connection: Connection, name: FunctionName, folder: Path | None = None
) -> Iterator[Leftover]:
    """The runs whose marks the function carries and that have no journal here.

    Raises `UsageError` for a function that is not there, `AwsError` when AWS cannot be asked.
    """
    known = {found.journal.entry.run_id for found in leftovers_here(name, folder)}
    api = Api(connection)
    configuration = read_configuration(api, name)
    arn = str(configuration["FunctionArn"])
    current = latest_settings(configuration)
    on_latest = read_mark(current.description)
    marks: dict[str, list[Mark]] = {}
    for description in versions_of(api, arn).values():
        if found := read_mark(description):
            marks.setdefault(found.run_id, []).append(found)
    if on_latest:
        marks.setdefault(on_latest.run_id, []).append(on_latest)
    for run_id, found_marks in marks.items():
        if run_id in known:
            continue
        original, told = _settings(current, on_latest, found_marks)
        entry = Entry(
            run_id=run_id,
            function=arn,
            connection=replace(connection, region=arn.split(":")[3]),
            original=original,
            told=told,
            process=0,
            host="",
        )
        yield Leftover(Journal(entry, folder), elsewhere=True)


def _settings(
    current: LatestSettings, on_latest: Mark | None, marks: list[Mark]
) -> tuple[LatestSettings, tuple[LatestSettings, ...]]:
    """What `$LATEST` was before a run, and what it may be by the run's hand, as far as marks tell."""
    said = marks[0]
    if on_latest is not None and on_latest.run_id == said.run_id:
        description = on_latest.original_description or ""
        return LatestSettings(said.original_memory_mb, said.original_timeout_s, description), (current,)
    original = LatestSettings(said.original_memory_mb, said.original_timeout_s, current.description)
    if said.original_description is not None:
        return original, ()  # the mark is gone from $LATEST, so it has been set back
    # The description was too long for a mark, so what it is now may be the run's doing: the user is asked.
    return original, (current,)
