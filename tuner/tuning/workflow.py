"""The whole way from a target to a result: measure, fit, recommend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from tuner.analysis import analyse, price_of, prices_of
from tuner.errors import MeasurementError, NotRestoredError, UsageError
from tuner.measure.events import Events
from tuner.measure.hooks import load_hook
from tuner.measure.payloads import Payloads, read_payloads
from tuner.measure.quality import pardon_disturbed
from tuner.measure.session import Session
from tuner.options import OPTION_FIELDS
from tuner.plans import Plan, SearchMethod, SearchRecord, StopReason
from tuner.platforms.base import Foresight, InvocationRequest, Platform
from tuner.platforms.registry import function_caller, object_reader, open_platform
from tuner.recommend import considered_sizes
from tuner.records import Condition, Invocation, MeasurementSet, TuningResult
from tuner.settings import Settings, Target, load_settings
from tuner.tuning.measuring import measure
from tuner.tuning.outlook import Observer, Outlook, Purpose
from tuner.tuning.planning import Preview, make_preview
from tuner.tuning.replaying import replay_settings
from tuner.tuning.result import result_of


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
        return replay_settings(settings)
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
    measurements = _measured(platform, session, preview, settings.target, payloads, observer=observer)
    return result_of(replace(settings, options=preview.options), analyse(measurements, preview.options))


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
    platform: Platform,
    session: Session,
    preview: Preview,
    target: Target,
    payloads: Payloads,
    *,
    observer: Observer,
) -> MeasurementSet:
    """Everything that the plan asks for, with the run's name and conditions."""
    plan, options = preview.plan, preview.options
    if plan.method is not SearchMethod.GRID:
        observer(Outlook(Purpose.WATCH))
    foresight = _foresee(platform, plan, payloads.sample)

    def conclude(found: MeasurementSet) -> MeasurementSet:
        return _with_conditions(found, preview, target, foresight, payloads)

    if plan.method is SearchMethod.PREDICT:
        return _predicted(conclude(session.finished()), plan, foresight)
    return measure(session, plan, options, conclude, observer)


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
    calls, warnings = pardon_disturbed(foresight.calls)
    return replace(found, invocations=calls, search=record, warnings=(*found.warnings, *warnings))


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
