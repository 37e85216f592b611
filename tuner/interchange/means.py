"""Averages of other tools as measurements: one value a memory size, and what cannot be known from it.

An average is carried as a single invocation, for which the fit has a wide prior: how often it was taken and
how single calls spread is not in it. The condition `durations` says so wherever the measurements go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cost_models.pricing import Prices, billed_duration_ms, find_prices
from tuner.errors import UsageError
from tuner.option_values import LatencyLimit
from tuner.records import FunctionSettings, Invocation, MeasurementSet, Outcome, RunWarning
from tuner.units import check_memory_mb, format_memory

DURATION_MAX_MS = 86_400_000.0
MEANS = {"durations": "means"}
"""The condition of a measurement set that holds averages."""
USUAL_DEVIATION = 0.05
"""Stated costs are rounded, some to two digits; this much says nothing."""


@dataclass(frozen=True, slots=True)
class Mean:
    """What a tool says of one memory size; `cost_usd` is one invocation's, without the request charge."""

    memory_mb: int
    duration_ms: float
    cost_usd: float | None = None
    max_memory_used_mb: int | None = None


@dataclass(frozen=True, slots=True)
class Imported:
    """Results of another tool; `stated_usd` is what it says an invocation costs, by memory size [MB]."""

    measurements: MeasurementSet
    stated_usd: Mapping[int, float] = field(default_factory=dict)


def checked_means(rows: Iterable[Sequence[Any]], where: str) -> tuple[Mean, ...]:
    """Means from rows of size [MB], duration [ms] and cost [USD] or None, by ascending size.

    Raises `UsageError` for a size that AWS Lambda does not have or that stands twice, and for numbers that no
    invocation has.
    """
    means = []
    for number, (size, duration, cost) in enumerate(rows, start=1):
        try:
            memory_mb = check_memory_mb(finite_number(size, "a memory size"))
            duration_ms = finite_number(duration, "a duration [ms]", above=0.0)
            cost_usd = None if cost is None else finite_number(cost, "a cost [USD]")
        except ValueError as error:
            raise UsageError(f"row {number} of {where}: {error}") from None
        means.append(Mean(memory_mb, duration_ms, cost_usd))
    means.sort(key=lambda mean: mean.memory_mb)
    for smaller, larger in pairwise(means):
        if smaller.memory_mb == larger.memory_mb:
            raise UsageError(f"{where} has {format_memory(larger.memory_mb)} twice", "keep one row a size")
    if not means:
        raise UsageError(f"{where} holds no memory size")
    return tuple(means)


def imported_means(
    means: Sequence[Mean],
    *,
    target: str,
    function: str,
    kind: str,
    current: FunctionSettings | None = None,
    region: str | None = None,
    warnings: Sequence[RunWarning] = (),
) -> Imported:
    """These means as measurements; `kind` says in words what they are means of."""
    unknown = RunWarning(
        "W-MEANS",
        f"the durations are {kind}, one a memory size, of unknown spread: intervals suppose the usual one, "
        "and p95, p99 and the timeout, which single calls decide, are not in them",
        "costs are recomputed from list prices (--region, --architecture); measure to know the tail",
    )
    measurements = MeasurementSet(
        target=target,
        function=function,
        platform="aws",
        invocations=tuple(_as_invocation(mean, number) for number, mean in enumerate(means)),
        current=current,
        conditions={**MEANS, **({"region": region} if region else {})},
        warnings=(unknown, *warnings),
    )
    return Imported(measurements, {m.memory_mb: m.cost_usd for m in means if m.cost_usd is not None})


def refuse_unknown_percentile(measurements: MeasurementSet, limit: LatencyLimit | None) -> None:
    """Raise `UsageError` where a percentile is to be bounded and only means are known."""
    if limit and limit.statistic != "mean" and measurements.holds_means:
        raise UsageError(
            f"--max-duration {limit}: only means are known, so no {limit.statistic}",
            f"bound the mean with --max-duration {limit.limit_ms:g}ms@mean, or measure the function",
        )


def cost_warnings(imported: Imported, prices: Prices) -> tuple[RunWarning, ...]:
    """Says where stated costs are not duration x list price, and whether they are that of the other CPU."""
    ratios = _deviating(imported, prices)
    if not ratios:
        return ()
    low, high = (f"{ratio:.2f}" for ratio in (min(ratios.values()), max(ratios.values())))
    sizes = ", ".join(format_memory(size) for size in list(ratios)[:8]) + (", …" if len(ratios) > 8 else "")
    message = (
        f"at {sizes} the stated costs are {low if low == high else f'{low} to {high}'} times duration x list "
        f"price ({prices.architecture}, {prices.region}); costs here are computed from the durations"
    )
    other = "arm64" if prices.architecture == "x86_64" else "x86_64"
    if not _deviating(imported, find_prices(prices.region, other)):
        hint = f"they agree with the prices of {other}: --architecture {other}"
    else:
        hint = (
            "another region or price, billing by 100 ms (before December 2020) and an init that was not "
            "billed explain such costs"
        )
    return (RunWarning("W-STATED-COST", message, hint),)


def _deviating(imported: Imported, prices: Prices) -> dict[int, float]:
    """The sizes whose stated cost departs from duration x price, with the ratio of both."""
    found = {}
    for call in imported.measurements.invocations:
        stated, duration_ms = imported.stated_usd.get(call.memory_mb), call.duration_ms or 0.0
        price = float(prices.millisecond(call.memory_mb))
        # A duration is rounded up to 1 ms before it is priced, by some tools before it is averaged too.
        lowest, highest = duration_ms * price, (duration_ms + 1) * price
        if stated is not None and not (
            lowest * (1 - USUAL_DEVIATION) <= stated <= highest * (1 + USUAL_DEVIATION)
        ):
            found[call.memory_mb] = stated / lowest
    return found


def _as_invocation(mean: Mean, sequence: int) -> Invocation:
    return Invocation(
        memory_mb=mean.memory_mb,
        outcome=Outcome.OK,
        duration_ms=mean.duration_ms,
        billed_duration_ms=billed_duration_ms(mean.duration_ms),
        max_memory_used_mb=mean.max_memory_used_mb,
        sequence=sequence,
    )


def finite_number(value: Any, what: str, *, above: float = -math.inf) -> float:
    """A finite number that is not negative, also as digits in quotes; `ValueError` otherwise."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (0 <= number <= DURATION_MAX_MS and number > above):
        raise ValueError(f"{str(value)[:40]!r} is not {what}")
    return number
