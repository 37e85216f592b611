"""The answer in one sentence, the facts behind it, and the picks of the other strategies."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.records import Candidate, Recommendation, Strategy, TuningResult
from tuner.reporting.rows import failure_words, has_only_failed
from tuner.reporting.wording import NOTHING, clean, compared, duration_range, format_vcpus, usd_range
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

STRATEGY_WORDS = {
    Strategy.COST: "the cheapest size",
    Strategy.SPEED: "the fastest size",
    Strategy.BALANCED: "the best balance of cost and speed",
}
_BETTER = {Strategy.COST: "cheaper", Strategy.SPEED: "faster", Strategy.BALANCED: "better"}


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a sentence; a strong one is what the eye should find first."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and what is known under it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Pick:
    """What one strategy would choose."""

    strategy: str
    memory: str
    duration: str
    cost: str
    change: str | None


def build_headline(result: TuningResult) -> tuple[Span, ...]:
    """`my-func should run at 1,024 MB with a timeout of 4 s: 41 % cheaper than today's 128 MB.`"""
    chosen, today = result.recommendation.candidate, result.measurements.current
    keep = today is not None and today.memory_mb == chosen.memory_mb
    return (
        Span(clean(result.measurements.function), strong=True),
        Span(" should stay at " if keep else " should run at "),
        Span(format_memory(chosen.memory_mb), strong=True),
        Span(" with a timeout of "),
        Span(format_timeout(result.timeout.timeout_s), strong=True),
        Span(f": {_gain_in_words(result, keep=keep)}."),
    )


def _gain_in_words(result: TuningResult, *, keep: bool) -> str:
    recommendation, today = result.recommendation, result.measurements.current
    change = recommendation.change_from_current
    if keep:
        return f"no other size is clearly {_BETTER[recommendation.strategy]}"
    if today and change:
        now = f"today's {format_memory(today.memory_mb)}"
        return compared(change.cost_percent, change.duration_percent, today=now)
    if today and result.current and has_only_failed(result.current):
        return f"today's {format_memory(today.memory_mb)} failed ({failure_words(result.current)})"
    return _expected(result, recommendation.candidate)


def _expected(result: TuningResult, candidate: Candidate) -> str:
    parts = []
    if candidate.duration_ms:
        parts.append(f"{format_duration(candidate.duration_ms.mean)} on average")
    if candidate.cost_usd_per_million:
        parts.append(million_invocations(result, candidate.cost_usd_per_million.mean))
    return " and ".join(parts) or "nothing is known of its duration"


def million_invocations(result: TuningResult, usd: float) -> str:
    """`$0.93 per million invocations`, with a reminder where these are not the dollars of a bill."""
    at = " at list price" if result.measurements.relative else ""
    return f"{format_usd(usd)} per million invocations{at}"


def format_timeout(timeout_s: int) -> str:
    """Timeouts are whole seconds: `4 s`."""
    return f"{timeout_s:,} s"


def build_facts(result: TuningResult) -> tuple[Fact, ...]:
    """What the recommended size is expected to do, each number with its interval."""
    recommendation, today = result.recommendation, result.measurements.current
    chosen = recommendation.candidate
    was = f", today {format_memory(today.memory_mb)}" if today else ""
    facts = [
        Fact(
            "Memory",
            f"{format_memory(chosen.memory_mb)} ({format_vcpus(chosen.vcpus)} vCPU), {chosen.basis}{was}",
        ),
        Fact(
            "Timeout",
            format_timeout(result.timeout.timeout_s)
            + (f", today {format_timeout(today.timeout_s)}" if today else ""),
        ),
    ]
    if duration := chosen.duration_ms:
        interval = duration_range(duration.low, duration.high)
        single = f", p95 {format_duration(duration.p95)}, p99 {format_duration(duration.p99)}"
        mean = f"mean {format_duration(duration.mean)} (95 % interval {interval})"
        facts.append(Fact("Duration", mean if result.measurements.holds_means else mean + single))
    if cost := chosen.cost_usd_per_million:
        price = million_invocations(result, cost.mean)
        facts.append(Fact("Cost", f"{price} (95 % interval {usd_range(cost)})"))
    if monthly := _monthly(result):
        facts.append(monthly)
    facts.append(_regret(result))
    facts.append(Fact("Strategy", f"{recommendation.strategy}, {STRATEGY_WORDS[recommendation.strategy]}"))
    return tuple(facts)


def _regret(result: TuningResult) -> Fact:
    """How far from the best the answer may be; the unit of `balanced` is its weighted sum."""
    regret = result.recommendation.expected_regret
    low, high = (format_memory(size) for size in result.search.range_mb)
    text = (
        f"{format_percent(regret.mean)} expected against the best size from {low} to {high}, "
        f"within {format_percent(regret.bound)} with 90 % probability"
    )
    return Fact("Regret", text if result.search.conclusive else f"{text}: inconclusive")


def _monthly(result: TuningResult) -> Fact | None:
    chosen, calls = result.recommendation.candidate, result.invocations_per_month
    if chosen.cost_usd_per_month is None or calls is None:
        return None
    text = f"{format_usd(chosen.cost_usd_per_month)} at {format_count(calls)} invocations"
    today = result.current
    if today is not None and today.cost_usd_per_month is not None and today != chosen:
        text += f", today {format_usd(today.cost_usd_per_month)}"
    return Fact("Per month", text + (", at list price" if result.measurements.relative else ""))


def build_picks(result: TuningResult) -> tuple[Pick, ...]:
    """One line per strategy, the recommended one first; nothing when there is only one."""
    chosen = result.recommendation.strategy
    if not set(result.strategies) - {chosen}:
        return ()
    others = [result.strategies[s] for s in Strategy if s in result.strategies and s is not chosen]
    return tuple(_pick(result, recommendation) for recommendation in (result.recommendation, *others))


def _pick(result: TuningResult, recommendation: Recommendation) -> Pick:
    candidate, change = recommendation.candidate, recommendation.change_from_current
    today = result.measurements.current
    words = compared(change.cost_percent, change.duration_percent) if change else None
    if today and today.memory_mb == candidate.memory_mb:
        words = "today's size"
    return Pick(
        strategy=recommendation.strategy.value,
        memory=format_memory(candidate.memory_mb),
        duration=format_duration(candidate.duration_ms.mean) if candidate.duration_ms else NOTHING,
        cost=format_usd(candidate.cost_usd_per_million.mean) if candidate.cost_usd_per_million else NOTHING,
        change=words,
    )
