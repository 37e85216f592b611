"""From measurements to an answer: steady the durations, fit the curve, price it, recommend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cost_models.cpu import MEMORY_MAX_MB
from cost_models.pricing import Prices, find_prices
from tuner.errors import MeasurementError, UsageError
from tuner.fit import DurationCurve, fit_duration_curve
from tuner.measure.drift import steadied
from tuner.options import RunOptions
from tuner.plans import SearchMethod
from tuner.recommend import Advice, Evidence, gather, recommend
from tuner.records import Condition, Invocation, MeasurementSet, Outcome
from tuner.units import format_memory

USUAL_REGION = "us-east-1"
USUAL_SIZES_MB = (128, 256, 512, 1024, 1769, 3008)
"""What people try by hand: one vCPU and the round sizes around it. The grid, unless the user names sizes."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The measurements with everything that follows from them."""

    measurements: MeasurementSet
    prices: Prices
    curve: DurationCurve
    advice: Advice


def weigh(measurements: MeasurementSet, options: RunOptions) -> Evidence:
    """What is known so far, as a search looks at it. Raises `MeasurementError` before the first success."""
    steady, curve = _fitted(measurements, options)
    return gather(curve, steady, prices_of(options, measurements.conditions), options)


def analyse(measurements: MeasurementSet, options: RunOptions) -> Analysis:
    """Fit and recommend.

    Raises:
        MeasurementError: not one invocation succeeded.
        NoAnswerError: no size satisfies the constraints.
    """
    steady, curve = _fitted(measurements, options)
    prices = prices_of(options, measurements.conditions)
    wanted = options.memory_sizes or USUAL_SIZES_MB
    highest = options.max_memory or MEMORY_MAX_MB
    search = measurements.search
    predicted = search is not None and search.method is SearchMethod.PREDICT
    shown_above = search.range_mb[0] - 1 if search and predicted else curve.fitted_range_mb[1]
    beyond = [s for s in wanted if shown_above < s <= highest and not measurements.at(s)]
    advice = recommend(curve, steady, prices, options, extrapolated_mb=tuple(beyond))
    return Analysis(measurements, prices, curve, advice)


def prices_of(options: RunOptions, conditions: Mapping[str, Condition]) -> Prices:
    """The prices of a run: as asked for, else of the function's own region, architecture and storage.

    Raises `UsageError` where they are not in dollars.
    """
    region = options.region or str(conditions.get("region") or USUAL_REGION)
    architecture = options.architecture or str(conditions.get("architecture") or "x86_64")
    prices = find_prices(region, architecture)
    if prices.currency != "USD":
        raise UsageError(
            f"prices in {prices.region} are in {prices.currency}; results are in dollars so far",
            "choose another --region",
        )
    storage = conditions.get("ephemeral_storage_mb")
    return replace(prices, ephemeral_mb=storage) if isinstance(storage, int) else prices


def price_of(prices: Prices) -> Callable[[Invocation], float]:
    """What one invocation is billed [USD]: its billed duration and the request, whatever its outcome."""
    request = float(prices.request)

    def price(invocation: Invocation) -> float:
        billed = invocation.billed_duration_ms or 0
        return billed * float(prices.millisecond(invocation.memory_mb)) + request

    return price


def _fitted(measurements: MeasurementSet, options: RunOptions) -> tuple[MeasurementSet, DurationCurve]:
    if not any(measurements.warm(size) for size in measurements.memory_sizes_mb):
        raise _nothing_succeeded(measurements)
    steady = steadied(measurements)
    return steady, fit_duration_curve(
        steady.warm_durations_ms(), seed=options.seed, prediction=measurements.prediction
    )


def _nothing_succeeded(measurements: MeasurementSet) -> MeasurementError:
    failed = [i for i in measurements.invocations if i.outcome is not Outcome.OK]
    if not failed:
        return MeasurementError(
            "the run ended before a warm invocation was measured", "raise --max-invocations or --max-seconds"
        )
    kinds = sorted({str(i.outcome).replace("_", " ") for i in failed})
    last = failed[-1]
    said = ": ".join(text for text in (last.error_type, last.error_message) if text)
    return MeasurementError(
        f"no invocation succeeded at any memory size ({', '.join(kinds)})"
        + (f"; at {format_memory(last.memory_mb)} the function said: {said}" if said else ""),
        "check the payload (--payload), the timeout (--timeout) and the memory sizes (--memory-sizes)",
    )
