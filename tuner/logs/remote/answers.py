"""The answers of Logs Insights, which are texts, as rows of the columns that `filling` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tuner.logs.archive import Archive, outcome_sql
from tuner.logs.remote.filling import CELL, COLUMNS, Answer, Rows, typed

_US_PER_S = 1_000_000
_US_PER_HOUR = 3600 * _US_PER_S
_TIMES = ("hour", "first_us", "last_us")
_PARTS = {"status": "VARCHAR", "error_type": "VARCHAR", "filled": "DOUBLE"}
_COUNTED = {name: kind for name, kind in COLUMNS[CELL].items() if name != "outcome"} | _PARTS


def rows_of(name: str, answer: Answer, function: int) -> Rows:
    """The rows of a query, with the number of the function that they are of."""
    columns = _COUNTED if name == CELL else COLUMNS[name]
    kinds = {column: kind for column, kind in columns.items() if column not in _TIMES}
    return [{"function": function, **typed(row, kinds), **_times(row)} for row in answer]


def with_outcomes(archive: Archive, rows: Rows) -> Rows:
    """Cells of Insights with the outcome that follows from what they were counted by."""
    table = archive.fill("counted", _COUNTED, rows)
    outcome = outcome_sql("FALSE", "FALSE", "filled >= 1")
    return archive.rows(f"SELECT * EXCLUDE ({', '.join(_PARTS)}), {outcome} AS outcome FROM {table}")


def period_starts(answer: Answer) -> list[int]:
    """When the periods of the load began [s since 1970]."""
    return [_time_us(row["hour"]) // _US_PER_S for row in answer]


def _times(row: Mapping[str, str]) -> dict[str, int]:
    """Times are not written as the number that a column holds."""
    found = {name: _time_us(text) for name, text in row.items() if name in _TIMES}
    return {name: at // _US_PER_HOUR if name == "hour" else at for name, at in found.items()}


def _time_us(text: str) -> int:
    """A time as Insights writes it: milliseconds since 1970, or `2026-11-23 10:00:00.000` (UTC)."""
    try:
        return round(float(text) * 1000)
    except ValueError:
        return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * _US_PER_S)
