"""The rows of the table: each memory size with what was measured there, or what the curve says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from cost_models.cpu import vcpu_share
from cost_models.pricing import Usage, line_items, total
from tuner.recommend.cold import cold_starts, mixture
from tuner.recommend.evaluation import INTERVAL, PER_MILLION, Evaluation
from tuner.recommend.evidence import Evidence
from tuner.recommend.summaries import estimate, invoices_usd, own_interval, summary
from tuner.records import Basis, Candidate, DurationSummary, Invocation


def build_candidates(sizes: Iterable[int], evidence: Evidence) -> tuple[Candidate, ...]:
    """One candidate a size, ascending; the Pareto front is marked among those that may be recommended."""
    rows = [_with_cold(_candidate(size, evidence), evidence) for size in sorted(set(sizes))]
    front = _pareto_front([row for row in rows if row.rejected is None], evidence.evaluation)
    return tuple(replace(row, on_pareto_front=row.memory_mb in front) for row in rows)


def interval(draws: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of draws, shape (draws,)."""
    low, high = np.quantile(draws, INTERVAL)
    return float(low), float(high)


def _candidate(size: int, evidence: Evidence) -> Candidate:
    every = evidence.measurements.at(size)
    row = Candidate(
        memory_mb=size,
        vcpus=vcpu_share(size),
        basis=Basis.MEASURED,
        invocations=len(every),
        outcomes=evidence.measurements.outcomes(size),
        init_duration_ms=_init(every),
        max_memory_used_mb=max((c.max_memory_used_mb or 0 for c in every), default=0) or None,
        rejected=evidence.rejected.get(size),
    )
    column = evidence.evaluation.position(size)
    if calls := evidence.measurements.warm(size):
        return _measured(row, calls, evidence)
    if column is None or every:
        return replace(row, rejected=row.rejected or "not enough invocations succeeded")
    if evidence.can_be_answers[column]:
        return replace(_from_curve(row, column, evidence), basis=Basis.PREDICTED)
    low, high = evidence.curve.fitted_range_mb
    if low <= size <= high:
        return _from_curve(row, column, evidence)
    reason = "outside the measured sizes: extrapolated, never recommended"
    row = replace(row, rejected=row.rejected or reason)
    return replace(_from_curve(row, column, evidence), basis=Basis.EXTRAPOLATED)


def _with_cold(row: Candidate, evidence: Evidence) -> Candidate:
    row = replace(row, cold=cold_starts(evidence.measurements.at(row.memory_mb), evidence.prices))
    return replace(row, mixture=mixture(row, evidence.options.cold_share))


def _measured(row: Candidate, calls: Sequence[Invocation], evidence: Evidence) -> Candidate:
    """The plain means of the calls, with the curve's interval for the expected value."""
    durations = np.array([c.duration_ms for c in calls], dtype=float)
    invoices = invoices_usd(calls, evidence.prices) * PER_MILLION
    billed_ms = _mean([c.billed_duration_ms for c in calls])
    column = evidence.evaluation.position(row.memory_mb)
    if column is None:
        raise AssertionError("a size with warm samples is in the fitted range")
    duration_bounds = interval(evidence.evaluation.duration_ms[:, column])
    cost_bounds = interval(evidence.evaluation.cost_usd[:, column] * PER_MILLION)
    return replace(
        row,
        duration_ms=_of_single_calls(summary(durations, duration_bounds), evidence),
        billed_duration_mean_ms=billed_ms,
        cost_usd_per_month=None
        if billed_ms is None
        else _monthly_bill_usd(row.memory_mb, billed_ms, evidence),
        cost_usd_per_million=estimate(float(invoices.mean()), cost_bounds),
        sample_duration_ms=own_interval(durations),
        sample_cost_usd_per_million=own_interval(invoices),
    )


def _from_curve(row: Candidate, column: int, evidence: Evidence) -> Candidate:
    evaluation = evidence.evaluation
    duration = evaluation.duration_ms[:, column]
    cost = evaluation.cost_usd[:, column] * PER_MILLION
    mean = float(duration.mean())
    p50, p95, p99 = (mean * evaluation.quantile_ratio[q] for q in ("p50", "p95", "p99"))
    return replace(
        row,
        basis=Basis.FITTED,
        duration_ms=_of_single_calls(DurationSummary(mean, p50, p95, p99, *interval(duration)), evidence),
        cost_usd_per_million=estimate(float(cost.mean()), interval(cost)),
        cost_usd_per_month=_monthly_bill_usd(
            row.memory_mb, float(evaluation.billed_ms[:, column].mean()), evidence
        ),
    )


def _of_single_calls(durations: DurationSummary, evidence: Evidence) -> DurationSummary:
    """The durations without quantiles where no single call is known."""
    if not evidence.measurements.holds_means:
        return durations
    return replace(durations, p50=math.nan, p95=math.nan, p99=math.nan)


def _monthly_bill_usd(memory_mb: int, billed_ms: float, evidence: Evidence) -> float | None:
    """The bill [USD] of a month at the volume asked for, by line items, so that price tiers count."""
    calls = evidence.options.invocations_per_month
    if calls is None:
        return None
    prices = evidence.prices
    billed = round(billed_ms * calls)
    usage = Usage(memory_mb, invocations=calls, billed_ms=billed, ephemeral_mb=prices.ephemeral_mb)
    return float(total(line_items(prices, usage)))


def _init(calls: Sequence[Invocation]) -> DurationSummary | None:
    """Init durations of the cold calls; the interval of the mean is their range, for there are few."""
    inits = np.array([c.init_duration_ms for c in calls if c.init_duration_ms is not None], dtype=float)
    return summary(inits, (float(inits.min()), float(inits.max()))) if inits.size else None


def _mean(values: Sequence[int | None]) -> float | None:
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def _pareto_front(rows: Sequence[Candidate], evaluation: Evaluation) -> set[int]:
    """Sizes that no other is both cheaper and faster than, by their expected values."""
    points = {}
    for row in rows:
        column = evaluation.position(row.memory_mb)
        if column is not None:
            points[row.memory_mb] = (
                evaluation.mean_cost_usd[column],
                evaluation.mean_duration_ms[column],
            )
    return {
        size
        for size, (cost, duration) in points.items()
        if not any(c <= cost and d <= duration and (c, d) != (cost, duration) for c, d in points.values())
    }
