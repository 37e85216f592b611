"""The two panels of the chart: what each shows, and how it is drawn."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuner.records import BandPoint, Basis, Candidate, Estimate, TuningResult
from tuner.reporting.rows import CostReference, cost_reference, failure_words
from tuner.reporting.theme import Theme
from tuner.units import format_duration, format_percent, format_usd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOG_FROM_RATIO = 5.0
"""From this ratio of the longest to the shortest duration on, the axis is logarithmic."""
FEWEST_CALLS = 3
"""Fewer calls have no interval to draw: that of two is 13 times as wide as they are apart."""
_LARGEST = 1e290
"""Beyond it the margins of an axis overflow."""

OWN_INTERVAL = f"95 % interval from {FEWEST_CALLS} calls on"
"""What a legend says of the lines at the measured means."""

_Points = tuple[tuple[int, Estimate], ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity over memory size. Extrapolated means have no band: it would promise too much.

    The bounds of a measured mean are those of its own calls, NaN where these are too few.
    """

    name: str
    label: str
    measured: _Points
    fitted: _Points
    extrapolated: tuple[tuple[tuple[int, float], ...], ...]
    recommended: tuple[int, float] | None
    today: tuple[int, float] | None


def durations_of(result: TuningResult) -> Panel:
    """Expected warm durations [ms]."""

    def own(candidate: Candidate) -> Estimate | None:
        summary = candidate.duration_ms
        return _own(result, candidate, candidate.sample_duration_ms, summary.mean) if summary else None

    return _panel(
        result,
        name="duration",
        label="mean duration" + (" in the sandbox" if result.measurements.relative else ""),
        of_candidate=own,
        of_band=lambda point: point.duration_ms,
    )


def costs_of(result: TuningResult, reference: CostReference | None = None) -> Panel:
    """Expected cost [USD per million invocations]; of a relative run in parts of a reference size's."""
    if result.measurements.relative:
        reference = reference or cost_reference(result)
    unit = reference.usd_per_million if reference else 1.0

    def own(candidate: Candidate) -> Estimate | None:
        cost = candidate.cost_usd_per_million
        sample = candidate.sample_cost_usd_per_million
        return _scaled(_own(result, candidate, sample, cost.mean), unit) if cost else None

    return _panel(
        result,
        name="cost",
        label=reference.title if reference else "$ per million",
        of_candidate=own,
        of_band=lambda point: _scaled(point.cost_usd_per_million, unit),
    )


def _panel(
    result: TuningResult,
    *,
    name: str,
    label: str,
    of_candidate: Callable[[Candidate], Estimate | None],
    of_band: Callable[[BandPoint], Estimate | None],
) -> Panel:
    points = [(p.memory_mb, e, p.extrapolated) for p in band_of(result) if (e := of_band(p))]
    inside = [i for i, (_, _, outside) in enumerate(points) if not outside]
    # Each stretch outside the fitted range starts at the nearest point inside.
    stretches = [points[: inside[0] + 1], points[inside[-1] :]] if inside else [points]

    def point(candidate: Candidate | None) -> tuple[int, float] | None:
        mean = of_candidate(candidate) if candidate else None
        return (candidate.memory_mb, mean.mean) if candidate and mean else None

    return Panel(
        name=name,
        label=label,
        measured=tuple(
            (c.memory_mb, e)
            for c in result.candidates
            if c.basis is Basis.MEASURED and (e := of_candidate(c))
        ),
        fitted=tuple((size, e) for size, e, outside in points if not outside),
        extrapolated=tuple(tuple((m, e.mean) for m, e, _ in s) for s in stretches if len(s) > 1),
        recommended=point(result.recommendation.candidate),
        today=point(result.current),
    )


def band_of(result: TuningResult) -> list[BandPoint]:
    """The points of the fitted curve, ascending; empty without a curve."""
    return sorted(result.curve.band, key=lambda p: p.memory_mb) if result.curve else []


def _own(result: TuningResult, candidate: Candidate, sample: Estimate | None, mean: float) -> Estimate:
    """What the calls of a size say alone."""
    enough = len(result.measurements.warm(candidate.memory_mb)) >= FEWEST_CALLS
    return sample if sample and enough else Estimate(mean, math.nan, math.nan)


def _scaled(cost: Estimate | None, unit: float) -> Estimate | None:
    return Estimate(cost.mean / unit, cost.low / unit, cost.high / unit) if cost else None


def draw_panel(axes: Axes, panel: Panel, theme: Theme) -> None:
    """The curve in colour, what was measured in ink on top of it, and a ring around the recommended size."""
    _draw_curve(axes, panel, theme)
    _draw_measured(axes, panel, theme)
    if panel.recommended:
        size, mean = panel.recommended
        (ring,) = axes.plot([size], [mean], marker="o", markersize=13, color=theme.recommended, zorder=6)
        ring.set(markerfacecolor="none", markeredgewidth=2.0)
    axes.grid(axis="y", color=theme.grid, linewidth=0.8)
    axes.tick_params(length=0, which="both", pad=6)


def _draw_curve(axes: Axes, panel: Panel, theme: Theme) -> None:
    if panel.fitted:
        sizes = [size for size, _ in panel.fitted]
        low, high = [e.low for _, e in panel.fitted], [e.high for _, e in panel.fitted]
        band = axes.fill_between(sizes, low, high, color=theme.curve, alpha=0.25, linewidth=0)
        band.set_gid(f"band-{panel.name}")
        means = [e.mean for _, e in panel.fitted]
        (line,) = axes.plot(sizes, means, color=theme.curve, linewidth=1.6, label="fitted curve, 95 % band")
        line.set_gid(f"fitted-{panel.name}")
    for i, stretch in enumerate(panel.extrapolated):
        (dashes,) = axes.plot(
            [size for size, _ in stretch],
            [mean for _, mean in stretch],
            color=theme.curve,
            linewidth=1.4,
            linestyle=(0, (4, 3)),
            label=None if i else "extrapolated",
        )
        dashes.set_gid(f"extrapolated-{panel.name}-{i}")


def _draw_measured(axes: Axes, panel: Panel, theme: Theme) -> None:
    if not panel.measured:
        return
    bounded = [(size, e) for size, e in panel.measured if not math.isnan(e.low)]
    # An interval that does not hold its mean would have a negative length, which cannot be drawn.
    below = [max(0.0, e.mean - e.low) for _, e in bounded]
    above = [max(0.0, e.high - e.mean) for _, e in bounded]
    axes.errorbar(
        [size for size, _ in bounded],
        [e.mean for _, e in bounded],
        yerr=(below, above),
        fmt="none",
        ecolor=theme.ink,
        elinewidth=1.2,
        capsize=4,
        zorder=4,
    )
    (points,) = axes.plot(
        [size for size, _ in panel.measured],
        [e.mean for _, e in panel.measured],
        linestyle="none",
        marker="o",
        markersize=5.5,
        markerfacecolor=theme.ink,
        markeredgecolor=theme.ground,
        markeredgewidth=0.8,
        zorder=5,
        label=f"measured mean{', ' + OWN_INTERVAL if bounded else ''}",
    )
    points.set_gid(f"measured-{panel.name}")


def failed_candidates(result: TuningResult) -> list[Candidate]:
    """The sizes that were invoked and have no warm duration."""
    return [c for c in result.candidates if c.duration_ms is None and c.outcomes]


def draw_failures(axes: Axes, result: TuningResult, theme: Theme) -> None:
    """A cross at the foot of the panel for every invoked size that has no warm duration."""
    failed = failed_candidates(result)
    if not failed:
        return
    # Where no invocation failed, all of them were cold.
    words = sorted({(failure_words(c) or "no warm duration").split(",")[0] for c in failed})
    (crosses,) = axes.plot(
        [c.memory_mb for c in failed],
        [0.06] * len(failed),
        transform=axes.get_xaxis_transform(),
        linestyle="none",
        marker="x",
        markersize=8,
        markeredgewidth=2.2,
        color=theme.failed,
        label=" or ".join(words[:2]) if len(words) < 3 else "failed",
        zorder=5,
    )
    crosses.set_gid("failed")


def scale_durations(axes: Axes, *panels: Panel) -> None:
    """Logarithmic where durations differ a lot, so that small ones stay legible; else from zero."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    values = _values(panels) or [1.0]
    ratio = max(values) / min(values)
    if ratio >= LOG_FROM_RATIO:
        axes.set_yscale("log")
        # Room at the foot for the crosses of failed sizes.
        axes.set_ylim(min(values) / ratio**0.16, max(values) * ratio**0.06)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if ratio < 200 else (1,)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(0, max(values) * 1.12)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: round_tick(format_duration(value))))


def scale_costs(axes: Axes, *panels: Panel, relative: bool) -> None:
    """From zero: a cost that looks twice as high is twice as high."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylim(0, max(_values(panels) or [1.0]) * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    form = format_percent if relative else format_usd
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: round_tick(form(value))))


def _values(panels: Sequence[Panel]) -> list[float]:
    bounds = [bound for p in panels for _, e in (*p.measured, *p.fitted) for bound in (e.low, e.high)]
    means = [e.mean for p in panels for _, e in p.measured]
    means += [mean for p in panels for stretch in p.extrapolated for _, mean in stretch]
    means += [p.recommended[1] for p in panels if p.recommended]
    return [value for value in (*bounds, *means) if 0 < value < _LARGEST]


def round_tick(text: str) -> str:
    """`500 ms` for `500.0 ms`: `$0.50` for `$0.500`."""
    if text.startswith("$"):
        return re.sub(r"(\.\d\d\d*?)0+$", r"\1", text)
    return re.sub(r"\.?0+(?= )", "", text) if "." in text else text
