"""What the charts of a comparison's page draw and say, by memory size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tuner.comparison import Comparison
from tuner.records import Basis, Candidate, TuningResult
from tuner.reporting.chart import TICKS_MB
from tuner.reporting.chart_panels import Panel
from tuner.reporting.compare.chart import Series, memory_limits_of
from tuner.reporting.html.chart_data import differs_a_lot
from tuner.reporting.html.series import series_data
from tuner.reporting.rows import cost_title, failure_words
from tuner.reporting.wording import duration_range, usd_range
from tuner.units import format_count, format_duration, format_memory, format_usd

_Known = Sequence[Mapping[int, Candidate]]


def compare_chart_data(comparison: Comparison, series: Sequence[Series]) -> dict[str, Any]:
    """Both panels, and for each size what every run found there."""
    first = comparison.first.result
    known = [_by_size(run.result) for run in comparison.runs]
    limits = memory_limits_of(comparison)
    chosen = [run.result.recommendation.candidate.memory_mb for run in comparison.runs]
    wanted = dict.fromkeys((*chosen, *TICKS_MB, *(size for each in known for size in each)))
    durations, costs = [each.durations for each in series], [each.costs for each in series]
    return {
        "axis": {
            "log": True,
            "domain": limits,
            "ticks": [[m, format_count(m)] for m in wanted if limits[0] <= m <= limits[1]],
            "label": "memory size [MB], log scale",
        },
        "rules": (),
        "panels": {
            "duration": {
                "log": differs_a_lot(*durations),
                "form": "duration",
                **_panel(series, durations),
                "readings": _readings(series, durations, known, "mean duration", _duration),
            },
            "cost": {
                "log": False,
                "form": "percent" if first.measurements.relative else "usd",
                **_panel(series, costs),
                "readings": _readings(series, costs, known, cost_title(first), _cost),
            },
        },
    }


def _by_size(result: TuningResult) -> dict[int, Candidate]:
    """What was measured, and what is recommended."""
    chosen = result.recommendation.candidate
    return {c.memory_mb: c for c in (*result.candidates, chosen) if c.basis is Basis.MEASURED or c is chosen}


def _panel(series: Sequence[Series], panels: Sequence[Panel]) -> dict[str, Any]:
    return {
        "label": panels[0].label,
        "series": [
            series_data(
                each.colour, each.marker, line=panel.fitted, points=panel.measured, ring=panel.recommended
            )
            for each, panel in zip(series, panels, strict=True)
        ],
    }


def _readings(
    series: Sequence[Series],
    panels: Sequence[Panel],
    known: _Known,
    title: str,
    words: Callable[[Candidate], str | None],
) -> list[dict[str, Any]]:
    """A tip for each size that has a mean in some run, at the first such mean."""
    heights: dict[int, float] = {}
    for panel in panels:
        for size, mean in (*((s, e.mean) for s, e in panel.measured), *filter(None, [panel.recommended])):
            heights.setdefault(size, mean)
    return [
        {
            "x": size,
            "y": heights[size],
            "lines": [
                f"{format_memory(size)}, {title}",
                *(
                    f"{each.name}: {words(found[size]) or failure_words(found[size]) or 'nothing known'}"
                    for each, found in zip(series, known, strict=True)
                    if size in found
                ),
            ],
        }
        for size in sorted(heights)
    ]


def _duration(candidate: Candidate) -> str | None:
    mean = candidate.duration_ms
    return f"{format_duration(mean.mean)} ({duration_range(mean.low, mean.high)})" if mean else None


def _cost(candidate: Candidate) -> str | None:
    cost = candidate.cost_usd_per_million
    return f"{format_usd(cost.mean)} ({usd_range(cost)})" if cost else None
