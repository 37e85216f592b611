"""The JSON document of `tuner concurrency simulate --json`."""

from __future__ import annotations

from typing import Any

import tuner
from tuner.concurrency.simulation import SimulationResult
from tuner.concurrency.simulation.result import FunctionOutcome, Row, Totals
from tuner.document import SCHEMA_VERSION
from tuner.reporting.bills import line_items_document
from tuner.reporting.concurrency.document import warnings_document
from tuner.reporting.concurrency.simulation_page import simulation_page


def simulation_document(result: SimulationResult) -> dict[str, Any]:
    """The totals, the timeline, and each function by itself."""
    profile = result.profile
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "profile": profile.name,
        "seed": profile.seed,
        "seconds": profile.seconds,
        "account": {"limit": profile.account_limit, "unreserved": profile.unreserved_pool},
        "totals": _totals(result.totals),
        "peak_concurrency": result.peak_concurrency,
        "latency_ms": result.latency_ms,
        "cost_usd": {
            "total": float(result.cost_usd),
            "functions": {f.function.name: float(f.cost_usd) for f in result.functions},
        },
        "functions": {f.function.name: _function(f) for f in result.functions},
        "step_s": profile.step_s,
        "timeline": [_row(row) for row in result.timeline],
        "warnings": warnings_document(simulation_page(result).warnings),
    }


def _totals(totals: Totals) -> dict[str, Any]:
    return {
        "requests": totals.requests,
        "completed": totals.completed,
        "throttled": totals.throttled,
        "failed": totals.failed,
        "cold_starts": totals.cold_starts,
        "retries": totals.retries,
        "throttled_by": dict(totals.throttled_by),
    }


def _function(found: FunctionOutcome) -> dict[str, Any]:
    return {
        **_totals(found.totals),
        "concurrency": found.concurrency,
        "peak_concurrency": found.peak_concurrency,
        "latency_ms": found.latency_ms,
        "line_items": line_items_document(found.line_items),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "t_s": row.t_s,
        **_totals(row.totals),
        "concurrency": row.concurrency,
        "peak_concurrency": row.peak_concurrency,
        "concurrency_of": dict(row.concurrency_of),
        "latency_ms": row.latency_ms,
        "cost_usd": row.cost_usd,
    }
