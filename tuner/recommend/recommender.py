"""The recommendation for every strategy, from a curve, prices and constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cost_models.pricing import Prices
from tuner.fit import DurationCurve
from tuner.options import RunOptions
from tuner.recommend.candidates import build_candidates, interval
from tuner.recommend.eligible import refuse_infeasible, rejections
from tuner.recommend.evaluation import PER_MILLION, Evaluation, evaluate
from tuner.recommend.evidence import Evidence
from tuner.recommend.reasons import compare_with_current, explain
from tuner.recommend.strategies import Choice, choose, tied_with
from tuner.records import (
    BandPoint,
    Candidate,
    CurveSummary,
    Estimate,
    MeasurementSet,
    Recommendation,
    Strategy,
)

KEEP_CURRENT = 0.05
"""Today's size is kept when it is tied for the strategy's aim and at most 5 % worse in the other: a change
costs a deployment."""
BAND_POINTS = 96


@dataclass(frozen=True, slots=True)
class Advice:
    """What follows from a measurement set: the rows of the table and a recommendation a strategy."""

    candidates: tuple[Candidate, ...]
    recommendations: Mapping[Strategy, Recommendation]
    curve: CurveSummary


def recommend(
    curve: DurationCurve,
    measurements: MeasurementSet,
    prices: Prices,
    options: RunOptions,
    *,
    extrapolated_mb: tuple[int, ...] = (),
    measured_only: bool = True,
) -> Advice:
    """The answer for each strategy, over every size in the fitted range in 1 MB steps.

    Args:
        extrapolated_mb: sizes above the range to show, marked; they are never recommended.
        measured_only: take the nearest measured size where the best one was only fitted. Without it the
            answer may be a size that is still to be measured.

    Raises:
        InfeasibleError: no size satisfies the constraints.
    """
    low, high = curve.fitted_range_mb
    evaluation = evaluate(curve, prices, np.arange(low, high + 1))
    beyond = _evaluate_beyond(curve, prices, extrapolated_mb)
    rejected = rejections(evaluation, measurements, options)
    refuse_infeasible(evaluation, rejected, options)
    evidence = Evidence(measurements, prices, options, evaluation, beyond, rejected)
    choices = {strategy: _choose(strategy, evidence, measured_only) for strategy in Strategy}
    picked = {int(evaluation.memory_mb[choice.column]) for choice in choices.values()}
    sizes = {*measurements.memory_sizes_mb, *picked, *extrapolated_mb}
    if measurements.current and evidence.today is not None:
        sizes.add(measurements.current.memory_mb)
    rows = build_candidates(sizes, evidence)
    recommendations = {
        strategy: _recommendation(strategy, choice, evidence, rows) for strategy, choice in choices.items()
    }
    return Advice(rows, recommendations, _summary(curve, evaluation, beyond))


def _choose(strategy: Strategy, evidence: Evidence, measured_only: bool) -> Choice:
    """The strategy's pick, or today's size where nothing is surely better."""
    evaluation, today = evidence.evaluation, evidence.today
    choice = choose(
        strategy,
        evaluation,
        evidence.allowed,
        evidence.options,
        measured=evidence.measured,
        measured_only=measured_only,
    )
    if today is None or today == choice.column or today not in choice.tied:
        return choice
    other = evaluation.cost_usd if strategy is Strategy.SPEED else evaluation.duration_ms
    close = tied_with(other, choice.column, np.array([today]), same=KEEP_CURRENT)
    return replace(choice, column=today) if close.size else choice


def _recommendation(
    strategy: Strategy, choice: Choice, evidence: Evidence, rows: Sequence[Candidate]
) -> Recommendation:
    size = int(evidence.evaluation.memory_mb[choice.column])
    change, comparison = compare_with_current(choice, evidence)
    return Recommendation(
        strategy=strategy,
        candidate=next(row for row in rows if row.memory_mb == size),
        reasons=(*comparison, *explain(strategy, choice, evidence)),
        change_from_current=change,
    )


def _evaluate_beyond(
    curve: DurationCurve, prices: Prices, extrapolated_mb: tuple[int, ...]
) -> Evaluation | None:
    """The curve at the sizes to extrapolate to, and on the way there, so that it can be drawn."""
    low, high = curve.fitted_range_mb
    outside = [size for size in extrapolated_mb if not low <= size <= high]
    if not outside:
        return None
    way = np.geomspace(high, max(*outside, high + 1), 12).round().astype(int)[1:]
    return evaluate(curve, prices, np.unique([*outside, *(int(size) for size in way)]), extrapolate=True)


def _summary(curve: DurationCurve, evaluation: Evaluation, beyond: Evaluation | None) -> CurveSummary:
    low, high = curve.fitted_range_mb
    drawn = np.unique(np.geomspace(low, high, BAND_POINTS).round().astype(int))
    band = [_band_point(evaluation, int(size) - low) for size in drawn]
    if beyond is not None:
        band += [_band_point(beyond, column, extrapolated=True) for column in range(beyond.memory_mb.size)]
    return CurveSummary(
        family=curve.family,
        parameters=dict(curve.parameters),
        family_weights={fit.name: fit.weight for fit in curve.families},
        fitted_range_mb=curve.fitted_range_mb,
        noise_cv=curve.noise_cv,
        deviation=curve.deviation,
        misfit=curve.misfit,
        band=tuple(sorted(band, key=lambda point: point.memory_mb)),
    )


def _band_point(evaluation: Evaluation, column: int, *, extrapolated: bool = False) -> BandPoint:
    duration = evaluation.duration_ms[:, column]
    cost = evaluation.cost_usd[:, column] * PER_MILLION
    return BandPoint(
        memory_mb=int(evaluation.memory_mb[column]),
        duration_ms=Estimate(float(duration.mean()), *interval(duration)),
        cost_usd_per_million=Estimate(float(cost.mean()), *interval(cost)),
        extrapolated=extrapolated,
    )
