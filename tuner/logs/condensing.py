"""The small tables that findings are made of, whichever engine has counted the calls.

A condensed archive has a table of totals, one of the load by hours, and one of bins for each of four values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuner.logs import aggregates
from tuner.logs.archive import Archive
from tuner.logs.dialects import DUCKDB

TOTALS = "total"
LOAD = "load"
BINNED = {name: f"{name}_bin" for name in ("duration_ms", "init_ms", "restore_ms", "used_mb")}
"""What is binned, and the table of its bins: durations by every kind of calls, the others by size."""

Row = Mapping[str, Any]


def condense(archive: Archive) -> None:
    """Count the calls of an archive into its small tables."""
    archive.table(TOTALS, aggregates.totals(DUCKDB).sql(archive.calls))
    archive.table(LOAD, aggregates.load(DUCKDB).sql(archive.calls))
    for value, table in BINNED.items():
        kinds = aggregates.KINDS if value == "duration_ms" else aggregates.SIZES
        archive.table(table, aggregates.bins(DUCKDB, value, kinds).sql(archive.calls))
