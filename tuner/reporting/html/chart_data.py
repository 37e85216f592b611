"""What the chart of a page draws: numbers for the marks, the report's own strings for the readings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tuner.records import Candidate, Estimate, TuningResult
from tuner.reporting.chart_panels import LOG_FROM_RATIO, Panel, costs_of, durations_of
from tuner.reporting.rows import failure_words
from tuner.reporting.view import ReportView
from tuner.reporting.wording import duration_range, usd_range
from tuner.units import format_duration, format_memory, format_usd

_RESOLUTION = 6  # significant digits, far beyond a pixel


def chart_data(result: TuningResult, view: ReportView) -> dict[str, Any]:
    """The two panels, and each memory size with the lines that describe it."""
    durations, costs = durations_of(result), costs_of(result)
    today = result.measurements.current
    chosen = result.recommendation.candidate.memory_mb
    # The page can move its recommendation; what the costs are relative to stays.
    costs = replace(costs, label=costs.label.replace("recommended", format_memory(chosen)))
    return {
        "chosen": chosen,
        "today": today.memory_mb if today else None,
        "relative": result.measurements.relative,
        "sizes": [
            _size(candidate, view, dict(durations.measured), dict(costs.measured))
            for candidate in sorted(result.candidates, key=lambda c: c.memory_mb)
            if candidate.duration_ms or candidate.outcomes
        ],
        "duration": {"log": differs_a_lot(durations), **panel_data(durations)},
        "cost": {"log": False, **panel_data(costs)},
    }


def _size(
    candidate: Candidate,
    view: ReportView,
    durations: Mapping[int, Estimate],
    costs: Mapping[int, Estimate],
) -> dict[str, Any]:
    size = candidate.memory_mb
    return {
        "mb": size,
        "memory": format_memory(size),
        "basis": str(candidate.basis),
        "front": candidate.on_pareto_front,
        "failed": failure_words(candidate) or "no warm duration" if not candidate.duration_ms else None,
        "duration": rounded(durations.get(size)),
        "cost": rounded(costs.get(size)),
        "lines": _lines(candidate, view, durations.get(size)),
    }


def _lines(candidate: Candidate, view: ReportView, own: Estimate | None) -> list[str]:
    """What is known of a size, in the strings of the table; the chart draws the interval of its own calls."""
    lines = []
    if duration := candidate.duration_ms:
        lines.append(f"mean {format_duration(duration.mean)} ({duration_range(duration.low, duration.high)})")
        lines.append(f"p95 {format_duration(duration.p95)}")
    if cost := candidate.cost_usd_per_million:
        lines.append(f"{format_usd(cost.mean)} ({usd_range(cost)}) {view.cost_title.removeprefix('$ ')}")
    if own and math.isnan(own.low):
        lines.append("too few single calls for an interval of its own")
    elif own and math.isfinite(own.high):
        lines.append(f"by its own calls {duration_range(own.low, own.high)}")
    if failure := failure_words(candidate):
        lines.append(failure)
    lines.append(str(candidate.basis) + (", on the Pareto front" if candidate.on_pareto_front else ""))
    return lines


def panel_data(panel: Panel) -> dict[str, Any]:
    return {
        "label": panel.label,
        "band": [[size, *(rounded(estimate) or ())] for size, estimate in panel.fitted],
        "extrapolated": [[[size, _short(mean)] for size, mean in stretch] for stretch in panel.extrapolated],
    }


def differs_a_lot(*panels: Panel) -> bool:
    """Whether durations need a logarithmic axis."""
    means = [e.mean for p in panels for _, e in (*p.measured, *p.fitted) if e.mean > 0]
    return bool(means) and max(means) / min(means) >= LOG_FROM_RATIO


def rounded(estimate: Estimate | None) -> Sequence[float] | None:
    """Mean and bounds, as exact as a chart needs them."""
    return None if estimate is None else [_short(v) for v in (estimate.mean, estimate.low, estimate.high)]


def _short(value: float) -> float:
    return float(f"{value:.{_RESOLUTION}g}")
