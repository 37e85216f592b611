"""The loops that drive a session: through a grid of sizes, or to where the answer is still in doubt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tuner.analysis import weigh
from tuner.measure.session import Session
from tuner.options import RunOptions
from tuner.plans import Plan, SearchMethod, SearchRecord, StopReason
from tuner.recommend import Evidence, choose, expected_loss, expected_regret
from tuner.records import MeasurementSet
from tuner.search import next_step

FEWEST_SAMPLES = 3
"""Warm invocations that a size needs to be the end of a search, unless a bound ends it."""
SURELY = 2.0
"""In units of `--regret`: what the regret must stay within with 90 % probability."""

Conclude = Callable[[MeasurementSet], MeasurementSet]


def measure(session: Session, plan: Plan, options: RunOptions, conclude: Conclude) -> MeasurementSet:
    """Everything that the plan asks for, within its bounds; `conclude` adds the run's name and conditions."""
    found = _measure_warm(session, plan, options, conclude)
    if options.cold_starts is None:
        return found
    session.measure_cold(found.warm_durations_ms(), options.cold_starts)
    return replace(conclude(session.finished()), search=found.search)


def _measure_warm(session: Session, plan: Plan, options: RunOptions, conclude: Conclude) -> MeasurementSet:
    def so_far(stopped_by: StopReason) -> MeasurementSet:
        record = SearchRecord(plan.method, plan.range_mb, stopped_by)
        return replace(conclude(session.finished()), search=record)

    if plan.method is SearchMethod.GRID:
        session.measure(plan.memory_sizes_mb, plan.samples)
        return so_far(session.stopped_by or StopReason.GRID)
    _begin(session, plan, options, so_far)
    while not session.stopped_by:
        found = so_far(StopReason.REGRET)
        evidence = weigh(found, options)
        if not evidence.in_play.size:
            return found
        answer = choose(options.strategy, evidence)
        if answer is not None and _is_settled(evidence, answer, options):
            size = int(evidence.evaluation.memory_mb[answer])
            missing = FEWEST_SAMPLES - len(found.warm(size))
            if missing <= 0 or session.calls_for(size, missing) is None:
                return found
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
        session.measure([step.memory_mb], step.samples)
    return so_far(session.stopped_by)


def _begin(
    session: Session, plan: Plan, options: RunOptions, so_far: Callable[[StopReason], MeasurementSet]
) -> None:
    """Measure the starting sizes, except those that a larger one has shown to be no answer."""
    session.prepare(plan.memory_sizes_mb)
    for size in plan.memory_sizes_mb:
        found = so_far(StopReason.REGRET)
        if found.warm_durations_ms() and weigh(found, options).is_ruled_out(size):
            continue
        session.measure([size], plan.samples)


def _is_settled(evidence: Evidence, answer: int, options: RunOptions) -> bool:
    """Whether the answer loses little on average, in both aims together, and surely not much in the first."""
    regret = expected_regret(options.strategy, evidence, answer)
    loss = expected_loss(options.strategy, evidence, answer)
    return max(regret.mean, loss, regret.bound / SURELY) <= options.regret_target
