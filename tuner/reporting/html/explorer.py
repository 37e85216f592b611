"""What a page needs to answer other wishes as the library would: the curves, the rules, the words."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cost_models.pricing import INCLUDED_EPHEMERAL_MB, Prices
from tuner.landscape import Choice, Landscape
from tuner.records import Recommendation, Strategy, TuningResult
from tuner.reporting.headline import Fact, Span, build_facts, build_headline
from tuner.reporting.wording import clean
from tuner.units import format_count

if TYPE_CHECKING:
    import numpy as np

MOST_SIZES = 100
"""Of more sizes the curves would make the page too large to pass on."""
_FACTS = ("Duration", "Cost")


def explorer_data(result: TuningResult) -> dict[str, Any] | None:
    """None where nothing could be another answer, or where it would make the page too large.

    The curves go over as doubles, unrounded, so that the page decides on the numbers that the library
    decides on.
    """
    landscape = result.landscape
    if landscape is None or len(landscape.memory_mb) > MOST_SIZES or not any(landscape.choices):
        return None
    rules, options = landscape.rules, landscape.options
    return {
        "sizes": list(landscape.memory_mb),
        "draws": landscape.duration_ms.shape[0],
        "duration": _doubles(landscape.duration_ms),
        "cost": _doubles(landscape.cost_usd),
        "ratios": dict(landscape.quantile_ratio),
        "choices": [_choice(result, choice) for choice in landscape.choices],
        "today": landscape.today,
        "todayBilledMs": landscape.today_billed_ms,
        "rejected": [[size, clean(why)] for size, why in sorted(landscape.rejected.items())],
        "rules": {
            "worth": {str(strategy): worth for strategy, worth in rules.worth.items()},
            "regretTarget": options.regret_target,
            "regretBound": rules.regret_bound,
            "keepCurrent": rules.keep_current,
            "sure": rules.sure,
            "likely": rules.likely,
        },
        "statistics": ("mean",) if result.measurements.holds_means else ("mean", "p50", "p95", "p99"),
        "wishes": _wishes(result, landscape),
        "prices": _prices(landscape.prices, result),
    }


def too_many_sizes(result: TuningResult) -> str | None:
    """Why the page has no controls, where that is the reason."""
    landscape = result.landscape
    if landscape is None or len(landscape.memory_mb) <= MOST_SIZES:
        return None
    return (
        f"The curves of {format_count(len(landscape.memory_mb))} sizes would make this page too large to ask "
        "for something else here; ask tuner with other options instead."
    )


def _wishes(result: TuningResult, landscape: Landscape) -> dict[str, Any]:
    """What the run was asked for, as the controls start."""
    options = landscape.options
    limit = options.max_duration
    return {
        "strategy": str(result.recommendation.strategy),
        "weight": options.balanced_weight,
        "statistic": limit.statistic if limit else "mean" if result.measurements.holds_means else "p95",
        "limitMs": limit.limit_ms if limit else None,
        "increase": options.max_cost_increase,
        "volume": result.invocations_per_month,
    }


def _choice(result: TuningResult, choice: Choice | None) -> dict[str, Any] | None:
    if choice is None:
        return None
    answers = {strategy: _answer(result, choice, strategy) for strategy in Strategy}
    return {
        "mb": choice.candidate.memory_mb,
        "billedMs": choice.billed_ms,
        "answers": {
            str(strategy): [[span.text, span.strong] for span in _without_timeout(build_headline(answer))]
            for strategy, answer in answers.items()
        },
        "facts": [[fact.name, fact.text] for fact in _lasting(build_facts(answers[Strategy.COST]))],
    }


def _answer(result: TuningResult, choice: Choice, strategy: Strategy) -> TuningResult:
    """The result as it would be with this size as the answer."""
    recommendation = Recommendation(
        strategy=strategy,
        candidate=choice.candidate,
        reasons=(),
        expected_regret=result.recommendation.expected_regret,
        change_from_current=choice.change_from_current,
    )
    return replace(result, recommendation=recommendation)


def _without_timeout(headline: tuple[Span, ...]) -> tuple[Span, ...]:
    """The headline without its timeout, which was worked out for the run's own answer only."""
    function, verb, memory, _, _, gain = headline
    return function, verb, memory, gain


def _lasting(facts: Iterable[Fact]) -> list[Fact]:
    """The facts of a size that no wish changes."""
    return [fact for fact in facts if fact.name in _FACTS]


def _prices(prices: Prices, result: TuningResult) -> dict[str, Any]:
    """What a month's bill is made of, as `cost_models.pricing.line_items` adds it up."""
    return {
        "tiers": [
            [None if tier.up_to_gb_seconds is None else float(tier.up_to_gb_seconds), float(tier.price)]
            for tier in prices.compute_tiers
        ],
        "request": float(prices.request),
        "ephemeral": float(prices.ephemeral_gb_second),
        "extraMb": max(0, prices.ephemeral_mb - INCLUDED_EPHEMERAL_MB),
        "atListPrice": result.measurements.relative,
    }


def _doubles(draws: np.ndarray) -> str:
    """Size after size, each with all its draws, little-endian."""
    import numpy as np

    return base64.b64encode(np.ascontiguousarray(draws.T, dtype="<f8").tobytes()).decode()
