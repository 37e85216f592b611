"""Results built by hand, one per case a report must tell well. Deterministic: no measuring, no randomness."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from tuner.plans import SearchMethod, SearchOutcome, StopReason
from tuner.records import (
    BandPoint,
    Basis,
    Candidate,
    Change,
    CurveSummary,
    DurationSummary,
    Estimate,
    FunctionSettings,
    Invocation,
    MeasurementSet,
    Outcome,
    Recommendation,
    Regret,
    RunWarning,
    Spent,
    Strategy,
    TimeoutAdvice,
    TuningResult,
)

USD_PER_GB_S = 0.0000166667
USD_PER_REQUEST = 0.20 / 1e6
SIZES = (128, 256, 512, 1024, 1769, 3008)
# Where the measured means fall beside the true curve.
WOBBLE = {128: 1.012, 256: 0.985, 512: 1.02, 1024: 0.991, 1769: 1.015, 3008: 0.98}


def duration(memory_mb: int, io_ms: float = 8.0, cpu_ms: float = 60.0) -> float:
    return io_ms + cpu_ms * 1769 / min(memory_mb, 1769)


def cost(memory_mb: int, duration_ms: float) -> float:
    return (memory_mb / 1024 * duration_ms / 1000 * USD_PER_GB_S + USD_PER_REQUEST) * 1e6


def summary(mean: float, relative_width: float = 0.03) -> DurationSummary:
    return DurationSummary(
        mean=mean,
        p50=mean * 0.98,
        p95=mean * 1.17,
        p99=mean * 1.35,
        low=mean * (1 - relative_width),
        high=mean * (1 + relative_width),
    )


def cost_estimate(memory_mb: int, mean: float, relative_width: float = 0.03) -> Estimate:
    width = {-1: 1 - relative_width, 1: 1 + relative_width}
    return Estimate(*(cost(memory_mb, mean * f) for f in (1, width[-1], width[1])))


def measured(memory_mb: int, *, on_front: bool = False, **model: float) -> Candidate:
    mean = duration(memory_mb, **model) * WOBBLE.get(memory_mb, 1.0)
    return Candidate(
        memory_mb=memory_mb,
        vcpus=memory_mb / 1769,
        basis=Basis.MEASURED,
        invocations=32,
        outcomes={Outcome.OK: 32},
        duration_ms=summary(mean),
        billed_duration_mean_ms=math.ceil(mean),
        init_duration_ms=summary(212.0, 0.1),
        max_memory_used_mb=87,
        cost_usd_per_million=cost_estimate(memory_mb, mean),
        on_pareto_front=on_front,
    )


def fitted(memory_mb: int, basis: Basis = Basis.FITTED, **model: float) -> Candidate:
    mean = duration(memory_mb, **model)
    return Candidate(
        memory_mb=memory_mb,
        vcpus=memory_mb / 1769,
        basis=basis,
        duration_ms=summary(mean, 0.02),
        cost_usd_per_million=cost_estimate(memory_mb, mean, 0.02),
    )


def failed(memory_mb: int, outcome: Outcome, calls: int = 3) -> Candidate:
    return Candidate(
        memory_mb=memory_mb,
        vcpus=memory_mb / 1769,
        basis=Basis.MEASURED,
        invocations=calls,
        outcomes={outcome: calls},
        rejected="not enough invocations succeeded",
    )


def invocations(candidates: tuple[Candidate, ...]) -> tuple[Invocation, ...]:
    calls: list[Invocation] = []
    for candidate in candidates:
        for outcome, count in candidate.outcomes.items():
            for i in range(count):
                ok = outcome is Outcome.OK and candidate.duration_ms is not None
                calls.append(
                    Invocation(
                        memory_mb=candidate.memory_mb,
                        outcome=outcome,
                        duration_ms=candidate.duration_ms.mean if ok and candidate.duration_ms else None,
                        init_duration_ms=212.0 if ok and i == 0 else None,
                        error_type="Runtime.OutOfMemory" if outcome is Outcome.OUT_OF_MEMORY else None,
                        error_message="KeyError: 'bucket'" if outcome is Outcome.FUNCTION_ERROR else None,
                        sequence=len(calls),
                    )
                )
    return tuple(calls)


def curve(low: int = 128, high: int = 3008, *, misfit: bool = False, **model: float) -> CurveSummary:
    sizes = sorted({round(low * (high * 1.5 / low) ** (i / 80)) for i in range(81)} | {low, high})
    return CurveSummary(
        family="saturating-cpu",
        parameters={"io_ms": 8.0, "cpu_ms": 60.0},
        family_weights={"saturating-cpu": 0.93, "power-law": 0.066, "exponential": 0.004},
        fitted_range_mb=(low, high),
        noise_cv=0.08,
        deviation=0.21 if misfit else 0.014,
        misfit=misfit,
        band=tuple(
            BandPoint(
                memory_mb=size,
                duration_ms=Estimate(d, d * 0.975, d * 1.025),
                cost_usd_per_million=cost_estimate(size, d, 0.025),
                extrapolated=size > high,
            )
            for size in sizes
            for d in [duration(size, **model)]
        ),
    )


def change(chosen: Candidate, today: Candidate | None) -> Change | None:
    if today is None or today.duration_ms is None or chosen.duration_ms is None:
        return None
    assert today.cost_usd_per_million and chosen.cost_usd_per_million
    return Change(
        cost_percent=100 * (chosen.cost_usd_per_million.mean / today.cost_usd_per_million.mean - 1),
        duration_percent=100 * (chosen.duration_ms.mean / today.duration_ms.mean - 1),
    )


def result(
    *,
    candidates: tuple[Candidate, ...],
    chosen_mb: int,
    today_mb: int | None,
    reasons: tuple[str, ...],
    strategy: Strategy = Strategy.COST,
    picks: Mapping[Strategy, int] | None = None,
    fit: CurveSummary | None = None,
    function: str = "my-func",
    relative: bool = False,
    timeout_s: int = 4,
    timeout_reasons: tuple[str, ...] = (
        "the slowest of 192 invocations took 151 ms; a wait of 1 s is never safe against a cold start",
    ),
    warnings: tuple[RunWarning, ...] = (),
    per_month: int | None = None,
) -> TuningResult:
    candidates = tuple(
        replace(c, cost_usd_per_month=c.cost_usd_per_million.mean * per_month / 1e6)
        if per_month and c.cost_usd_per_million
        else c
        for c in candidates
    )
    by_size = {c.memory_mb: c for c in candidates}
    today = by_size.get(today_mb) if today_mb else None

    def recommendation(of: Strategy, size: int, why: tuple[str, ...]) -> Recommendation:
        return Recommendation(of, by_size[size], why, Regret(0.004, 0.013), change(by_size[size], today))

    chosen = recommendation(strategy, chosen_mb, reasons)
    others = {s: recommendation(s, size, ()) for s, size in (picks or {}).items()}
    calls = invocations(candidates)
    return TuningResult(
        tool_version="0.1.0",
        created_at="2026-11-24T09:30:00Z",
        command=f"tuner run {function} --strategy {strategy} --invocations 30 --seed 7",
        measurements=MeasurementSet(
            target=f"local:examples/app.py:{function}" if relative else f"aws:{function}",
            function=function,
            platform="local" if relative else "aws",
            invocations=calls,
            current=FunctionSettings(today_mb, 30) if today_mb else None,
            relative=relative,
            seconds=74.2,
        ),
        curve=fit,
        candidates=candidates,
        recommendation=chosen,
        timeout=TimeoutAdvice(timeout_s, timeout_reasons),
        strategies={strategy: chosen, **others},
        search=SearchOutcome(SearchMethod.ADAPTIVE, (128, 3008), StopReason.REGRET, 0.01, conclusive=True),
        spent=Spent(len(calls), len({c.memory_mb for c in calls}), None if relative else 0.00213, 74.2),
        conditions={
            "architecture": "x86_64",
            "region": "us-east-1",
            "price_date": "2026-11-01",
            "payload_sha256": "9f86d081884c7d65",
            "runtime": None,
        },
        invocations_per_month=per_month,
        warnings=warnings,
    )


def improvement() -> TuningResult:
    front = {512, 1024, 1769}
    sizes = [measured(m, on_front=m in front) for m in SIZES]
    more = [fitted(m) for m in (768, 1536)]
    return result(
        candidates=(*sizes, *more, fitted(4096, Basis.EXTRAPOLATED)),
        chosen_mb=1024,
        today_mb=128,
        strategy=Strategy.BALANCED,
        picks={Strategy.COST: 128, Strategy.SPEED: 1769},
        reasons=(
            "at 1,024 MB the function takes 1/7 of the time of 128 MB for 8 % more",
            "1,769 MB is faster still, but every millisecond saved costs 2.4x as much",
        ),
        fit=curve(),
        per_month=30_000_000,
    )


def keep_current() -> TuningResult:
    sizes = tuple(measured(m, on_front=m == 512, io_ms=300.0, cpu_ms=3.0) for m in (512, 1024, 1769))
    return result(
        candidates=sizes,
        chosen_mb=512,
        today_mb=512,
        picks={Strategy.SPEED: 512},
        reasons=(
            "the gain of 1,024 MB is inside the noise: \u22121.2 % (95 % interval \u22124.0 to +1.7 %)",
        ),
        fit=curve(512, 1769, io_ms=300.0, cpu_ms=3.0),
    )


def no_current() -> TuningResult:
    sizes = tuple(measured(m) for m in SIZES)
    return result(
        candidates=sizes, chosen_mb=256, today_mb=None, reasons=("256 MB is the cheapest size",), fit=curve()
    )


def dearer_but_faster() -> TuningResult:
    sizes = tuple(measured(m, on_front=True) for m in SIZES)
    return result(
        candidates=sizes,
        chosen_mb=1769,
        today_mb=512,
        strategy=Strategy.SPEED,
        reasons=("1,769 MB is the fastest size; above one vCPU nothing is gained",),
        fit=curve(),
        per_month=3_000_000,
    )


def local_relative() -> TuningResult:
    sizes = tuple(measured(m, io_ms=0.0, cpu_ms=900.0, on_front=m == 1769) for m in SIZES)
    return result(
        candidates=sizes,
        chosen_mb=1769,
        today_mb=512,
        reasons=("1,769 MB does the same work in 29 % of the time for nearly the same money",),
        picks={Strategy.SPEED: 1769},
        fit=curve(io_ms=0.0, cpu_ms=900.0),
        relative=True,
        function="thumbnail",
        per_month=3_000_000,
    )


def failed_sizes() -> TuningResult:
    partly = replace(measured(512), outcomes={Outcome.OK: 29, Outcome.FUNCTION_ERROR: 3})
    sizes = (
        failed(128, Outcome.OUT_OF_MEMORY),
        failed(256, Outcome.TIMEOUT, 2),
        partly,
        replace(measured(1024), rejected="p95 of 137 ms is above the bound of 120 ms"),
        measured(1769, on_front=True),
    )
    return result(
        candidates=sizes,
        chosen_mb=1769,
        today_mb=128,
        reasons=("1,769 MB is the cheapest size that meets p95 <= 120 ms",),
        fit=curve(512, 1769),
    )


def misfit() -> TuningResult:
    slow = duration(512) * 1.4
    sizes = tuple(
        replace(c, duration_ms=summary(slow, 0.05), cost_usd_per_million=cost_estimate(512, slow, 0.05))
        if c.memory_mb == 512
        else c
        for c in (measured(m) for m in SIZES)
    )
    return result(
        candidates=sizes,
        chosen_mb=1024,
        today_mb=256,
        reasons=("1,024 MB is the cheapest of the sizes that were measured",),
        fit=curve(misfit=True),
        warnings=(
            RunWarning(
                "W-CURVE-MISFIT",
                "the curve misses the measured mean at 512 MB by 29 %, more than noise explains",
                "only measured sizes are recommended; add sizes with --memory-sizes",
            ),
            RunWarning("W-FEW", "one size has fewer than 10 warm invocations"),
        ),
    )


HOSTILE = "../../etc/x|y`z`<script>alert(1)</script>\n# @team *b* \x1b[31m\u202e$a$"


def hostile() -> TuningResult:
    base = failed_sizes()
    calls = tuple(
        replace(i, error_type="Error`|", error_message="boom | <img src=x onerror=alert(1)>\n```\n# heading")
        if i.outcome is not Outcome.OK
        else i
        for i in base.measurements.invocations
    )
    return replace(
        base,
        measurements=replace(base.measurements, function=HOSTILE, target=HOSTILE, invocations=calls),
        command=f"tuner run '{HOSTILE}' ```",
        warnings=(RunWarning("W-X", f"function said {HOSTILE}", "see [here](javascript:alert(1))"),),
        recommendation=replace(base.recommendation, reasons=("# not a heading", "1. no list", "a | b")),
    )


def single_size() -> TuningResult:
    return result(
        candidates=(measured(512),),
        chosen_mb=512,
        today_mb=None,
        reasons=("the only size that was measured",),
    )


def many_candidates() -> TuningResult:
    base = improvement()
    extra = tuple(fitted(m) for m in range(192, 3008, 64) if m not in {c.memory_mb for c in base.candidates})
    return replace(base, candidates=(*base.candidates, *extra))


CASES = {
    case.__name__: case
    for case in (
        improvement,
        keep_current,
        no_current,
        dearer_but_faster,
        local_relative,
        failed_sizes,
        misfit,
        hostile,
        single_size,
        many_candidates,
    )
}
