"""What another engine has counted, as the small tables that findings are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuner.logs.aggregates import BIN, KINDS, cells, load, starts, used
from tuner.logs.archive import Archive
from tuner.logs.condensing import BINNED, LOAD, TOTALS
from tuner.logs.dialects import DUCKDB

CELL, LOADED, STARTED, USED = "cell", "loaded", "started", "used"
"""The four sets of rows that another engine yields, and the tables that they are kept in."""

Rows = Sequence[Mapping[str, object]]
Answer = Sequence[Mapping[str, str]]
"""What an engine answers: texts by column; one that is empty or missing is NULL."""

_COUNTS = ("calls", "billed", "billed_sum_ms", "used_max_mb", "inits", "restores", "first_us", "last_us")
_TYPES = {
    **dict.fromkeys(("function", "bucket", "init_bucket", "restore_bucket", "hour"), "INTEGER"),
    **dict.fromkeys((*_COUNTS, "invocations", "memory_mb", "used_mb"), "BIGINT"),
    **dict.fromkeys(("version", "outcome"), "VARCHAR"),
    "cold": "BOOLEAN",
}
_AGGREGATES = {CELL: cells(DUCKDB), LOADED: load(DUCKDB), STARTED: starts(DUCKDB), USED: used(DUCKDB)}
COLUMNS = {
    table: {name: _TYPES.get(name, "DOUBLE") for name in (*found.keys, *found.measures)}
    for table, found in _AGGREGATES.items()
}
"""The columns of those rows."""


def typed(row: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, object]:
    """The values of an answer's row in columns of these kinds."""
    return {name: _value(row[name], kind) for name, kind in kinds.items() if row.get(name, "") != ""}


def fill(archive: Archive, rows: Mapping[str, Rows]) -> None:
    """Condense an archive to what was counted elsewhere; functions are by their number."""
    for name, columns in COLUMNS.items():
        archive.fill(name, columns, rows[name])
    archive.table(TOTALS, cells(DUCKDB).rolled_up(CELL, KINDS))
    archive.table(LOAD, f"SELECT * FROM {LOADED}")
    kinds = ", ".join(KINDS)
    archive.table(
        BINNED["duration_ms"],
        f"SELECT {kinds}, bucket, sum(calls) AS calls, sum(duration_sum_ms) AS total FROM {CELL} "
        f"GROUP BY {kinds}, bucket",
    )
    for kind in ("init", "restore"):
        archive.table(
            BINNED[f"{kind}_ms"],
            f"SELECT function, memory_mb, {kind}_bucket AS bucket, sum({kind}s) AS calls, "
            f"sum({kind}_sum_ms) AS total FROM {STARTED} WHERE {kind}s > 0 GROUP BY 1, 2, 3",
        )
    archive.table(
        BINNED["used_mb"],
        f"SELECT function, memory_mb, {DUCKDB('bucket', 'used_mb', BIN)} AS bucket, "
        f"sum(calls) AS calls, sum(calls * used_mb) AS total FROM {USED} GROUP BY 1, 2, 3",
    )


def _value(text: str, kind: str) -> object:
    match kind:
        case "BOOLEAN":
            return text.lower() in ("1", "true")
        case "VARCHAR":
            return text
        case "DOUBLE":
            return float(text)
    return round(float(text))
