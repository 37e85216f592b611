"""Telling a drifting machine from an effect of the memory size, by the CPU time of each invocation.

On a shared machine the same work costs 10 to 20 % more or less CPU time from call to call, because the
core itself slows. A call that needed more CPU time than is usual took longer for that reason, and by a
known amount: the extra CPU time divided by the speed at which the call got CPU time.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from cost_models.cpu import vcpu_share
from tuner.records import Invocation, MeasurementSet

_QUOTA_PERIOD_MS = 20.0
_QUOTAS_NEEDED = 3
"""A call shorter than this many quotas ends within the throttle's first periods, where time is no multiple
of CPU time."""
_SAME_WORK_P = 0.01


def steady_durations(measurements: MeasurementSet) -> Mapping[int, tuple[float, ...]]:
    """Warm durations [ms] by memory size, with the machine's drift taken out where that makes them steadier.

    duration + (usual CPU time - this call's CPU time) / min(share, parallelism)

    The usual CPU time is the median over all sizes; where the sizes differ in CPU time by more than chance
    (Kruskal-Wallis, p < 0.01), each size has its own, because then the memory size changes the work.
    Durations stay as measured where no CPU time was recorded, where calls are too short for the rule,
    or where it does not lower the spread.
    """
    raw = {size: measurements.warm(size) for size in measurements.memory_sizes_mb}
    raw = {size: calls for size, calls in raw.items() if calls}
    durations = {size: tuple(c.duration_ms or 0.0 for c in calls) for size, calls in raw.items()}
    if not all(_has_cpu_time(c) for calls in raw.values() for c in calls):
        return durations
    usual = _usual_cpu_ms(raw)
    parallelism = _parallelism(raw)
    steadied = {size: _steadied(size, calls, usual[size], parallelism) for size, calls in raw.items()}
    return {
        size: steadied[size] if _spread(steadied[size]) < _spread(durations[size]) else durations[size]
        for size in durations
    }


def _steadied(
    size: int, calls: tuple[Invocation, ...], usual_ms: float, parallelism: float
) -> tuple[float, ...]:
    speed = min(vcpu_share(size), parallelism)
    if usual_ms < _QUOTAS_NEEDED * _QUOTA_PERIOD_MS * min(vcpu_share(size), 1.0):
        return tuple(c.duration_ms or 0.0 for c in calls)
    adjusted = ((c.duration_ms or 0.0) + (usual_ms - (c.cpu_time_ms or 0.0)) / speed for c in calls)
    # No call can take less time than the usual work needs at full speed.
    return tuple(max(value, usual_ms / parallelism) for value in adjusted)


def _usual_cpu_ms(raw: Mapping[int, tuple[Invocation, ...]]) -> dict[int, float]:
    """The CPU time [ms] that a call at each size usually needs."""
    by_size = {size: [c.cpu_time_ms or 0.0 for c in calls] for size, calls in raw.items()}
    everything = [value for values in by_size.values() for value in values]
    comparable = len(by_size) > 1 and min(len(v) for v in by_size.values()) >= 3 and len(set(everything)) > 1
    if comparable:
        from scipy.stats import kruskal

        if kruskal(*by_size.values()).pvalue < _SAME_WORK_P:
            return {size: median(values) for size, values in by_size.items()}
    return dict.fromkeys(by_size, median(everything))


def _parallelism(raw: Mapping[int, tuple[Invocation, ...]]) -> float:
    """CPU time per time at the largest size, where the quota holds least back; at least one."""
    largest = raw[max(raw)]
    return max(1.0, median((c.cpu_time_ms or 0.0) / (c.duration_ms or 1.0) for c in largest))


def _has_cpu_time(call: Invocation) -> bool:
    return call.cpu_time_ms is not None and bool(call.duration_ms)


def _spread(values: tuple[float, ...]) -> float:
    """Median absolute deviation, relative to the median."""
    centre = median(values)
    return median(abs(value - centre) for value in values) / centre
