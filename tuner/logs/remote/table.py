"""From a table of lines to findings: Athena is asked, and nothing but counts comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tuner.errors import NoAnswerError
from tuner.logs.archive import Archive
from tuner.logs.findings import LogFindings, PeakBasis
from tuner.logs.remote.athena import PEAKS, SCANS, UNREAD, Lines, queries, rows_of
from tuner.logs.remote.concluding import Counted, Interest, conclude
from tuner.logs.remote.filling import CELL, Answer, fill


class Table(Protocol):
    """A table of lines that can be queried."""

    def ask(self, queries: Mapping[str, str], *, reads: int) -> Mapping[str, Answer]:
        """The rows of each query; together they read the table so often."""

    @property
    def scanned_bytes(self) -> int:
        """How much all queries so far have read."""


def read_table(table: Table, lines: Lines, interest: Interest) -> LogFindings:
    """Everything that the lines of a table say. Raises `NoAnswerError` where none is a record."""
    asked = queries(lines)
    # One query first: what it scans is what each of the others will.
    found = dict(table.ask({CELL: asked.pop(CELL)}, reads=1))
    found |= table.ask(asked, reads=SCANS - 1)
    read = [row for row in found[CELL] if row["outcome"] != UNREAD]
    unreadable = sum(int(row["calls"]) for row in found[CELL] if row["outcome"] == UNREAD)
    if not read:
        raise NoAnswerError(
            f"no REPORT record in that table and time range; {unreadable} lines look like one",
            "is a row of the table a line of the log? docs/logs.md has its CREATE TABLE",
        )
    with Archive() as archive:
        rows = {name: rows_of(name, answer, archive) for name, answer in (found | {CELL: read}).items()}
        fill(archive, rows)
        peaks = {int(str(row["function"])): int(str(row["peak"])) for row in rows[PEAKS]}
        counted = Counted(peaks, PeakBasis.RECORDS, unreadable, table.scanned_bytes)
        return conclude(archive, counted, interest)
