"""Results that are hard on a page, built by hand from those of `report_cases`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from report_cases import CASES, cost_estimate, curve, improvement, measured, result, summary

from tuner.records import Basis, Candidate, Estimate, Invocation, Outcome, TuningResult
from tuner.reporting.html import render_html


def thousand_sizes() -> TuningResult:
    sizes = tuple(measured(m) for m in range(128, 1128))
    return result(
        candidates=sizes, chosen_mb=512, today_mb=None, reasons=("the cheapest",), fit=curve(128, 1127)
    )


def hundred_thousand_calls() -> TuningResult:
    base = improvement()
    calls = tuple(
        Invocation(
            memory_mb=(128, 512, 1024)[i % 3],
            outcome=Outcome.OK,
            duration_ms=50.0 + (i * 7919 % 10_007) / 100,
            init_duration_ms=200.0 if i % 50 == 0 else None,
            sequence=i,
        )
        for i in range(100_000)
    )
    return replace(base, measurements=replace(base.measurements, invocations=calls))


def huge_numbers() -> TuningResult:
    def huge(candidate: Candidate) -> Candidate:
        return replace(
            candidate,
            duration_ms=summary(1e305),
            cost_usd_per_million=Estimate(1e308, 1e307, 1.7e308),
            sample_duration_ms=Estimate(1e308, 0.0, float("inf")),
        )

    base = improvement()
    candidates = tuple(huge(c) if c.memory_mb == 1024 else c for c in base.candidates)
    chosen = next(c for c in candidates if c.memory_mb == 1024)
    calls = (
        *base.measurements.invocations,
        Invocation(512, Outcome.OK, 1e308),
        Invocation(512, Outcome.OK, 1e-9),
    )
    return replace(
        base,
        candidates=candidates,
        recommendation=replace(base.recommendation, candidate=chosen),
        measurements=replace(base.measurements, invocations=calls),
    )


def all_failed_but_one() -> TuningResult:
    base = CASES["failed_sizes"]()
    broken = tuple(
        c
        if c.memory_mb == 1769
        else replace(
            c,
            duration_ms=None,
            cost_usd_per_million=None,
            outcomes={Outcome.TIMEOUT: 3},
            rejected="not enough invocations succeeded",
        )
        for c in base.candidates
    )
    return replace(base, candidates=broken, curve=None)


def unknown_costs() -> TuningResult:
    only = replace(measured(512), cost_usd_per_million=None, basis=Basis.MEASURED)
    return result(candidates=(only,), chosen_mb=512, today_mb=None, reasons=("the only one",))


def wide_intervals() -> TuningResult:
    sizes = tuple(
        replace(
            measured(m),
            sample_duration_ms=Estimate(100.0, 0.0, 9_000.0),
            sample_cost_usd_per_million=cost_estimate(m, 100.0, 20.0),
        )
        for m in (128, 1024)
    )
    return result(candidates=sizes, chosen_mb=128, today_mb=1024, reasons=("cheapest",), fit=curve(128, 1024))


def two_calls_at_128_mb() -> TuningResult:
    """Each size with an interval of its own calls; that of two reaches from zero to nine times the mean."""
    base = improvement()
    calls = [i for i in base.measurements.invocations if i.memory_mb != 128 or i.sequence < 3]
    candidates = tuple(
        replace(
            c,
            sample_duration_ms=Estimate(
                mean, *((0.0, 9 * mean) if c.memory_mb == 128 else (0.9 * mean, 1.1 * mean))
            ),
            sample_cost_usd_per_million=c.cost_usd_per_million,
        )
        if c.basis is Basis.MEASURED and c.duration_ms and (mean := c.duration_ms.mean)
        else c
        for c in base.candidates
    )
    return replace(
        base, candidates=candidates, measurements=replace(base.measurements, invocations=tuple(calls))
    )


PAGE_CASES = CASES | {
    case.__name__: case
    for case in (
        thousand_sizes,
        hundred_thousand_calls,
        huge_numbers,
        all_failed_but_one,
        unknown_costs,
        wide_intervals,
        two_calls_at_128_mb,
    )
}


@cache
def page_of(case: str) -> str:
    return render_html(PAGE_CASES[case]())
