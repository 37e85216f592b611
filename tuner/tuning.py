"""The whole way from a target to a result: measure, fit, recommend."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tuner
from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from tuner.analysis import USUAL_SIZES_MB, Analysis, analyse, price_of, prices_of
from tuner.errors import MeasurementError, UsageError
from tuner.fit import DurationCurve
from tuner.measure.payloads import fingerprint, load_payload
from tuner.measure.quality import outcome_warnings, timeout_warnings
from tuner.measure.session import Observer, Session
from tuner.measuring import measure
from tuner.options import OPTION_FIELDS, RunOptions, plain
from tuner.plans import Budget, Plan, SearchMethod, SearchRecord, StopReason
from tuner.platforms.base import Foresight, Platform, TargetDescription
from tuner.platforms.registry import open_platform
from tuner.recommend import considered_sizes
from tuner.records import Condition, MeasurementSet, RunWarning, Spent, TuningResult
from tuner.runfile import load_run
from tuner.search import search_range, starting_sizes
from tuner.search.outcome import edge_warning, outcome_of, outcome_warning
from tuner.settings import Settings, Target, load_settings, read_options
from tuner.timeout import recommend_timeout
from tuner.units import format_memory

GRID_INVOCATIONS = 10
SPARE_CALLS = 2
"""The default bound of a grid, as a multiple of the planned invocations: room for replaced samples."""
SEARCH_CALLS = 20
"""The default bound of a search, in calls that a new size takes: a cold start, its warm-ups and a sample."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run is going to do, told before the first call. `options` are complete: no default is open."""

    description: TargetDescription
    plan: Plan
    options: RunOptions
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
        description, plan, options = preview.description, preview.plan, preview.options
        price = None if description.relative else price_of(prices_of(options, description.architecture))
        session = Session(platform, plan, price=price, observer=observer)
        foresight = _foresee(platform, plan)

        def conclude(found: MeasurementSet) -> MeasurementSet:
            return _with_conditions(found, preview, target, foresight)

        if plan.method is SearchMethod.PREDICT:
            measurements = _predicted(conclude(session.finished()), plan, foresight)
        else:
            measurements = measure(session, plan, options, conclude)
    return _result(replace(settings, options=options), analyse(measurements, options))


def make_preview(description: TargetDescription, options: RunOptions, payload: bytes) -> Preview:
    """The plan of a run: the sizes to measure or to start with, how often, and its bounds."""
    today = description.current.memory_mb if description.current else None
    range_mb = search_range(options, description.measurable_mb, today)
    beyond: tuple[int, ...] = ()
    if options.method is SearchMethod.GRID:
        sizes, beyond = _grid(description, options, range_mb)
        range_mb = (sizes[0], sizes[-1])
    else:
        sizes = starting_sizes(range_mb, today)
    current_timeout = description.current.timeout_s if description.current else description.default_timeout_s
    starts = description.environments * (1 + description.warm_ups)
    grid_samples = options.invocations or GRID_INVOCATIONS
    plan = Plan(
        method=options.method,
        range_mb=range_mb,
        memory_sizes_mb=sizes,
        # A step of a search takes no fewer samples than a new size takes calls to start.
        samples=grid_samples if options.method is SearchMethod.GRID else starts,
        warm_ups=description.warm_ups,
        environments=description.environments,
        timeout_s=options.timeout or current_timeout,
        seed=options.seed,
        payload=payload,
    )
    grid_bound = (plan.invocations + plan.invocations_each) * SPARE_CALLS
    usual = grid_bound if options.method is SearchMethod.GRID else SEARCH_CALLS * (1 + starts)
    budget = Budget(options.max_invocations or usual, options.max_spend, options.max_seconds)
    # Who pays for more invocations than usual wants to know better.
    regret = options.regret or options.regret_target * min(1.0, usual / (options.max_invocations or usual))
    return Preview(description, replace(plan, budget=budget), replace(options, regret=regret), beyond)


def _foresee(platform: Platform, plan: Plan) -> Foresight | None:
    """What the platform can tell of every size from a few calls at full speed.

    A grid stands for itself. A function that fails there may still run at other sizes.
    """
    if plan.method is SearchMethod.GRID:
        return None
    sizes = [int(size) for size in considered_sizes(MEMORY_MIN_MB, MEMORY_MAX_MB, plan.range_mb)]
    try:
        return platform.predict(timeout_s=plan.timeout_s, payload=plan.payload, memory_mb=sizes)
    except MeasurementError:
        if plan.method is SearchMethod.PREDICT:
            raise
        return None


def _predicted(found: MeasurementSet, plan: Plan, foresight: Foresight | None) -> MeasurementSet:
    """The watched calls as the only measurements. Raises `UsageError` where none could be watched."""
    if foresight is None:
        raise UsageError(
            f"a function on '{found.platform}' cannot be watched while it computes, so nothing is predicted",
            "leave out --predict, or name a local: or command: target",
        )
    record = SearchRecord(SearchMethod.PREDICT, plan.range_mb, StopReason.PREDICTED)
    return replace(found, invocations=foresight.calls, search=record)


def _grid(
    description: TargetDescription, options: RunOptions, range_mb: tuple[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The sizes of the grid that can be measured, and those above that cannot."""
    low, high = description.measurable_mb
    today = description.current.memory_mb if description.current else None
    extra = (options.min_memory, options.max_memory, today)
    usual = {size for size in (*USUAL_SIZES_MB, *extra) if size and range_mb[0] <= size}
    asked = options.memory_sizes or sorted(s for s in usual if s <= (options.max_memory or s))
    sizes = tuple(size for size in asked if low <= size <= high)
    if not sizes:
        raise UsageError(
            f"this machine can measure sizes from {format_memory(low)} to {format_memory(high)} only",
            "name at least one of them in --memory-sizes",
        )
    return sizes, tuple(size for size in asked if size > high)


def _replay(settings: Settings) -> TuningResult:
    """Analyse a saved run again, with its own options unless a flag or the environment says otherwise."""
    path = settings.target.root / settings.target.rest
    saved = load_run(path)
    own = read_options({k: (v, f"'{path}' option {k}") for k, v in saved.options.items()})
    given = {name: getattr(settings.options, name) for name in settings.given & set(OPTION_FIELDS)}
    options = replace(own, **given)
    return _result(replace(settings, options=options), analyse(saved.measurements, options))


def _result(settings: Settings, analysis: Analysis) -> TuningResult:
    options, measurements = settings.options, analysis.measurements
    recommendation = analysis.advice.recommendations[options.strategy]
    timeout = recommend_timeout(recommendation.candidate, analysis.curve, measurements, options.trigger)
    prices = analysis.prices
    cost = None if measurements.relative else sum(map(price_of(prices), measurements.invocations))
    spent = Spent(
        invocations=len(measurements.invocations),
        memory_sizes=len(measurements.memory_sizes_mb),
        cost_usd=cost,
        seconds=measurements.seconds,
    )
    search = outcome_of(measurements, recommendation.expected_regret, spent, options.regret_target)
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
        search=search,
        spent=spent,
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
            *outcome_warning(search, recommendation, spent),
            *(() if measurements.relative else edge_warning(search, recommendation, options.max_memory)),
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


def _with_conditions(
    measurements: MeasurementSet, preview: Preview, target: Target, foresight: Foresight | None
) -> MeasurementSet:
    """The set under the name that the user gave the function, with what two runs must share."""
    conditions: dict[str, Condition] = {
        "architecture": preview.description.architecture,
        "payload_sha256": fingerprint(preview.plan.payload),
        **measurements.conditions,
    }
    function = target.name if target.name != target.spec else measurements.function
    return replace(
        measurements,
        target=target.spec,
        function=function,
        conditions=conditions,
        prediction=foresight.prediction if foresight else None,
    )


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
