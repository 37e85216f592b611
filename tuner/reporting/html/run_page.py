"""The report of one run as a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tuner.records import TuningResult
from tuner.reporting.chart import draw_chart
from tuner.reporting.html.calls import calls_data
from tuner.reporting.html.chart_data import chart_data
from tuner.reporting.html.explorer import explorer_data, too_many_sizes
from tuner.reporting.html.images import themed
from tuner.reporting.html.page import render_page
from tuner.reporting.view import ReportView, build_view

_MOST_SIZES_IN_IMAGE = 300
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
        image=_image(result),
    )


def _marks(chart: Mapping[str, Any]) -> set[str]:
    """What the legend has to name beside the measured means and the recommended size."""
    panel = chart["duration"]
    drawn = {
        "curve": panel["band"],
        "extrapolated": panel["extrapolated"],
        "today": chart["today"],
        "front": any(size["front"] for size in chart["sizes"]),
        "failed": any(size["failed"] for size in chart["sizes"]),
    }
    return {mark for mark, there in drawn.items() if there}


def _picks(view: ReportView) -> dict[str, Sequence[Sequence[str]]]:
    """What each strategy would choose; without today's size there is nothing to compare with."""
    titles = ("strategy", "memory", "mean", view.cost_title, "against today")
    rows = [(p.strategy, p.memory, p.duration, p.cost, p.change or "") for p in view.picks]
    kept = len(titles) if any(p.change for p in view.picks) else len(titles) - 1
    return {"titles": titles[:kept], "rows": [row[:kept] for row in rows]}


def _image(result: TuningResult) -> Markup | None:
    """The chart for readers without scripts, None where it is too large."""
    if len(result.candidates) > _MOST_SIZES_IN_IMAGE:
        return None
    return themed(draw_chart(result, "light"))
