"""The JSON document of `tuner logs --json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import tuner
from tuner.document import SCHEMA_VERSION
from tuner.logs.findings import (
    FunctionFindings,
    LogAdvice,
    LogFindings,
    SizeFindings,
    Spread,
    VersionFindings,
)
from tuner.reporting.bills import line_items_document


def log_document(found: LogFindings) -> dict[str, Any]:
    """What `tuner logs --json` prints."""
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "conditions": {
            "region": found.prices.region,
            "architecture": found.prices.architecture,
            "price_date": found.prices.price_date,
        },
        "read": {
            "files": found.read.files,
            "files_read": found.read.files_read,
            "bytes": found.read.bytes,
            "bytes_read": found.read.bytes_read,
            "interrupted": found.interrupted,
        },
        "functions": [_function(function) for function in found.functions],
        "unreadable_lines": found.unreadable.lines,
        "unreadable_samples": list(found.unreadable.samples),
        "warnings": [{"code": w.code, "message": w.message, "hint": w.hint} for w in found.warnings],
    }


def _function(found: FunctionFindings) -> dict[str, Any]:
    return {
        "function": found.function,
        "invocations": found.invocations,
        "first_at": _time(found.first_us),
        "last_at": _time(found.last_us),
        "peak_concurrency": found.peak_concurrency,
        "peak_concurrency_from": str(found.peak_basis),
        "invocations_by_hour_of_day": list(found.load.hours_of_day) if found.load else None,
        "busiest_hour_invocations": found.load.busiest_hour_invocations if found.load else None,
        "cost_usd": None if found.cost_usd is None else float(found.cost_usd),
        "by_memory": [_size(size) for size in found.by_memory],
        "by_version": [_version(version) for version in found.by_version],
        "recommendation": _advice(found.advice) if found.advice else None,
    }


def _size(size: SizeFindings) -> dict[str, Any]:
    init, restore = size.init_ms, size.restore_ms
    return {
        "memory_mb": size.memory_mb,
        "invocations": size.invocations,
        "outcomes": {str(outcome): count for outcome, count in size.outcomes.items()},
        "duration_ms": _spread(size.duration_ms),
        "warm_duration_ms": _spread(size.warm_ms) if size.warm_ms else None,
        "cold_duration_ms": _spread(size.cold_ms) if size.cold_ms else None,
        "billed_duration_ms": (
            {"mean": size.billed_ms / size.billed, "total": size.billed_ms} if size.billed else None
        ),
        "init_duration_ms": _start(init) if init else None,
        "restore_duration_ms": _start(restore) if restore else None,
        "cold_share": (size.cold_ms.count if size.cold_ms else 0) / size.invocations,
        "max_memory_used_mb": (
            None if size.used_max_mb is None else {"p50": size.used_p50_mb, "max": size.used_max_mb}
        ),
        "cost_usd": _cost(size),
    }


def _cost(size: SizeFindings) -> dict[str, Any] | None:
    if size.cost_usd is None:
        return None
    requests = sum(float(item.amount) for item in size.bill if item.name == "Requests")
    return {
        "compute": sum(float(item.amount) for item in size.bill if item.name != "Requests"),
        "requests": requests,
        "total": float(size.cost_usd),
        "line_items": line_items_document(size.bill),
    }


def _version(found: VersionFindings) -> dict[str, Any]:
    return {
        "version": found.version,
        "memory_mb": found.memory_mb,
        "invocations": found.invocations,
        "failed": found.failed,
        "duration_ms": _spread(found.duration_ms),
    }


def _spread(spread: Spread) -> dict[str, float]:
    bounds: Mapping[str, float | None] = {"mean": spread.mean, **spread.percentiles, "max": spread.max}
    return {"count": spread.count} | {name: value for name, value in bounds.items() if value is not None}


def _start(spread: Spread) -> dict[str, float | None]:
    return {
        "count": spread.count,
        "mean": spread.mean,
        "p50": spread.percentiles["p50"],
        "p95": spread.percentiles["p95"],
        "max": spread.max,
    }


def _advice(advice: LogAdvice) -> dict[str, Any]:
    memory = advice.memory
    return {
        "memory_floor_mb": advice.memory_floor_mb,
        "timeout_s": advice.timeout_s,
        "reserved_concurrency": advice.reserved_concurrency,
        "provisioned_concurrency": advice.provisioned_concurrency,
        "memory_mb": memory.memory_mb,
        "memory_basis": memory.basis,
        "saving_usd_per_month": {
            "mean": memory.saving_usd_per_month,
            "low": memory.saving_low_usd,
            "high": memory.saving_high_usd,
        },
        "reasons": list(advice.reasons),
    }


def _time(at_us: int | None) -> str | None:
    return (
        None if at_us is None else datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="milliseconds")
    )
