"""Telling a drifting machine from an effect of the memory size, by the CPU time of each invocation.

On a shared machine the same work costs 10 to 40 % more or less CPU time from one second to the next,
because the core itself slows. A call that needed more CPU time than is usual took longer for that reason,
and by a known amount: the extra CPU time divided by the speed at which the call got CPU time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import mean, median

from cost_models.cpu import vcpu_share
from cost_models.pricing import billed_duration_ms
from tuner.records import Invocation, MeasurementSet

QUOTA_PERIOD_MS = 20.0
_QUOTAS_NEEDED = 3
"""A throttled call shorter than this many quotas ends within the first periods, where time is no multiple
of CPU time."""
_SAME_WORK_P = 0.01
_FEWEST_ROUNDS = 3

Calls = Mapping[int, Sequence[Invocation]]


def steadied(measurements: MeasurementSet) -> MeasurementSet:
    """The measurements with the machine's drift taken out of warm durations, where that makes them steadier.

    duration + (usual CPU time - this call's CPU time) / min(share, parallelism)

    The usual CPU time is the median over all sizes. Where the memory size changes the work itself, each
    size has its own: the sizes are visited in rounds, and a Friedman test over the rounds (p < 0.01) tells
    an effect of the size from the drift, which calls of one visit share. Nothing is changed where CPU time
    was not recorded, or where taking the drift out does not lower the spread.
    """
    calls = {size: measurements.warm(size) for size in measurements.memory_sizes_mb}
    calls = {size: found for size, found in calls.items() if found}
    if not calls or not all(_has_cpu_time(call) for found in calls.values() for call in found):
        return measurements
    usual = _usual_cpu_ms(calls)
    parallelism = _parallelism(calls)
    steady = {
        call.sequence: _steady_ms(call, usual[size], parallelism)
        for size, found in calls.items()
        for call in found
    }
    before = median(_spread([c.duration_ms or 0.0 for c in found]) for found in calls.values())
    after = median(_spread([steady[c.sequence] for c in found]) for found in calls.values())
    if after >= before:
        return measurements
    invocations = (
        _with_duration(call, steady[call.sequence]) if call.sequence in steady else call
        for call in measurements.invocations
    )
    return replace(measurements, invocations=tuple(invocations))


def _steady_ms(call: Invocation, usual_ms: float, parallelism: float) -> float:
    """The duration [ms] that this call would have had at the usual CPU time."""
    share = vcpu_share(call.memory_mb)
    duration, cpu = call.duration_ms or 0.0, call.cpu_time_ms or 0.0
    if share < 1 and usual_ms < _QUOTAS_NEEDED * QUOTA_PERIOD_MS * share:
        return duration
    # No call can take less time than the usual work needs at full speed.
    return max(duration + (usual_ms - cpu) / min(share, parallelism), usual_ms / parallelism)


def _usual_cpu_ms(calls: Calls) -> dict[int, float]:
    """The CPU time [ms] that a call at each size usually needs."""
    everything = median(c.cpu_time_ms or 0.0 for found in calls.values() for c in found)
    rounds = _rounds(calls)
    if not _size_matters(rounds):
        return dict.fromkeys(calls, everything)
    # A size that was not measured beside the others cannot tell its work from the drift: its neighbours do.
    known = {size: median(visits) for size, visits in rounds.items()}
    return {size: known.get(size, _between(known, size)) for size in calls}


def _rounds(calls: Calls) -> dict[int, list[float]]:
    """Mean CPU time [ms] of each visit to the sizes that were visited in common rounds, equally many each."""
    together = min(found[-1].sequence for found in calls.values())
    order = sorted((c for found in calls.values() for c in found), key=lambda c: c.sequence)
    visits: dict[int, list[float]] = {}
    for size, visit in groupby(order, key=lambda c: c.memory_mb):
        if calls[size][0].sequence < together:
            visits.setdefault(size, []).append(mean(c.cpu_time_ms or 0.0 for c in visit))
    fewest = min(len(found) for found in visits.values()) if visits else 0
    return {size: found[:fewest] for size, found in visits.items()}


def _size_matters(rounds: Mapping[int, Sequence[float]]) -> bool:
    """Whether CPU time differs between sizes by more than the rounds differ among themselves."""
    if len(rounds) < 3 or len(next(iter(rounds.values()))) < _FEWEST_ROUNDS:
        return False
    from scipy.stats import friedmanchisquare

    return bool(friedmanchisquare(*rounds.values()).pvalue < _SAME_WORK_P)


def _between(known: Mapping[int, float], size: int) -> float:
    below = max((s for s in known if s < size), default=min(known))
    above = min((s for s in known if s > size), default=max(known))
    return (known[below] + known[above]) / 2


def _parallelism(calls: Calls) -> float:
    """CPU time per time at the largest size, where the quota holds least back; at least one."""
    largest = calls[max(calls)]
    return max(1.0, median((c.cpu_time_ms or 0.0) / (c.duration_ms or 1.0) for c in largest))


def _with_duration(call: Invocation, duration_ms: float) -> Invocation:
    return replace(call, duration_ms=duration_ms, billed_duration_ms=billed_duration_ms(duration_ms))


def _has_cpu_time(call: Invocation) -> bool:
    return call.cpu_time_ms is not None and bool(call.duration_ms)


def _spread(values: Sequence[float]) -> float:
    """Median absolute deviation, relative to the median."""
    centre = median(values)
    return median(abs(value - centre) for value in values) / centre
