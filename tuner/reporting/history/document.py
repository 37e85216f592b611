"""A history for machines: JSON and CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import tuner
from tuner.document import SCHEMA_VERSION, finite
from tuner.history import entry_document
from tuner.records import DurationSummary, Estimate, RunWarning
from tuner.reporting.csv import write_rows
from tuner.trend import Step

_ESTIMATE = tuple(field.name for field in fields(Estimate))
COLUMNS = (
    *("created_at", "commit", "function", "target", "memory_mb", "current_memory_mb", "relative"),
    *(f"duration_ms.{field.name}" for field in fields(DurationSummary)),
    *(f"cost_usd_per_million.{name}" for name in _ESTIMATE),
    *(f"{change}.{name}" for change in ("duration_change", "cost_change") for name in _ESTIMATE),
    *(f"conditions.{name}" for name in ("architecture", "region", "price_date", "runtime", "payload_sha256")),
    "tool_version",
)


def history_document(
    function: str, steps: Sequence[Step], warnings: Sequence[RunWarning] = ()
) -> dict[str, Any]:
    """The runs, oldest first, each with its change against the one before as a fraction."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "function": function,
        "runs": [_run(step) for step in steps],
        "warnings": [asdict(warning) for warning in warnings],
    }
    return {key: finite(value) for key, value in document.items()}


def render_history_csv(steps: Sequence[Step]) -> str:
    """A row a run, oldest first; an empty cell is unknown."""
    return write_rows(COLUMNS, [finite(_run(step)) for step in steps])


def _run(step: Step) -> dict[str, Any]:
    entry = entry_document(step.entry)
    del entry["schema_version"]
    return {
        **entry,
        "against": step.against.created_at if step.against else None,
        "duration_change": asdict(step.duration) if step.duration else None,
        "cost_change": asdict(step.cost) if step.cost else None,
        "new_conditions": [asdict(change) for change in step.new_conditions],
    }
