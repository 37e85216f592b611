"""The whole way from a target to a result: measure, fit, recommend, and measure what is recommended."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tuner
from cost_models.cpu import MEMORY_MAX_MB
from cost_models.pricing import Prices, find_prices
from tuner.errors import MeasurementError, UsageError
from tuner.fit import DurationCurve, fit_duration_curve
from tuner.measure.drift import steadied
from tuner.measure.payloads import fingerprint, load_payload
from tuner.measure.quality import outcome_warnings, timeout_warnings
from tuner.measure.session import Observer, Session
from tuner.options import OPTION_FIELDS, RunOptions, plain
from tuner.platforms.base import Platform, TargetDescription
from tuner.platforms.registry import open_platform
from tuner.recommend import Advice, recommend
from tuner.records import (
    Basis,
    Budget,
    Condition,
    Invocation,
    MeasurementSet,
    Outcome,
    Plan,
    RunWarning,
    Spent,
    TuningResult,
)
from tuner.runfile import load_run
from tuner.settings import Settings, Target, load_settings, read_options
from tuner.timeout import recommend_timeout
from tuner.units import format_memory

DEFAULT_SIZES_MB = (128, 256, 512, 1024, 1769, 3008)
DEFAULT_TIMEOUT_S = 30
CONFIRMATIONS = 2
"""How often a recommended size that was not measured yet is measured, before measured sizes must do."""
SPARE_CALLS = 2.0
"""The default bound on invocations, as a multiple of the planned ones: room for replaced samples."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run is going to do, told before the first call."""

    description: TargetDescription
    plan: Plan
    extrapolated_mb: tuple[int, ...]


def tune(target: str, **options: Any) -> TuningResult:
    """Measure a function, fit its duration curve and recommend memory and timeout.

    Args:
        target: a name from tuner.toml, `local:PATH:HANDLER`, `local:template.yaml:LogicalId`,
            `command:PATH`, `model:NAME`, `model:FILE.toml` or `replay:FILE`.
        options: the flags of `tuner run` with underscores; memory sizes as integers [MB].

    Raises:
        UsageError: a target, option or file that cannot be used; nothing was invoked.
        MeasurementError: the function ran at no memory size.
        NoAnswerError: no memory size satisfies the constraints.
    """
    import os

    for name in options:
        if name not in OPTION_FIELDS:
            from cost_models.errors import did_you_mean

            raise UsageError(f"unknown option '{name}'", did_you_mean(name, OPTION_FIELDS))
    return run(load_settings(target, options, os.environ, Path.cwd()))


def run(
    settings: Settings,
    *,
    on_plan: Callable[[Preview], None] = lambda _: None,
    observer: Observer = lambda _: None,
) -> TuningResult:
    """One run with settings already read. `on_plan` is told before the first call, and may raise to stop."""
    if settings.target.scheme == "replay":
        return _replay(settings)
    target, options = settings.target, settings.options
    payload = load_payload(options.payload, target.root)
    with open_platform(target, seed=options.seed) as platform:
        preview = make_preview(platform.describe(), options, payload)
        on_plan(preview)
        analysis = _measure(platform, preview, settings, observer)
    return _result(settings, analysis)


def make_preview(description: TargetDescription, options: RunOptions, payload: bytes) -> Preview:
    """The plan of a run: sizes that the platform can measure, and how often."""
    low, high = description.measurable_mb
    asked = options.memory_sizes or _default_sizes(description, options)
    sizes = tuple(size for size in asked if low <= size <= high)
    if not sizes:
        raise UsageError(
            f"this machine can measure sizes from {format_memory(low)} to {format_memory(high)} only",
            "name at least one of them in --memory-sizes",
        )
    current_timeout = description.current.timeout_s if description.current else DEFAULT_TIMEOUT_S
    plan = Plan(
        memory_sizes_mb=sizes,
        invocations_per_size=options.invocations,
        warm_ups=description.warm_ups,
        environments=description.environments,
        timeout_s=options.timeout or current_timeout,
        seed=options.seed,
        payload=payload,
    )
    confirmed = replace(plan, memory_sizes_mb=(*sizes, *sizes[:1]))
    bound = options.max_invocations or int(confirmed.invocations * SPARE_CALLS)
    budget = Budget(bound, options.max_spend, options.max_seconds)
    return Preview(description, replace(plan, budget=budget), tuple(s for s in asked if s > high))


def _default_sizes(description: TargetDescription, options: RunOptions) -> tuple[int, ...]:
    """The usual grid within the user's range, with today's size and the range's ends."""
    low = max(description.measurable_mb[0], options.min_memory or 0)
    high = options.max_memory or MEMORY_MAX_MB
    today = description.current.memory_mb if description.current else None
    extra = (options.min_memory, options.max_memory, today)
    return tuple(sorted({size for size in (*DEFAULT_SIZES_MB, *extra) if size and low <= size <= high}))


@dataclass(frozen=True, slots=True)
class _Analysis:
    """The measurements with everything that follows from them."""

    measurements: MeasurementSet
    prices: Prices
    curve: DurationCurve
    advice: Advice


def _measure(platform: Platform, preview: Preview, settings: Settings, observer: Observer) -> _Analysis:
    """Measure the plan's sizes, then whatever is recommended without having been measured."""
    plan, options = preview.plan, settings.options
    prices = _prices(options, preview.description.architecture)
    price = None if preview.description.relative else _price_of(prices)
    session = Session(platform, plan, price=price, observer=observer)
    session.measure(plan.memory_sizes_mb, plan.invocations_per_size)
    for _ in range(CONFIRMATIONS):
        measurements = _with_conditions(session.finished(), preview, settings.target)
        analysis = _analyse(measurements, options, measured_only=False)
        chosen = analysis.advice.recommendations[options.strategy].candidate
        if chosen.basis is Basis.MEASURED or session.stopped_by:
            break
        session.measure([chosen.memory_mb], plan.invocations_per_size)
    return _analyse(_with_conditions(session.finished(), preview, settings.target), options)


def _replay(settings: Settings) -> TuningResult:
    """Analyse a saved run again, with its own options unless a flag or the environment says otherwise."""
    path = settings.target.root / settings.target.rest
    saved = load_run(path)
    own = read_options({k: (v, f"'{path}' option {k}") for k, v in saved.options.items()})
    given = {name: getattr(settings.options, name) for name in settings.given & set(OPTION_FIELDS)}
    options = replace(own, **given)
    analysis = _analyse(saved.measurements, options)
    return _result(replace(settings, options=options), analysis)


def _analyse(measurements: MeasurementSet, options: RunOptions, *, measured_only: bool = True) -> _Analysis:
    """Fit and recommend. Raises `MeasurementError` when not one invocation succeeded."""
    if not any(measurements.warm(size) for size in measurements.memory_sizes_mb):
        raise _nothing_succeeded(measurements)
    architecture = measurements.conditions.get("architecture")
    prices = _prices(options, str(architecture or "x86_64"))
    steady = steadied(measurements)
    curve = fit_duration_curve(steady.warm_durations_ms(), seed=options.seed)
    wanted = options.memory_sizes or DEFAULT_SIZES_MB
    highest = options.max_memory or MEMORY_MAX_MB
    beyond = tuple(s for s in wanted if curve.fitted_range_mb[1] < s <= highest)
    advice = recommend(
        curve,
        steady,
        prices,
        options,
        extrapolated_mb=tuple(s for s in beyond if not measurements.at(s)),
        measured_only=measured_only,
    )
    return _Analysis(measurements, prices, curve, advice)


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


def _result(settings: Settings, analysis: _Analysis) -> TuningResult:
    options, measurements = settings.options, analysis.measurements
    recommendation = analysis.advice.recommendations[options.strategy]
    timeout = recommend_timeout(recommendation.candidate, analysis.curve, measurements, options.trigger)
    prices = analysis.prices
    cost = None if measurements.relative else sum(map(_price_of(prices), measurements.invocations))
    return TuningResult(
        tool_version=tuner.__version__,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        command=_command(settings),
        measurements=measurements,
        curve=analysis.advice.curve,
        candidates=analysis.advice.candidates,
        recommendation=recommendation,
        timeout=timeout,
        strategies=analysis.advice.recommendations,
        spent=Spent(
            invocations=len(measurements.invocations),
            memory_sizes=len(measurements.memory_sizes_mb),
            cost_usd=cost,
            seconds=measurements.seconds,
        ),
        conditions={
            **measurements.conditions,
            "architecture": prices.architecture,
            "region": prices.region,
            "price_date": prices.price_date,
        },
        invocations_per_month=options.invocations_per_month,
        options=plain(options) | {"payload": None},  # a payload stays out of run files
        warnings=(
            *measurements.warnings,
            *outcome_warnings(measurements),
            *timeout_warnings(measurements),
            *_curve_warnings(analysis.curve),
            *timeout.warnings,
        ),
    )


def _curve_warnings(curve: DurationCurve) -> tuple[RunWarning, ...]:
    if not curve.misfit:
        return ()
    return (
        RunWarning(
            "W-MISFIT",
            "no known curve describes these durations within their noise; "
            f"they depart from the nearest by about {curve.deviation * 100:.0f} %, and intervals are wider",
            "measure more sizes where the band in the chart is wide",
        ),
    )


def _prices(options: RunOptions, architecture: str) -> Prices:
    prices = find_prices(options.region, options.architecture or architecture)
    if prices.currency != "USD":
        raise UsageError(
            f"prices in {prices.region} are in {prices.currency}; results are in dollars so far",
            "choose another --region",
        )
    return prices


def _price_of(prices: Prices) -> Callable[[Invocation], float]:
    """What one invocation is billed [USD]: its billed duration and the request, whatever its outcome."""
    request = float(prices.request)

    def price(invocation: Invocation) -> float:
        billed = invocation.billed_duration_ms or 0
        return billed * float(prices.millisecond(invocation.memory_mb)) + request

    return price


def _with_conditions(measurements: MeasurementSet, preview: Preview, target: Target) -> MeasurementSet:
    """The set under the name that the user gave the function, with what two runs must share."""
    conditions: dict[str, Condition] = {
        "architecture": preview.description.architecture,
        "payload_sha256": fingerprint(preview.plan.payload),
        **measurements.conditions,
    }
    function = target.name if target.name != target.spec else measurements.function
    return replace(measurements, target=target.spec, function=function, conditions=conditions)


def _command(settings: Settings) -> str:
    """The command that repeats the run; a literal payload is left out of it."""
    words = ["tuner", "run", settings.target.name]
    given = plain(settings.options)
    for name in OPTION_FIELDS:
        if name not in settings.given or given[name] is None:
            continue
        value = given[name]
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if name == "payload" and not text.startswith("@"):
            text = "@PAYLOAD-FILE"
        words += [f"--{name.replace('_', '-')}", text]
    return shlex.join(words)
