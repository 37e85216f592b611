"""The whole way from a target to a result: measure, fit, recommend."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tuner
from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from tuner.analysis import Analysis, analyse, price_of, prices_of
from tuner.errors import MeasurementError, NotRestoredError, UsageError
from tuner.fit import DurationCurve
from tuner.measure.events import Events
from tuner.measure.hooks import load_hook
from tuner.measure.payloads import Payloads, read_payloads
from tuner.measure.quality import outcome_warnings, timeout_warnings
from tuner.measure.session import Observer, Session
from tuner.options import CONNECTION_OPTIONS, OPTION_FIELDS, plain
from tuner.plans import Plan, SearchMethod, SearchRecord, StopReason
from tuner.platforms.base import Foresight, InvocationRequest, Platform
from tuner.platforms.registry import function_caller, object_reader, open_platform
from tuner.price_age import old_prices_warning
from tuner.recommend import considered_sizes
from tuner.records import Condition, Invocation, MeasurementSet, RunWarning, Spent, TuningResult
from tuner.runfile import load_run
from tuner.search.outcome import edge_warning, outcome_of, outcome_warning
from tuner.settings import Settings, Target, load_settings, read_options
from tuner.timeout import recommend_timeout
from tuner.tuning.measuring import measure
from tuner.tuning.planning import Preview, make_preview


def tune(target: str, **options: Any) -> TuningResult:
    """Measure a function, fit its duration curve and recommend memory and timeout.

    A function on AWS is invoked, and changed for seconds, without further asking; see docs/aws.md.

    Args:
        target: a name from tuner.toml, `aws:NAME-or-ARN`, `local:PATH:HANDLER`,
            `local:template.yaml:LogicalId`, `command:PATH`, `model:NAME`, `model:FILE.toml` or `replay:FILE`.
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
    payloads, events = open_events(settings)
    platform = open_platform(settings.target, settings.options)
    found: TuningResult | None = None
    try:
        with platform:
            found = run_on(platform, settings, payloads, events, on_plan=on_plan, observer=observer)
    except NotRestoredError as left:
        left.result = found
        raise
    return found


def run_on(
    platform: Platform,
    settings: Settings,
    payloads: Payloads,
    events: Events,
    *,
    on_plan: Callable[[Preview], None] = lambda _: None,
    observer: Observer = lambda _: None,
) -> TuningResult:
    """One run on a platform that is already entered; see `run`."""
    preview = make_preview(platform.describe(), settings.options, payloads)
    on_plan(preview)
    session = _open_session(platform, preview, events, observer)
    measurements = _measured(platform, session, preview, settings.target, payloads)
    return _result(replace(settings, options=preview.options), analyse(measurements, preview.options))


def rehearse(settings: Settings, *, on_plan: Callable[[Preview], None]) -> Invocation | None:
    """The plan of a run, and where invocations are billed one call of the function as it is deployed.

    Nothing is changed. None where no call was made.
    """
    payloads, events = open_events(settings)
    with open_platform(settings.target, settings.options) as platform:
        preview = make_preview(platform.describe(), settings.options, payloads)
        on_plan(preview)
        today = preview.description.current
        if not preview.description.paid or today is None:
            return None
        platform.prepare([today.memory_mb], timeout_s=today.timeout_s)
        with events.event(index=0, nth=0, memory_mb=today.memory_mb) as event:
            call = platform.invoke(InvocationRequest(today.memory_mb, today.timeout_s, event.payload))
            event.outcome = call.outcome
        return call


def _open_session(platform: Platform, preview: Preview, events: Events, observer: Observer) -> Session:
    description = preview.description
    conditions = {"architecture": description.architecture, **description.conditions}
    price = None if description.relative else price_of(prices_of(preview.options, conditions))
    return Session(platform, preview.plan, events=events, price=price, observer=observer)


def _measured(
    platform: Platform, session: Session, preview: Preview, target: Target, payloads: Payloads
) -> MeasurementSet:
    """Everything that the plan asks for, with the run's name and conditions."""
    plan, options = preview.plan, preview.options
    foresight = _foresee(platform, plan, payloads.sample)

    def conclude(found: MeasurementSet) -> MeasurementSet:
        return _with_conditions(found, preview, target, foresight, payloads)

    if plan.method is SearchMethod.PREDICT:
        return _predicted(conclude(session.finished()), plan, foresight)
    return measure(session, plan, options, conclude)


def open_events(settings: Settings) -> tuple[Payloads, Events]:
    """The events of a run and its hooks, read and checked before anything is invoked."""
    options, root = settings.options, settings.target.root
    payloads = read_payloads(
        payload=options.payload,
        lines=options.payload_lines,
        weighted=options.payload_weighted,
        once=options.payload_once,
        root=root,
        fetch=object_reader(options),
    )
    invoke = function_caller(options)
    before, after = (
        load_hook(text, root=root, invoke=invoke) if text else None
        for text in (options.before, options.after)
    )
    return payloads, Events(payloads, before=before, after=after)


def _foresee(platform: Platform, plan: Plan, payload: bytes) -> Foresight | None:
    """What the platform can tell of every size from a few calls at full speed.

    A grid stands for itself. A function that fails there may still run at other sizes.
    """
    if plan.method is SearchMethod.GRID:
        return None
    sizes = [int(size) for size in considered_sizes(MEMORY_MIN_MB, MEMORY_MAX_MB, plan.range_mb)]
    try:
        return platform.predict(timeout_s=plan.timeout_s, payload=payload, memory_mb=sizes)
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
        # An event and a caller's identity stay out of run files.
        options=plain(options) | dict.fromkeys(("payload", *CONNECTION_OPTIONS)),
        warnings=(
            *measurements.warnings,
            *filter(None, [old_prices_warning(prices, datetime.now(UTC).date())]),
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
    measurements: MeasurementSet,
    preview: Preview,
    target: Target,
    foresight: Foresight | None,
    payloads: Payloads,
) -> MeasurementSet:
    """The set under the name that the user gave the function, with what two runs must share."""
    conditions: dict[str, Condition] = {
        "architecture": preview.description.architecture,
        "payload_sha256": payloads.sha256,
        "payloads": payloads.description,
        **({} if preview.payload is None else {"payload": preview.payload}),
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
        flag = f"--{name.replace('_', '-')}"
        text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if name == "payload" and not text.startswith(("@", "s3://")):
            text = "@PAYLOAD-FILE"
        words += [flag] if value is True else [flag, text]
    return shlex.join(words)
