"""The report of one run as a page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tuner.records import TuningResult
from tuner.reporting.chart import draw_chart
from tuner.reporting.chart_panels import OWN_INTERVAL
from tuner.reporting.html.calls import calls_data
from tuner.reporting.html.chart_data import chart_data
from tuner.reporting.html.explorer import explorer_data, too_many_sizes
from tuner.reporting.html.images import MOST_POINTS, themed
from tuner.reporting.html.page import render_page
from tuner.reporting.view import ReportView, build_view

_SCRIPTS = (
    "formats.js",
    "axes.js",
    "memory_chart.js",
    "calls_chart.js",
    "decide.js",
    "bill.js",
    "explorer.js",
    "run.js",
)


def render_html(result: TuningResult) -> str:
    """The report as one file that opens anywhere, loads nothing, and can be asked what else was possible."""
    view = build_view(result)
    chart = chart_data(result, view)
    explorer = explorer_data(result)
    calls = None if result.measurements.holds_means else calls_data(result)
    return render_page(
        "run.html",
        title=view.answer,
        kind="report",
        scripts=_SCRIPTS,
        charts=True,
        data={"chart": chart, "calls": calls, "explorer": explorer},
        view=view,
        calls=calls,
        explorer=explorer,
        too_many_sizes=too_many_sizes(result),
        picks=_picks(view),
        marks=_marks(chart),
        own_interval=OWN_INTERVAL,
        image=_image(result),
    )


def _marks(chart: Mapping[str, Any]) -> set[str]:
    """What the legend has to name beside the measured means and the recommended size."""
    panel = chart["duration"]
    drawn = {
        "curve": panel["band"],
        "extrapolated": panel["extrapolated"],
        "today": chart["today"],
        "interval": any(_is_bounded(size["duration"]) for size in chart["sizes"]),
        "front": any(size["front"] for size in chart["sizes"]),
        "failed": any(size["failed"] for size in chart["sizes"]),
    }
    return {mark for mark, there in drawn.items() if there}


def _is_bounded(estimate: Sequence[float] | None) -> bool:
    """Whether an estimate of the chart has an interval."""
    return estimate is not None and math.isfinite(estimate[1])


def _picks(view: ReportView) -> dict[str, Sequence[Sequence[str]]]:
    """What each strategy would choose; without today's size there is nothing to compare with."""
    titles = ("strategy", "memory", "mean", view.cost_title, "against today")
    rows = [(p.strategy, p.memory, p.duration, p.cost, p.change or "") for p in view.picks]
    kept = len(titles) if any(p.change for p in view.picks) else len(titles) - 1
    return {"titles": titles[:kept], "rows": [row[:kept] for row in rows]}


def _image(result: TuningResult) -> Markup | None:
    """The chart for readers without scripts, None where it is too large."""
    if len(result.candidates) > MOST_POINTS:
        return None
    return themed(draw_chart(result, "light"))
