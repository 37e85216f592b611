"""Which memory sizes may be recommended, and the sentence for each that may not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tuner.errors import InfeasibleError
from tuner.options import LatencyLimit, RunOptions
from tuner.recommend.evaluation import PER_MILLION, Evaluation
from tuner.records import MeasurementSet, Outcome
from tuner.units import format_duration, format_memory, format_percent, format_usd

HEADROOM = 0.2
"""Free memory above the measured peak that a recommended size must leave: 20 % of the peak."""
SURE = 0.9
"""A latency limit counts as kept when at least this share of the draws keeps it."""


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


def rejections(evaluation: Evaluation, measurements: MeasurementSet, options: RunOptions) -> dict[int, str]:
    """Memory size to the reason why it may not be recommended; sizes without a reason may."""
    reasons = dict(failed_sizes(measurements))
    sizes = evaluation.memory_mb
    peak = peak_memory_mb(measurements, sizes)
    for column, size in enumerate(int(s) for s in sizes):
        if size in reasons:
            continue
        if options.min_memory and size < options.min_memory:
            reasons[size] = f"below --min-memory {format_memory(options.min_memory)}"
        elif options.max_memory and size > options.max_memory:
            reasons[size] = f"above --max-memory {format_memory(options.max_memory)}"
        elif peak is not None and peak[column] * (1 + HEADROOM) > size:
            reasons[size] = (
                f"peak memory {format_memory(int(np.ceil(peak[column])))} leaves less than "
                f"{format_percent(HEADROOM)} headroom"
            )
    if options.max_duration:
        reasons = _too_slow(evaluation, options.max_duration) | reasons
    if options.max_cost_increase is not None:
        reasons = _too_dear(evaluation, reasons, options.max_cost_increase) | reasons
    return reasons


def refuse_infeasible(evaluation: Evaluation, reasons: Mapping[int, str], options: RunOptions) -> None:
    """Raise `InfeasibleError` with the nearest feasible answer when every size is rejected."""
    if any(int(size) not in reasons for size in evaluation.memory_mb):
        return
    if options.max_duration:
        relaxed = [
            c
            for c, size in enumerate(evaluation.memory_mb)
            if int(size) not in reasons or "latency" in reasons[int(size)]
        ]
        if relaxed:
            raise InfeasibleError(*_nearest_latency(evaluation, relaxed, options.max_duration))
    example = int(evaluation.memory_mb[-1])
    raise InfeasibleError(
        "no measured memory size may be recommended",
        f"{format_memory(example)}: {reasons[example]}; measure larger sizes with --memory-sizes, "
        "or relax --min-memory and --max-memory",
    )


def _too_slow(evaluation: Evaluation, limit: LatencyLimit) -> dict[int, str]:
    draws = evaluation.latency_ms(limit.statistic)
    kept = (draws <= limit.limit_ms).mean(axis=0)
    middle = np.median(draws, axis=0)
    return {
        int(size): f"latency: {limit.statistic} is about {format_duration(float(middle[c]))}, "
        f"not surely within {format_duration(limit.limit_ms)}"
        for c, size in enumerate(evaluation.memory_mb)
        if kept[c] < SURE
    }


def _too_dear(evaluation: Evaluation, reasons: Mapping[int, str], increase: float) -> dict[int, str]:
    cost = evaluation.mean_cost_usd
    allowed = [c for c, size in enumerate(evaluation.memory_mb) if int(size) not in reasons]
    if not allowed:
        return {}
    cheapest = min(cost[c] for c in allowed)
    return {
        int(size): f"{format_percent(float(cost[c] / cheapest - 1))} dearer than the cheapest, "
        f"above --max-cost-increase {format_percent(increase)}"
        for c, size in enumerate(evaluation.memory_mb)
        if cost[c] > cheapest * (1 + increase)
    }


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
