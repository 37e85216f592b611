"""The loops that drive a session: through a grid of sizes, or to where the answer is still in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tuner.analysis import weigh
from tuner.measure.session import Session
from tuner.options import RunOptions
from tuner.plans import Plan, SearchMethod, SearchRecord, StopReason
from tuner.recommend import Evidence, choose, expected_loss
from tuner.records import MeasurementSet, Regret
from tuner.search import next_step
from tuner.tuning.outlook import Observer, Outlook, Purpose, purpose_of, standing_of

FEWEST_SAMPLES = 3
"""Warm invocations that a size needs to be the end of a search, unless a bound ends it."""
SURELY = 2.0
"""In units of `--regret`: what the regret must stay within with 90 % probability."""

Conclude = Callable[[MeasurementSet], MeasurementSet]


def measure(
    session: Session,
    plan: Plan,
    options: RunOptions,
    conclude: Conclude,
    observer: Observer = lambda _: None,
) -> MeasurementSet:
    """Everything that the plan asks for, within its bounds; `conclude` adds the run's name and conditions.

    `observer` is told before each step what it is for; the calls themselves are the session's to tell.
    """
    found = _measure_warm(session, plan, options, conclude, observer)
    if options.cold_starts is None:
        return found
    sizes = tuple(found.warm_durations_ms())
    observer(Outlook(Purpose.COLD, sizes))
    session.measure_cold(sizes, options.cold_starts)
    return replace(conclude(session.finished()), search=found.search)


def _measure_warm(
    session: Session, plan: Plan, options: RunOptions, conclude: Conclude, observer: Observer
) -> MeasurementSet:
    def so_far(stopped_by: StopReason) -> MeasurementSet:
        record = SearchRecord(plan.method, plan.range_mb, stopped_by)
        return replace(conclude(session.finished()), search=record)

    if plan.method is SearchMethod.GRID:
        observer(Outlook(Purpose.GRID, plan.memory_sizes_mb, plan.invocations_each))
        session.measure(plan.memory_sizes_mb, plan.samples)
        return so_far(session.stopped_by or StopReason.GRID)
    _begin(session, plan, options, so_far, observer)
    while not session.stopped_by:
        found = so_far(StopReason.REGRET)
        evidence = weigh(found, options)
        if not evidence.in_play.size:
            return found
        answer = choose(options.strategy, evidence)
        standing = standing_of(evidence, answer, options)
        if answer is not None and standing.regret and _is_settled(evidence, answer, standing.regret, options):
            size = int(evidence.evaluation.memory_mb[answer])
            missing = FEWEST_SAMPLES - len(found.warm(size))
            calls = session.calls_for(size, missing)
            if missing <= 0 or calls is None:
                return found
            observer(Outlook(Purpose.ENOUGH_CALLS, (size,), calls, standing))
            session.measure([size], missing)
            continue
        step = next_step(
            options.strategy,
            evidence,
            batch=plan.samples,
            calls_for=session.calls_for,
            calls_left=session.invocations_left,
            seed=options.seed + len(found.invocations),
        )
        if step is None:
            return so_far(StopReason.MAX_INVOCATIONS)
        size, calls = step.memory_mb, session.calls_for(step.memory_mb, step.samples)
        observer(Outlook(purpose_of(size, standing), (size,), calls or 0, standing))
        session.measure([size], step.samples)
    return so_far(session.stopped_by)


def _begin(
    session: Session,
    plan: Plan,
    options: RunOptions,
    so_far: Callable[[StopReason], MeasurementSet],
    observer: Observer,
) -> None:
    """Measure the starting sizes, except those that a larger one has shown to be no answer."""
    session.prepare(plan.memory_sizes_mb)
    for size in plan.memory_sizes_mb:
        found = so_far(StopReason.REGRET)
        standing = None
        if found.warm_durations_ms():
            evidence = weigh(found, options)
            if evidence.is_ruled_out(size):
                continue
            standing = standing_of(evidence, choose(options.strategy, evidence), options)
        observer(Outlook(Purpose.START, (size,), session.calls_for(size, plan.samples) or 0, standing))
        session.measure([size], plan.samples)


def _is_settled(evidence: Evidence, answer: int, regret: Regret, options: RunOptions) -> bool:
    """Whether the answer loses little on average, in both aims together, and surely not much in the first."""
    loss = expected_loss(options.strategy, evidence, answer)
    return max(regret.mean, loss, regret.bound / SURELY) <= options.regret_target
