"""The extraction and the aggregates as queries of CloudWatch Logs Insights, over one log group.

A query has commands that follow each other: filter, parse, stats. Insights has no CASE and no windows, so a
query counts by what an outcome follows from, and percentiles come from bins here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tuner.logs.aggregates import BIN, Aggregate, cells, load, starts, used
from tuner.logs.dialects import INSIGHTS
from tuner.logs.fields import FIELDS, JSON_TYPE, NUMBERS, REPORT, STATUSES, Field
from tuner.logs.remote.filling import CELL, LOADED, STARTED, USED
from tuner.measure.out_of_memory import FULL

ROWS_MOST = 10_000
"""A query yields no more rows than that."""
WIDTHS = (BIN, 4 * BIN, 16 * BIN)
"""Widths of bins: a wider one where the rows of a narrower one are too many."""

_READ = tuple(f for f in FIELDS if f in NUMBERS or f.column in ("status", "error_type"))
_WORDS = {"status": "|".join(STATUSES), "error_type": "[A-Za-z0-9_.:-]+"}
_OUTCOME = {
    "status": "status",
    "error_type": "error_type",
    "filled": f"floor(used_mb / ({FULL} * memory_mb))",
}
"""What an outcome follows from; `filled` is 0 while memory is left."""


def cell_query(function: str | None, width: float) -> str:
    """Totals by bins of durations. `function` is whose streams to read in a group that others write to."""
    return _query(function, _without_function(cells(INSIGHTS, width)))


def other_queries(function: str | None, minutes: int) -> dict[str, str]:
    """The load by periods of so many minutes, and what cold calls and memory are binned by."""
    # A line without a duration is no record, and counted with the cells only.
    loaded = replace(load(INSIGHTS, minutes), where=INSIGHTS("present", "duration_ms"))
    found = {LOADED: loaded, STARTED: starts(INSIGHTS), USED: used(INSIGHTS)}
    return {name: _query(function, _without_function(aggregate)) for name, aggregate in found.items()}


def all_queries(function: str | None, minutes: int) -> dict[str, str]:
    """Every query by the name of the rows that it yields."""
    return {CELL: cell_query(function, BIN), **other_queries(function, minutes)}


def _without_function(found: Aggregate) -> Aggregate:
    """A log group is of one function, and an outcome is told by its parts."""
    keys = {name: made for name, made in found.keys.items() if name not in ("function", "outcome")}
    return replace(found, keys=keys | (_OUTCOME if "outcome" in found.keys else {}))


def _query(function: str | None, aggregate: Aggregate) -> str:
    asked = f"{list(aggregate.keys.values())} {list(aggregate.measures.values())} {aggregate.where}"
    commands = [
        f'filter @message like "{REPORT}" or @message like /"type":\\s*"{JSON_TYPE}"/',
        *([f'filter @logStream like "/{function}["'] if function else []),
        *(f"parse @message /{_pattern(field)}/" for field in _READ if field.column in asked),
        *([r"parse @logStream /\[(?<version>[^\]]+)\]/"] if "version" in aggregate.keys else []),
        *([f"filter {aggregate.where}"] if aggregate.where else []),
        f"stats {_listed(aggregate.measures)} by {_listed(aggregate.keys)}",
        f"limit {ROWS_MOST}",
    ]
    return "\n| ".join(commands)


def _pattern(field: Field) -> str:
    """A field in either format, as one regular expression with its value as a named group."""
    value = r"[0-9.]+" if field.unit else _WORDS[field.column]
    opened = "" if field.unit else '"'
    key = field.json_path.rpartition(".")[2]
    end = rf"(?: {field.unit}|[,}}\s])" if field.unit else ""
    return rf'(?:\t{field.label}: |"{key}":\s*{opened})(?<{field.column}>{value}){end}'


def _listed(named: Mapping[str, str]) -> str:
    return ", ".join(name if name == made else f"{made} as {name}" for name, made in named.items())
