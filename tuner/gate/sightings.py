"""How a metric changed between two versions, or where it is, as each witness saw it. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cost_models.cpu import vcpu_share
from cost_models.pricing import Prices
from tuner.gate.blocks import Side
from tuner.gate.estimates import (
    Estimate,
    centre,
    log_mean,
    log_ratio_of_means,
    mean,
    quantile,
    spread,
)
from tuner.gate.metrics import Metric
from tuner.gate.samples import PER_MILLION, Sample, Samples, Series

_QUIETER = 0.8
"""CPU time is heard beside the duration where it scatters by less than this part of it."""
_FEWEST_BEYOND = 5
_LEAST_DISTURBED = 0.9  # quantile of CPU time per duration: what a call does when nothing holds it up
_ROUNDING_MB = 0.41  # standard deviation of the difference of two numbers rounded to whole MB
_UNSEEN_SLOW_CALLS, _UNSEEN_FACTOR = 0.5, 3.0
"""What a slow tail may hide: half a call three times slower than usual is believed beyond those seen."""


class Witness(StrEnum):
    """What a change was seen in.

    `typical_duration`: the centre of the bulk, which every quantile moves with while the shape stays.
    """

    BILL = "bill"
    DURATION = "duration"
    TYPICAL_DURATION = "typical_duration"
    CPU_TIME = "cpu_time"
    INIT_DURATION = "init_duration"
    PEAK_MEMORY = "peak_memory"


_DIRECT = {
    Metric.COST: Witness.BILL,
    Metric.INIT: Witness.INIT_DURATION,
    Metric.MAX_MEMORY: Witness.PEAK_MEMORY,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What to look at, and how often each bound may be wrong."""

    samples: Samples
    level: float
    prices: Prices


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a witness says: a logarithm between one-sided bounds, each as often wrong as was asked for."""

    witness: Witness
    value: float
    low: float
    high: float


def change_seen(metric: Metric, sample: Sample, look: Look) -> tuple[Sighting, ...]:
    """The logarithm of contender over baseline: quieter witnesses first, the metric itself last."""
    if metric.quantile is None:
        estimate = _cost_change(sample, look) if metric is Metric.COST else _log_change(metric, sample)
        return (_sighting(_DIRECT[metric], estimate, look.level),)
    before, after = (
        quantile(np.log(s.values), s.blocks, metric.quantile, look.level)
        for s in (sample.baseline, sample.contender)
    )
    found = after.minus(before)
    direct = Sighting(Witness.DURATION, found.value, found.low, found.high)
    typical = _sighting(Witness.TYPICAL_DURATION, _centre_change(sample), look.level)
    # Before a few calls are beyond the quantile, nothing says that it moves with the bulk.
    beyond = sample.count * min(metric.quantile, 1 - metric.quantile)
    if beyond < _FEWEST_BEYOND:
        return (direct,)
    # In a fixed order: to hear whoever happens to be surest would make all of them less sure than they say.
    return (*_cpu_time_seen(sample, look), typical, direct)


def value_seen(metric: Metric, sample: Sample, look: Look) -> Sighting:
    """The logarithm of the contender's own value, for a budget."""
    series = sample.contender
    logs = np.log(series.values)
    if metric.quantile is not None:
        found = quantile(logs, series.blocks, metric.quantile, look.level)
        return Sighting(Witness.DURATION, found.value, found.low, found.high)
    if metric is Metric.COST:
        estimate = _with_unseen_tail(log_mean(series.values, series.blocks), series, look)
    else:
        estimate = mean(logs, series.blocks, floor=_rounding(metric, series))
    return _sighting(_DIRECT[metric], estimate, look.level)


def plain_value(metric: Metric, series: Series) -> float:
    """What the sample itself shows, in the metric's unit."""
    if metric is Metric.COST:
        return float(series.values.mean())
    if metric is Metric.MAX_MEMORY:
        return float(series.values.max())
    return float(np.quantile(series.values, metric.quantile or 0.5))


def noise_of(sample: Sample) -> float:
    """How much one pair differs from the next, relative: the spread of the bulk of their ratios."""
    before, after = np.log(sample.baseline.values), np.log(sample.contender.values)
    return spread(after - before) if sample.paired else math.hypot(spread(before), spread(after))


def _cost_change(sample: Sample, look: Look) -> Estimate:
    """Of the plain means: a bill is not trimmed."""
    before, after = sample.baseline, sample.contender
    if sample.paired:
        return _with_unseen_tail(log_ratio_of_means(after.values, before.values, before.blocks), before, look)
    new, old = (_with_unseen_tail(log_mean(s.values, s.blocks), s, look) for s in (after, before))
    return new.minus(old)


def _with_unseen_tail(estimate: Estimate, series: Series, look: Look) -> Estimate:
    """As sure as it can be of a mean whose slow calls may be too rare to have shown yet."""
    request = float(look.prices.request) * PER_MILLION
    compute = 1 - request / float(series.values.mean())
    unseen = compute * (_UNSEEN_FACTOR - 1) * math.sqrt(_UNSEEN_SLOW_CALLS) / len(series.values)
    return Estimate(estimate.value, math.hypot(estimate.standard_error, unseen), estimate.freedom)


def _log_change(metric: Metric, sample: Sample) -> Estimate:
    """Of what environments show once: too few for anything but the mean of the logarithms."""
    before, after = sample.baseline, sample.contender
    floor = _rounding(metric, before)
    if sample.paired:
        return mean(np.log(after.values / before.values), before.blocks, floor=floor)
    return mean(np.log(after.values), after.blocks, floor=floor).minus(
        mean(np.log(before.values), before.blocks, floor=floor)
    )


def _rounding(metric: Metric, series: Series) -> float:
    return _ROUNDING_MB / float(series.values.mean()) if metric is Metric.MAX_MEMORY else 0.0


def _centre_change(sample: Sample) -> Estimate:
    before, after = sample.baseline, sample.contender
    if sample.paired:
        return centre(np.log(after.values / before.values), before.blocks)
    return centre(np.log(after.values), after.blocks).minus(centre(np.log(before.values), before.blocks))


def _cpu_time_seen(durations: Sample, look: Look) -> tuple[Sighting, ...]:
    """The change of CPU time, as a change of the duration of which it is a part; where it is quieter."""
    cpu = look.samples.cpu_time()
    sizes = {call.memory_mb for side in Side for call in look.samples.calls(side)}
    if cpu is None or len(sizes) != 1 or noise_of(cpu) >= _QUIETER * noise_of(durations):
        return ()
    # Only waiting makes a call longer than its CPU time at the speed that the memory size buys.
    speed = min(1.0, vcpu_share(sizes.pop()))
    before = cpu.baseline.values / durations.baseline.values / speed
    part = min(1.0, float(np.quantile(before, _LEAST_DISTURBED)))
    seen = _sighting(Witness.CPU_TIME, _centre_change(cpu), look.level)
    value, low, high = (math.log1p(part * math.expm1(log)) for log in (seen.value, seen.low, seen.high))
    return (Sighting(Witness.CPU_TIME, value, low, high),)


def _sighting(witness: Witness, estimate: Estimate, level: float) -> Sighting:
    return Sighting(witness, estimate.value, *estimate.bounds(level))
