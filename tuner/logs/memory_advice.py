"""The memory size after a look at production, where more than one was seen; else how much it could gain."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from cost_models.pricing import Prices, billed_duration_ms
from tuner.analysis import analyse
from tuner.errors import TunerError
from tuner.logs.findings import FunctionFindings, MemoryAdvice, SizeFindings
from tuner.options import RunOptions
from tuner.records import Candidate, Invocation, MeasurementSet, Outcome
from tuner.units import format_memory, format_percent, format_usd

CALLS_NEEDED = 20
"""Fewer warm calls at a size are no evidence about it."""
SAMPLE = 200
"""So many warm calls of a size are drawn for the fit."""
_DAYS_PER_MONTH = 30
_US_PER_DAY = 86_400_000_000

Samples = dict[int, Sequence[float]]


def per_month(found: FunctionFindings) -> float | None:
    """What to multiply the period by to get 30 days; None where it is not known or too short to tell."""
    if found.first_us is None or found.last_us is None or found.last_us - found.first_us < _US_PER_DAY / 24:
        return None
    return _DAYS_PER_MONTH * _US_PER_DAY / (found.last_us - found.first_us)


def comparable_sizes(found: FunctionFindings) -> list[int]:
    """The sizes with enough warm calls to compare."""
    return [
        size.memory_mb
        for size in found.by_memory
        if size.memory_mb is not None and size.warm_ms and size.warm_ms.count >= CALLS_NEEDED
    ]


def bounded_gain(found: FunctionFindings, floor_mb: int | None) -> MemoryAdvice:
    """With one size: the most that a smaller one could save, and what would tell.

    A smaller size is not faster, so at m MB the same call costs at least m / today's of its compute. A larger
    one is mostly at best faster in proportion, and then costs the same; calls of a few milliseconds that the
    CPU quota holds up can gain more, and what those would save has no bound.
    """
    size = found.current
    if size.memory_mb is None:
        return MemoryAdvice(None, ("The records do not say the memory size.",), "unknown")
    low = min(size.memory_mb, floor_mb or MEMORY_MIN_MB)
    share = 1 - low / size.memory_mb
    month, compute = per_month(found), _compute_usd(size)
    most = None if month is None or compute is None else float(compute) * share * month
    amount = "" if most is None else f", {format_usd(most)} a month"
    near = {max(low, size.memory_mb // 2), min(MEMORY_MAX_MB, size.memory_mb * 2)}
    named = ",".join(map(str, (size.memory_mb, *sorted(near - {size.memory_mb}))))
    if share <= 0:
        gain = "It cannot be smaller, and a larger one is rarely cheaper: mostly speed could be gained."
    else:
        gain = (
            f"A smaller one saves at most {format_percent(share)} of compute{amount}, at "
            f"{format_memory(low)} and if calls took no longer there; a larger one may be faster, and is "
            "rarely cheaper."
        )
    reason = (
        f"Only {format_memory(size.memory_mb)} was seen in production, which tells nothing of other sizes. "
        f"{gain} To know, measure: tuner run {found.function} --memory-sizes {named}."
    )
    return MemoryAdvice(None, (reason,), "one size", saving_low_usd=0.0, saving_high_usd=most)


def not_fitted(sizes: Sequence[int], fits: int) -> MemoryAdvice:
    """With several sizes, of a function that is none of the dearest."""
    reason = (
        f"It ran at {', '.join(map(format_memory, sizes))}, but only the {fits} functions that cost most are "
        "fitted: read its logs alone to have its curve."
    )
    return MemoryAdvice(None, (reason,), "not fitted")


def from_sizes(
    found: FunctionFindings, samples: Samples, floor_mb: int | None, prices: Prices
) -> MemoryAdvice:
    """The best size by a curve through the sizes that production ran at."""
    calls = tuple(
        Invocation(size, Outcome.OK, duration_ms=ms, billed_duration_ms=billed_duration_ms(ms), sequence=n)
        for size, durations in samples.items()
        for n, ms in enumerate(durations)
    )
    measured = MeasurementSet("logs", found.function, "logs", calls)
    caution = (
        "Its sizes ran at different times, maybe with other code or other events: what changed with the time "
        "counts as if the size had changed it."
    )
    return _from_measurements(
        found, measured, _options(floor_mb, prices), basis="sizes seen in production", caution=caution
    )


def from_run(
    found: FunctionFindings, run: MeasurementSet, floor_mb: int | None, prices: Prices
) -> MemoryAdvice:
    """The best size by the curve of a saved run, in the dollars of production."""
    caution = "The run's events stand for those of production; what they cost is taken from the logs."
    return _from_measurements(
        found, run, _options(floor_mb, prices), basis="the curve of a saved run", caution=caution
    )


def _options(floor_mb: int | None, prices: Prices) -> RunOptions:
    return RunOptions(region=prices.region, architecture=prices.architecture, min_memory=floor_mb)


def _from_measurements(
    found: FunctionFindings, measured: MeasurementSet, options: RunOptions, *, basis: str, caution: str
) -> MemoryAdvice:
    try:
        analysis = analyse(measured, options)
    except TunerError as error:
        return MemoryAdvice(None, (f"No memory size follows from {basis}: {error.message}.",), basis)
    best = analysis.advice.recommendations[options.strategy].candidate
    today = found.current.memory_mb
    now = next((c for c in analysis.advice.candidates if c.memory_mb == today), None)
    reasons = [f"{format_memory(best.memory_mb)} is the best size by {basis}.", caution]
    saving = _saving(found, best, now)
    if saving is None:
        return MemoryAdvice(best.memory_mb, tuple(reasons), basis)
    mean, low, high = saving
    reasons.insert(
        1,
        f"Against {format_memory(today or 0)} that saves {format_usd(mean)} a month "
        f"(95 % interval {format_usd(low)} to {format_usd(high)}) at the traffic of the logs.",
    )
    return MemoryAdvice(best.memory_mb, tuple(reasons), basis, mean, low, high)


def _saving(
    found: FunctionFindings, best: Candidate, now: Candidate | None
) -> tuple[float, float, float] | None:
    """Dollars a month with a 95 % interval: today's bill times the relative change of the cost."""
    month, cost = per_month(found), found.current.cost_usd
    if not (now and now.cost_usd_per_million and best.cost_usd_per_million and month and cost):
        return None
    today_usd = float(cost) * month
    if now.memory_mb == best.memory_mb:
        return 0.0, 0.0, 0.0
    here, there = now.cost_usd_per_million, best.cost_usd_per_million
    return (
        today_usd * (1 - there.mean / here.mean),
        today_usd * (1 - there.high / here.low),
        today_usd * (1 - there.low / here.high),
    )


def _compute_usd(size: SizeFindings) -> Decimal | None:
    compute = [item.amount for item in size.bill if item.name.startswith("Compute")]
    return sum(compute, Decimal(0)) if compute else None
