"""Which memory sizes may be recommended, and the sentence for each that may not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tuner.errors import InfeasibleError
from tuner.option_values import LatencyLimit
from tuner.options import RunOptions
from tuner.recommend.evaluation import PER_MILLION, Evaluation
from tuner.records import MeasurementSet, Outcome
from tuner.units import format_duration, format_memory, format_percent, format_usd

HEADROOM = 0.2
"""Free memory above the measured peak that a recommended size must leave: 20 % of the peak."""
SURE = 0.9
"""A latency limit counts as kept when at least this share of the draws keeps it."""
LIKELY = 0.5
"""A bound on the cost increase counts as kept when it is more likely kept than not."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound that the draws keep or break: `kept` has shape (draws, n), `enough` is the share that must."""

    kept: np.ndarray
    enough: float
    why: tuple[str, ...]  # a sentence a column, for those that break it

    @property
    def holds(self) -> np.ndarray:
        """The columns that keep it, shape (n,)."""
        return np.asarray(self.kept.mean(axis=0) >= self.enough)

    @property
    def possible(self) -> np.ndarray:
        """The columns that may turn out to keep it once more is known, shape (n,)."""
        return np.asarray(self.kept.mean(axis=0) >= 1 - max(self.enough, SURE))


def failed_sizes(measurements: MeasurementSet) -> Mapping[int, str]:
    """The sizes without a single warm sample, each with what happened there."""
    failed = {}
    for size in measurements.memory_sizes_mb:
        outcomes = measurements.outcomes(size)
        kinds = [outcome for outcome in outcomes if outcome is not Outcome.OK]
        if not measurements.warm(size) and kinds:
            failures = sum(outcomes[kind] for kind in kinds)
            names = " and ".join(str(kind).replace("_", " ") for kind in kinds)
            failed[size] = f"{names} in {failures} of {outcomes.total()} invocations"
    return failed


def peak_memory_mb(measurements: MeasurementSet, memory_mb: np.ndarray) -> np.ndarray | None:
    """Peak memory used [MB] at each size, shape (n,); linear between the sizes that reported one.

    None when nothing was reported: unknown is not zero, and not a reason to reject either.
    """
    peaks = {
        size: max(used)
        for size in measurements.memory_sizes_mb
        if (used := [i.max_memory_used_mb for i in measurements.warm(size) if i.max_memory_used_mb])
    }
    if not peaks:
        return None
    return np.asarray(np.interp(memory_mb, list(peaks), list(peaks.values())))


def rejections(memory_mb: np.ndarray, measurements: MeasurementSet, options: RunOptions) -> dict[int, str]:
    """Memory size to the reason why no duration could make it acceptable; sizes without a reason may be."""
    failed = failed_sizes(measurements)
    reasons = dict(failed)
    floor = _floor_mb(measurements)
    peak = peak_memory_mb(measurements, memory_mb)
    for column, size in enumerate(int(s) for s in memory_mb):
        if size in reasons:
            continue
        if options.min_memory and size < options.min_memory:
            reasons[size] = f"below --min-memory {format_memory(options.min_memory)}"
        elif options.max_memory and size > options.max_memory:
            reasons[size] = f"above --max-memory {format_memory(options.max_memory)}"
        elif floor and size < floor:
            reasons[size] = f"smaller than {format_memory(floor)}, where it failed: {failed[floor]}"
        elif peak is not None and peak[column] * (1 + HEADROOM) > size:
            reasons[size] = (
                f"peak memory {format_memory(int(np.ceil(peak[column])))} leaves less than "
                f"{format_percent(HEADROOM)} headroom"
            )
    return reasons


def bounds(evaluation: Evaluation, acceptable: np.ndarray, options: RunOptions) -> tuple[Bound, ...]:
    """The user's bounds on duration and cost; `acceptable` masks the columns that nothing else rejects."""
    found = []
    if options.max_duration:
        found.append(_latency_bound(evaluation, options.max_duration))
    if options.max_cost_increase is not None and acceptable.any():
        found.append(_cost_bound(evaluation, acceptable, options.max_cost_increase))
    return tuple(found)


def infeasible(evaluation: Evaluation, reasons: Mapping[int, str], options: RunOptions) -> InfeasibleError:
    """What to raise where no size is allowed: it names the nearest answer that is feasible."""
    rejected = [c for c, size in enumerate(evaluation.memory_mb) if int(size) in reasons]
    if options.max_duration:
        relaxed = [c for c in rejected if "latency" in reasons[int(evaluation.memory_mb[c])]]
        if relaxed:
            return InfeasibleError(*_nearest_latency(evaluation, relaxed, options.max_duration))
    example = int(evaluation.memory_mb[rejected[-1]])
    return InfeasibleError(
        "no measured memory size may be recommended",
        f"{format_memory(example)}: {reasons[example]}; measure larger sizes, "
        "or relax --min-memory and --max-memory",
    )


def _floor_mb(measurements: MeasurementSet) -> int | None:
    """The largest size that only ran out of memory or time: smaller ones have less of both."""
    doomed = {Outcome.OUT_OF_MEMORY, Outcome.TIMEOUT}
    return max(
        (s for s in failed_sizes(measurements) if doomed & set(measurements.outcomes(s))), default=None
    )


def _latency_bound(evaluation: Evaluation, limit: LatencyLimit) -> Bound:
    draws = evaluation.latency_ms(limit.statistic)
    why = tuple(
        f"latency: {limit.statistic} is about {format_duration(float(middle))}, "
        f"not surely within {format_duration(limit.limit_ms)}"
        for middle in np.median(draws, axis=0)
    )
    return Bound(draws <= limit.limit_ms, SURE, why)


def _cost_bound(evaluation: Evaluation, acceptable: np.ndarray, increase: float) -> Bound:
    ratio = evaluation.cost_usd / evaluation.cost_usd[:, acceptable].min(axis=1, keepdims=True)
    why = tuple(
        f"about {format_percent(float(middle) - 1)} dearer than the cheapest, "
        f"above --max-cost-increase {format_percent(increase)}"
        for middle in np.median(ratio, axis=0)
    )
    return Bound(ratio <= 1 + increase, LIKELY, why)


def _nearest_latency(evaluation: Evaluation, columns: list[int], limit: LatencyLimit) -> tuple[str, str]:
    draws = evaluation.latency_ms(limit.statistic)
    sure = np.quantile(draws, SURE, axis=0)
    best = min(columns, key=lambda c: float(sure[c]))
    size = format_memory(int(evaluation.memory_mb[best]))
    cost = format_usd(float(evaluation.mean_cost_usd[best]) * PER_MILLION)
    return (
        f"no memory size keeps {limit.statistic} within {format_duration(limit.limit_ms)}",
        f"the nearest is {size}: {limit.statistic} within {format_duration(float(sure[best]))} "
        f"at {cost} per million; try --max-duration {np.ceil(sure[best]):.0f}ms@{limit.statistic}",
    )
