"""The sentence that says what was found of a rule."""

from __future__ import annotations

import math

from tuner.gate.metrics import Metric
from tuner.gate.verdicts import Answer, Range
from tuner.units import format_percent

_DOUBT = "perhaps above, perhaps within"
_OF_GROWTH = {
    Answer.REGRESSION: "surely above",
    Answer.IMPROVEMENT: "surely a gain of more than",
    Answer.PASS: "surely within",
}


def growth_sentence(metric: Metric, answer: Answer, change: Range, allowed: float) -> str:
    """`p50 +12 % (between +8.1 % and +16 %), surely above the 5.0 % allowed`."""
    low = format_percent(change.low, signed=True) if change.low > -1 else None
    high = format_percent(change.high, signed=True) if math.isfinite(change.high) else None
    return (
        f"{metric} {format_percent(change.estimate, signed=True)} ({_between(low, high)}), "
        f"{_OF_GROWTH.get(answer, _DOUBT)} the {format_percent(allowed)} allowed"
    )


def budget_sentence(metric: Metric, answer: Answer, value: Range, limit: float, baseline: float) -> str:
    """`p95 612 ms (between 598 ms and 633 ms), surely within the budget of 800 ms`."""
    low = metric.format_amount(value.low) if value.low > 0 else None
    high = metric.format_amount(value.high) if math.isfinite(value.high) else None
    text = (
        f"{metric} {metric.format_amount(value.estimate)} ({_between(low, high)}), "
        f"{_OF_GROWTH.get(answer, _DOUBT)} the budget of {metric.format_amount(limit)}"
    )
    if answer is Answer.REGRESSION and baseline > limit:
        text += f"; the baseline, with {metric.format_amount(baseline)}, was above it already"
    return text


def _between(low: str | None, high: str | None) -> str:
    if low and high:
        return f"between {low} and {high}"
    if low or high:
        return f"at least {low}" if low else f"at most {high}"
    return "too few calls to bound it"
