"""The JSON document of `tuner fleet --json`."""

from __future__ import annotations

from typing import Any

import tuner
from tuner.document import SCHEMA_VERSION, finite
from tuner.fleet.records import Attempt, Campaign, Fleet, FleetFunction
from tuner.records import Estimate


def fleet_document(fleet: Fleet) -> dict[str, Any]:
    """What `tuner fleet --json` prints: every function, in its order."""
    costs = [float(f.cost_usd) for f in fleet.functions if f.cost_usd is not None]
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "source": fleet.source,
        "price_date": fleet.price_date,
        "interrupted": fleet.interrupted,
        "cost_usd_per_month": sum(costs) if costs else None,
        "metrics_cost_usd": fleet.metrics_usd,
        "functions": [function_values(function) for function in fleet.functions],
        "run": _campaign(fleet.campaign) if fleet.campaign else None,
        "warnings": [{"code": w.code, "message": w.message, "hint": w.hint} for w in fleet.warnings],
    }
    return {key: finite(value) for key, value in document.items()}


def function_values(function: FleetFunction) -> dict[str, Any]:
    """One function as JSON values."""
    seen, saving = function.observed, function.saving
    return {
        "function": seen.function,
        "target": seen.target,
        "profile": seen.profile,
        "account": seen.account,
        "region": seen.region,
        "memory_mb": seen.memory_mb,
        "best_memory_mb": function.best_memory_mb,
        "timeout_s": seen.timeout_s,
        "runtime": seen.runtime,
        "architecture": seen.architecture,
        "reserved_concurrency": seen.reserved_concurrency,
        "provisioned_concurrency": seen.provisioned_environments,
        "days": seen.days,
        "invocations": seen.invocations,
        "failed": seen.failed,
        "throttled": seen.throttled,
        "peak_concurrency": seen.peak_concurrency,
        "invocations_per_month": seen.invocations_per_month,
        "duration_ms": {"mean": seen.mean_ms, "p95": seen.p95_ms, "max": seen.max_ms},
        "max_memory_used_mb": seen.max_memory_used_mb,
        "memory_floor_mb": seen.floor_mb,
        "cost_usd_per_month": None if function.cost_usd is None else float(function.cost_usd),
        "line_items": _line_items(function),
        "saving_usd_per_month": {"mean": saving.mean, "low": saving.low, "high": saving.high},
        "confidence": str(saving.confidence),
        "flags": [
            {"code": str(flag.code), "message": flag.text, "source": flag.source} for flag in function.flags
        ],
        "reasons": list(function.reasons),
    }


def _line_items(function: FleetFunction) -> list[dict[str, Any]] | None:
    if function.bill is None:
        return None
    return [
        {
            "name": item.name,
            "quantity": float(item.quantity),
            "unit": item.unit,
            "price": f"{item.price:f}",
            "amount": float(item.amount),
        }
        for item in function.bill
    ]


def _campaign(campaign: Campaign) -> dict[str, Any]:
    return {
        "folder": campaign.folder,
        "max_spend_usd": campaign.max_spend_usd,
        "spent_usd": campaign.spent_usd,
        "interrupted": campaign.interrupted,
        "functions": [attempt_values(attempt) for attempt in campaign.attempts.values()],
    }


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    """What came of tuning a function, as JSON values."""
    return {
        "key": attempt.key,
        "ending": str(attempt.ending),
        "memory_mb": attempt.memory_mb,
        "current_memory_mb": attempt.current_memory_mb,
        "timeout_s": attempt.timeout_s,
        "conclusive": attempt.conclusive,
        "cost_usd_per_million": {"current": _estimate(attempt.now), "best": _estimate(attempt.best)},
        "invocations": attempt.invocations,
        "spent_usd": attempt.spent_usd,
        "message": attempt.message,
        "hint": attempt.hint,
    }


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else {"mean": estimate.mean, "low": estimate.low, "high": estimate.high}
