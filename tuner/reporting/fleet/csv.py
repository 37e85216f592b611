"""A fleet as CSV: a row a function, numbers as in the JSON document."""

from __future__ import annotations

from tuner.fleet.records import Fleet
from tuner.reporting.csv import write_rows
from tuner.reporting.fleet.document import function_values

COLUMNS = (
    *("function", "target", "account", "region", "memory_mb", "best_memory_mb", "timeout_s", "runtime"),
    *("architecture", "reserved_concurrency", "provisioned_concurrency", "days", "invocations", "failed"),
    *("throttled", "peak_concurrency", "invocations_per_month"),
    *("duration_ms.mean", "duration_ms.p95", "duration_ms.max", "max_memory_used_mb", "memory_floor_mb"),
    *("cost_usd_per_month", "saving_usd_per_month.mean", "saving_usd_per_month.low"),
    *("saving_usd_per_month.high", "confidence", "flags", "reasons"),
)
"""Keys of the JSON document, joined by dots. Columns may be added, never repurposed."""


def render_csv(fleet: Fleet) -> str:
    """The functions in their order; an empty cell is not known, never zero."""
    rows = []
    for function in fleet.functions:
        values = function_values(function)
        rows.append(
            {
                **values,
                "flags": " ".join(flag["code"] for flag in values["flags"]),
                "reasons": " ".join(values["reasons"]),
            }
        )
    return write_rows(COLUMNS, rows)
