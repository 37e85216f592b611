"""What the charts of a history's page draw and say, run by run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tuner.changes import mean_of
from tuner.records import Estimate
from tuner.reporting.history.chart import series_places
from tuner.reporting.history.view import HistoryView, point_label
from tuner.reporting.html.series import series_data
from tuner.reporting.rows import Row
from tuner.trend import Step

_CURVE, _QUIET = "var(--curve)", "var(--quiet)"


def history_chart_data(view: HistoryView, steps: Sequence[Step]) -> dict[str, Any]:
    """Both panels; lines join the runs that were made under the same conditions."""
    entries = [step.entry for step in steps]
    costs, means, slowest = [], [], []
    for places in series_places(steps):
        cost = [(n, entries[n].cost_usd_per_million) for n in places]
        mean = [(n, mean_of(entries[n].duration_ms)) for n in places]
        p95 = [(n, _bare(entries[n].duration_ms.p95)) for n in places]
        costs.append(series_data(_CURVE, "o", line=_joined(cost), points=cost))
        means.append(series_data(_CURVE, "o", line=_joined(mean), points=mean))
        slowest.append(series_data(_QUIET, "^", line=p95, points=p95, dashed=True))
    lines = [_lines(row, view) for row in view.table.rows]

    def readings(heights: Sequence[float]) -> list[dict[str, Any]]:
        return [
            {"x": n, "y": y, "lines": said} for n, (y, said) in enumerate(zip(heights, lines, strict=True))
        ]

    return {
        "axis": {
            "log": False,
            "domain": [-0.5, len(steps) - 0.5],
            "ticks": [[n, point_label(entry)] for n, entry in enumerate(entries)],
            "label": "run, oldest first, by commit or day",
        },
        "rules": [n - 0.5 for n, step in enumerate(steps) if step.new_conditions],
        "panels": {
            "cost": {
                "log": False,
                "form": "usd",
                "label": view.cost_label,
                "series": costs,
                "readings": readings([entry.cost_usd_per_million.mean for entry in entries]),
            },
            "duration": {
                "log": False,
                "form": "duration",
                "label": "duration",
                "series": [*means, *slowest],
                "readings": readings([entry.duration_ms.mean for entry in entries]),
            },
        },
    }


def _bare(value: float) -> Estimate:
    """A number of which no interval is drawn."""
    return Estimate(value, math.nan, math.nan)


def _joined(estimates: Sequence[tuple[int, Estimate]]) -> list[tuple[int, Estimate]]:
    return [(place, _bare(estimate.mean)) for place, estimate in estimates]


def _lines(row: Row, view: HistoryView) -> list[str]:
    """What is known of a run, in the strings of the table."""
    when, commit, memory, cost, cost_range, mean, mean_range, p95, note = row.cells
    return [
        f"{when} {commit}".rstrip(),
        memory,
        f"{cost} ({cost_range}) {view.cost_label.removeprefix('$ ')}",
        f"mean {mean} ({mean_range})",
        f"p95 {p95}",
        *([note] if note else []),
    ]
