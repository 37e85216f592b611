"""Memory sizes of one run or of several as CSV: a row a candidate, numbers as in the JSON document."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from tuner.document import to_document
from tuner.records import DurationSummary, Estimate, Mixture, Outcome, TuningResult
from tuner.reporting.wording import clean


def _under(key: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{key}.{name}" for name in names)


_ESTIMATE = tuple(field.name for field in fields(Estimate))
_SUMMARY = tuple(field.name for field in fields(DurationSummary))
_OF_RUN = (
    *("run", "function", "target", "platform", "relative", "created_at"),
    *("architecture", "region", "price_date"),
)
_OF_CANDIDATE = (
    *("memory_mb", "vcpus", "basis", "recommended", "current", "invocations"),
    *_under("outcomes", [outcome.value for outcome in Outcome]),
    *_under("duration_ms", _SUMMARY),
    "billed_duration_ms.mean",
    *_under("init_duration_ms", _SUMMARY),
    "max_memory_used_mb",
    *_under("cost_usd_per_million", _ESTIMATE),
    "cost_usd_per_month",
    *_under("sample_duration_ms", _ESTIMATE),
    *_under("sample_cost_usd_per_million", _ESTIMATE),
    *("cold.calls", *_under("cold.duration_ms", _SUMMARY), "cold.cost_usd_per_million"),
    *_under("mixture", [field.name for field in fields(Mixture)]),
    *("on_pareto_front", "rejected"),
)
COLUMNS = (*_OF_RUN, *_OF_CANDIDATE)
"""Keys of the JSON document, joined by dots where they are nested. Columns may be added, never repurposed."""

# What spreadsheets would take for a formula.
_FORMULA = ("=", "+", "-", "@")


def render_csv(runs: Sequence[tuple[str, TuningResult]]) -> str:
    """The candidates of named runs; an empty cell is unknown, never zero."""
    rows = []
    for name, result in runs:
        document = to_document(result)
        of_run = {**document, **document["conditions"], "run": name}
        today = document["current"]
        for candidate in document["candidates"]:
            size = candidate["memory_mb"]
            row = {
                **{key: of_run.get(key) for key in _OF_RUN},
                **candidate,
                "recommended": size == document["recommendation"]["memory_mb"],
                "current": today is not None and size == today["memory_mb"],
            }
            # An outcome that is not listed did not happen.
            outcomes = {outcome.value: 0 for outcome in Outcome} | candidate["outcomes"]
            rows.append({**row, "outcomes": outcomes})
    return write_rows(COLUMNS, rows)


def write_rows(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Nested values as CSV; a column names them by their keys, joined by dots."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(_at(row, column)) for column in columns] for row in rows)
    return stream.getvalue()


def _at(row: Mapping[str, Any], column: str) -> Any:
    """The value under a dotted key; None where nothing is known."""
    value: Any = row
    for key in column.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any) -> str | float | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        text = clean(value, limit=4_000)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value if isinstance(value, int | float) else None
