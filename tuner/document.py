"""The JSON document of a result: what `--json` prints and a run file holds.

Keys may be added, never repurposed; `schemas/run.schema.json` describes them and is tested against output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tuner.plans import SearchRecord
from tuner.records import (
    BandPoint,
    Candidate,
    CurveSummary,
    DurationSummary,
    Estimate,
    Invocation,
    MeasurementSet,
    Recommendation,
    RunWarning,
    TuningResult,
)

SCHEMA_VERSION = 1


def to_document(result: TuningResult, *, invocations: bool = False) -> dict[str, Any]:
    """The result as JSON values; `invocations` adds the raw ones, as in run files."""
    measurements = result.measurements
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": result.tool_version,
        "created_at": result.created_at,
        "command": result.command,
        "target": measurements.target,
        "function": measurements.function,
        "platform": measurements.platform,
        "relative": measurements.relative,
        "conditions": dict(result.conditions),
        "current": asdict(measurements.current) if measurements.current else None,
        "recommendation": _recommendation(result),
        "strategies": {str(s): _strategy(r) for s, r in result.strategies.items()},
        "candidates": [_candidate(c) for c in result.candidates],
        "curve": _curve(result.curve),
        "search": {**asdict(result.search), "range_mb": list(result.search.range_mb)},
        "spent": asdict(result.spent),
        "warnings": [_warning(w) for w in result.warnings],
        "options": dict(result.options),
    }
    if invocations:
        document |= measurement_document(measurements)
    return {key: finite(value) for key, value in document.items()}


def measurement_document(measurements: MeasurementSet) -> dict[str, Any]:
    """Everything that was measured as JSON values: what a replay needs."""
    document = {
        "target": measurements.target,
        "function": measurements.function,
        "platform": measurements.platform,
        "relative": measurements.relative,
        "current": asdict(measurements.current) if measurements.current else None,
        "measured": {
            "timeout_s": measurements.timeout_s,
            "seconds": measurements.seconds,
            "search": _search(measurements.search),
            "prediction": asdict(measurements.prediction) if measurements.prediction else None,
            "conditions": dict(measurements.conditions),
            "warnings": [_warning(w) for w in measurements.warnings],
        },
        "invocations": [_invocation(i) for i in measurements.invocations],
    }
    return {key: finite(value) for key, value in document.items()}


def finite(value: Any) -> Any:
    """The same values without NaN and infinity, which JSON does not have: unknown is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return value


def _recommendation(result: TuningResult) -> dict[str, Any]:
    chosen = result.recommendation
    return {
        **_strategy(chosen),
        "basis": str(chosen.candidate.basis),
        "timeout_s": result.timeout.timeout_s,
        "duration_ms": _summary(chosen.candidate.duration_ms),
        "cost_usd_per_million": _estimate(chosen.candidate.cost_usd_per_million),
        "timeout_reasons": list(result.timeout.reasons),
    }


def _strategy(recommendation: Recommendation) -> dict[str, Any]:
    change = recommendation.change_from_current
    return {
        "strategy": str(recommendation.strategy),
        "memory_mb": recommendation.candidate.memory_mb,
        "reasons": list(recommendation.reasons),
        "expected_regret": asdict(recommendation.expected_regret),
        "change_from_current": asdict(change) if change else None,
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "memory_mb": candidate.memory_mb,
        "vcpus": candidate.vcpus,
        "basis": str(candidate.basis),
        "invocations": candidate.invocations,
        "outcomes": {str(outcome): count for outcome, count in candidate.outcomes.items()},
        "duration_ms": _summary(candidate.duration_ms),
        "billed_duration_ms": (
            None if candidate.billed_duration_mean_ms is None else {"mean": candidate.billed_duration_mean_ms}
        ),
        "init_duration_ms": _summary(candidate.init_duration_ms),
        "max_memory_used_mb": candidate.max_memory_used_mb,
        "cost_usd_per_million": _estimate(candidate.cost_usd_per_million),
        "cost_usd_per_month": candidate.cost_usd_per_month,
        "sample_duration_ms": _estimate(candidate.sample_duration_ms),
        "sample_cost_usd_per_million": _estimate(candidate.sample_cost_usd_per_million),
        "cold": asdict(candidate.cold) if candidate.cold else None,
        "mixture": asdict(candidate.mixture) if candidate.mixture else None,
        "on_pareto_front": candidate.on_pareto_front,
        "rejected": candidate.rejected,
    }


def _curve(curve: CurveSummary | None) -> dict[str, Any] | None:
    if curve is None:
        return None
    return {
        "family": curve.family,
        "parameters": dict(curve.parameters),
        "family_weights": dict(curve.family_weights),
        "fitted_range_mb": list(curve.fitted_range_mb),
        "noise_cv": curve.noise_cv,
        "deviation": curve.deviation,
        "misfit": curve.misfit,
        "band": [_band_point(point) for point in curve.band],
    }


def _band_point(point: BandPoint) -> dict[str, Any]:
    return {
        "memory_mb": point.memory_mb,
        "duration_ms": _estimate(point.duration_ms),
        "cost_usd_per_million": _estimate(point.cost_usd_per_million),
        "extrapolated": point.extrapolated,
    }


def _search(search: SearchRecord | None) -> dict[str, Any] | None:
    return None if search is None else {**asdict(search), "range_mb": list(search.range_mb)}


def _invocation(invocation: Invocation) -> dict[str, Any]:
    """Everything that is known of one call; unknown fields are left out, which keeps run files small."""
    return {key: value for key, value in asdict(invocation).items() if value is not None}


def _warning(warning: RunWarning) -> dict[str, Any]:
    return asdict(warning)


def _estimate(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else asdict(estimate)


def _summary(summary: DurationSummary | None) -> dict[str, float] | None:
    return None if summary is None else asdict(summary)
