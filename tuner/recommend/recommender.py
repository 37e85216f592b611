"""The recommendation for every strategy, from a curve, prices and constraints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cost_models.pricing import Prices
from tuner.errors import NoAnswerError
from tuner.fit import DurationCurve
from tuner.landscape import Landscape
from tuner.options import RunOptions
from tuner.recommend.candidates import build_candidates, interval
from tuner.recommend.eligible import infeasible
from tuner.recommend.evaluation import PER_MILLION, Evaluation, evaluate
from tuner.recommend.evidence import Evidence, gather
from tuner.recommend.landscape import survey
from tuner.recommend.reasons import compare_with_current, explain
from tuner.recommend.strategies import choose, expected_regret
from tuner.records import (
    BandPoint,
    Candidate,
    CurveSummary,
    Estimate,
    MeasurementSet,
    Recommendation,
    Strategy,
)
from tuner.units import format_memory

BAND_POINTS = 96


@dataclass(frozen=True, slots=True)
class Advice:
    """What follows from a measurement set: the rows of the table and a recommendation a strategy."""

    candidates: tuple[Candidate, ...]
    recommendations: Mapping[Strategy, Recommendation]
    curve: CurveSummary
    landscape: Landscape


def recommend(
    curve: DurationCurve,
    measurements: MeasurementSet,
    prices: Prices,
    options: RunOptions,
    *,
    extrapolated_mb: tuple[int, ...] = (),
) -> Advice:
    """The answer for each strategy: the measured size that is as good as any, with its expected regret.

    Args:
        extrapolated_mb: sizes above the measured ones to show, marked; they are never recommended.

    Raises:
        NoAnswerError: no size satisfies the constraints (`InfeasibleError`), or none that was measured.
    """
    evidence = gather(curve, measurements, prices, options, also_mb=extrapolated_mb)
    if not evidence.allowed.size:
        raise infeasible(evidence.evaluation, evidence.rejected, options)
    columns = {strategy: _choose(strategy, evidence) for strategy in Strategy}
    picked = {int(evidence.evaluation.memory_mb[column]) for column in columns.values()}
    sizes = {*measurements.memory_sizes_mb, *extrapolated_mb, *picked}
    if measurements.current and evidence.today is not None:
        sizes.add(measurements.current.memory_mb)
    rows = build_candidates(sizes, evidence)
    recommendations = {
        strategy: _recommendation(strategy, column, evidence, rows) for strategy, column in columns.items()
    }
    return Advice(rows, recommendations, _summary(evidence, extrapolated_mb), survey(evidence, rows))


def _choose(strategy: Strategy, evidence: Evidence) -> int:
    column = choose(strategy, evidence)
    if column is not None:
        return column
    sizes = evidence.evaluation.memory_mb[evidence.allowed]
    low, high = (format_memory(int(sizes[end])) for end in (0, -1))
    raise NoAnswerError(
        f"sizes from {low} to {high} would satisfy the constraints, but none of them was measured",
        "let the search measure more (--max-invocations), or name one in --memory-sizes",
    )


def _recommendation(
    strategy: Strategy, column: int, evidence: Evidence, rows: Sequence[Candidate]
) -> Recommendation:
    size = int(evidence.evaluation.memory_mb[column])
    change, comparison = compare_with_current(column, evidence)
    return Recommendation(
        strategy=strategy,
        candidate=next(row for row in rows if row.memory_mb == size),
        reasons=(*comparison, *explain(strategy, column, evidence)),
        expected_regret=expected_regret(strategy, evidence, column),
        change_from_current=change,
    )


def _summary(evidence: Evidence, extrapolated_mb: Sequence[int]) -> CurveSummary:
    """The curve over the measured sizes, and on to the largest one that is shown beyond them."""
    curve = evidence.curve
    low, high = evidence.known_range_mb
    top = max((*extrapolated_mb, high))
    inside = np.geomspace(low, high, BAND_POINTS).round()
    beyond = np.geomspace(high, top, 12).round() if top > high else np.array([])
    drawn = np.unique(np.concatenate([inside, beyond, np.array(extrapolated_mb)])).astype(int)
    band = evaluate(curve, evidence.prices, drawn, extrapolate=True)
    return CurveSummary(
        family=curve.family,
        parameters=dict(curve.parameters),
        family_weights={fit.name: fit.weight for fit in curve.families},
        fitted_range_mb=curve.fitted_range_mb,
        noise_cv=curve.noise_cv,
        deviation=curve.deviation,
        misfit=curve.misfit,
        band=tuple(
            band_point(band, column, extrapolated=not low <= size <= high)
            for column, size in enumerate(drawn.tolist())
        ),
    )


def band_point(evaluation: Evaluation, column: int, *, extrapolated: bool = False) -> BandPoint:
    """Expected duration and cost at the size in a column."""
    duration = evaluation.duration_ms[:, column]
    cost = evaluation.cost_usd[:, column] * PER_MILLION
    return BandPoint(
        memory_mb=int(evaluation.memory_mb[column]),
        duration_ms=Estimate(float(duration.mean()), *interval(duration)),
        cost_usd_per_million=Estimate(float(cost.mean()), *interval(cost)),
        extrapolated=extrapolated,
    )
