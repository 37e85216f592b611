"""What `series_chart.js` draws: series beside each other in two panels, over memory sizes or over runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tuner.records import Estimate
from tuner.reporting.html.chart_data import rounded

SCRIPTS = ("formats.js", "axes.js", "series_chart.js")


def series_data(
    colour: str,
    marker: str,
    *,
    line: Iterable[tuple[int, Estimate]] = (),
    points: Iterable[tuple[int, Estimate]] = (),
    ring: tuple[int, float] | None = None,
    dashed: bool = False,
) -> dict[str, Any]:
    """A series of estimates at places; `marker` is a shape by the plot library's letter."""
    return {
        "colour": colour,
        "marker": marker,
        "line": _placed(line),
        "points": _placed(points),
        "ring": ring,
        "dashed": dashed,
    }


def _placed(estimates: Iterable[tuple[int, Estimate]]) -> list[Sequence[float]]:
    return [[place, *(rounded(estimate) or ())] for place, estimate in estimates]
