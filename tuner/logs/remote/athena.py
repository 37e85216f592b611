"""The aggregates as queries of Amazon Athena, over a table whose rows are the lines of a log archive."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.logs.aggregates import cells, load, peaks, starts, used
from tuner.logs.archive import Archive, outcome_sql
from tuner.logs.dialects import ATHENA, quoted
from tuner.logs.extraction import COLUMNS as EXTRACTED
from tuner.logs.extraction import extraction
from tuner.logs.fields import JSON_TYPE, REPORT
from tuner.logs.remote.filling import CELL, COLUMNS, LOADED, STARTED, USED, Answer, Rows, typed

PEAKS = "peaks"
SCANS = 6
"""How often the queries together read the table: once each, and twice for the peaks."""
UNREAD = "unread"
"""The outcome of a line that looks like a record and is not in the platform's own form."""

_GROUP = "aws[-/]lambda[-/]([A-Za-z0-9_-]+)"
_VERSION = "[[]([$]LATEST|[0-9]+)[]]"
_COLUMNS = {**COLUMNS, PEAKS: {"function": "INTEGER", "peak": "BIGINT"}}


@dataclass(frozen=True, slots=True)
class Lines:
    """A relation with `path` and `line`, whose function it is unless the path says so, and the range [us]."""

    relation: str
    function: str | None = None
    since_us: int | None = None
    until_us: int | None = None


def queries(lines: Lines) -> dict[str, str]:
    """Every query by the name of the rows that it yields."""
    calls = f"({_calls(lines)})"
    read = f"(SELECT * FROM {calls} AS every WHERE outcome <> {quoted(UNREAD)})"
    found = {LOADED: load(ATHENA), STARTED: starts(ATHENA), USED: used(ATHENA)}
    return {
        CELL: cells(ATHENA).sql(f"{calls} AS every"),
        **{name: aggregate.sql(f"{read} AS sound") for name, aggregate in found.items()},
        PEAKS: peaks(f"{read} AS sound"),
    }


def rows_of(name: str, answer: Answer, archive: Archive) -> Rows:
    """The rows of a query, its functions by their numbers in the archive."""
    kinds = {column: kind for column, kind in _COLUMNS[name].items() if column != "function"}
    return [{"function": archive.number_of(row["function"]), **typed(row, kinds)} for row in answer]


def _calls(lines: Lines) -> str:
    """A row an invocation, and one a line that could not be read."""
    kept = ", ".join(column for column in EXTRACTED if column not in ("version", "unread"))
    named = f"coalesce({ATHENA('group', 'path', quoted(_GROUP))}, 'unknown')"
    function = quoted(lines.function) if lines.function else named
    version = f"coalesce(version, {ATHENA('group', 'path', quoted(_VERSION))})"
    marked = " OR ".join(ATHENA("contains", "unread", quoted(marker)) for marker in (REPORT, JSON_TYPE))
    range_ = "".join(
        f" AND (unread IS NOT NULL OR at_us {sign} {limit})"
        for sign, limit in ((">=", lines.since_us), ("<", lines.until_us))
        if limit is not None
    )
    return (
        f"SELECT {function} AS function, {version} AS version, {kept}, "
        f"CASE WHEN unread IS NULL THEN {outcome_sql('FALSE', 'FALSE')} ELSE {quoted(UNREAD)} END AS outcome "
        f"FROM ({extraction(ATHENA, lines.relation, passed='path')}) AS extracted "
        f"WHERE (unread IS NULL OR {marked}){range_}"
    )
