"""The sentences that say why a size was chosen."""

from __future__ import annotations

import numpy as np

from tuner.recommend.candidates import interval
from tuner.recommend.eligible import failed_sizes
from tuner.recommend.evaluation import INTERVAL
from tuner.recommend.evidence import Evidence
from tuner.recommend.strategies import aims_of
from tuner.records import Change, Strategy
from tuner.units import format_duration, format_memory, format_percent

_AIMS = {
    Strategy.COST: "cost",
    Strategy.SPEED: "duration",
    Strategy.BALANCED: "the weighted sum of cost and duration",
}


def explain(strategy: Strategy, column: int, evidence: Evidence) -> list[str]:
    """Sentences: who the size is tied with, and which bounds were in force."""
    evaluation, options = evidence.evaluation, evidence.options
    reasons = _tie(strategy, column, evidence)
    if strategy is Strategy.BALANCED:
        reasons.append(
            f"Cost counts {format_percent(options.balanced_weight)}, "
            f"duration {format_percent(1 - options.balanced_weight)}."
        )
    if options.max_duration:
        limit = options.max_duration
        latency = float(np.median(evaluation.latency_ms(limit.statistic)[:, column]))
        reasons.append(
            f"Its {limit.statistic} of about {format_duration(latency)} is within the limit "
            f"of {format_duration(limit.limit_ms)}."
        )
    if options.max_cost_increase is not None:
        reasons.append(
            f"It is at most {format_percent(options.max_cost_increase)} dearer than the cheapest size."
        )
    return reasons


def compare_with_current(column: int, evidence: Evidence) -> tuple[Change | None, list[str]]:
    """The change from today's size with its sentence; None where today's size is unknown or has failed."""
    current, evaluation = evidence.measurements.current, evidence.evaluation
    failed = failed_sizes(evidence.measurements)
    if current is None:
        return None, []
    today = format_memory(current.memory_mb)
    if current.memory_mb in failed:
        return None, [f"Today's {today} fails: {failed[current.memory_mb]}."]
    if evidence.today is None:
        return None, [f"Today's {today} was not measured, so the change cannot be stated."]
    if evidence.today == column:
        return Change(0.0, 0.0), [f"Today's {today} is the right size."]
    cost = evaluation.cost_usd[:, column] / evaluation.cost_usd[:, evidence.today] - 1
    duration = evaluation.duration_ms[:, column] / evaluation.duration_ms[:, evidence.today] - 1
    change = Change(float(cost.mean()) * 100, float(duration.mean()) * 100)
    sentence = f"By the curve, against today's {today}: cost {_change(cost)}, duration {_change(duration)}."
    return change, [sentence]


def _change(ratio: np.ndarray) -> str:
    low, high = interval(ratio)
    bounds = f"{format_percent(low, signed=True)} to {format_percent(high, signed=True)}"
    noise = "inside the noise: " if low <= 0 <= high else ""
    return f"{format_percent(float(ratio.mean()), signed=True)} ({noise}{bounds})"


def _tie(strategy: Strategy, column: int, evidence: Evidence) -> list[str]:
    aim = _AIMS[strategy]
    near = _alike(aims_of(strategy, evidence).first, column, evidence)
    sizes = [int(evidence.evaluation.memory_mb[c]) for c in near]
    if len(sizes) == 1:
        return [f"No other size near it does as well in {aim}."]
    spread = f"From {format_memory(sizes[0])} to {format_memory(sizes[-1])}"
    if column == evidence.today:
        return [f"{spread} {aim} is the same inside the noise, and today's size is among them: keep it."]
    second = "cost" if strategy is Strategy.SPEED else "speed"
    return [f"{spread} {aim} is the same inside the noise; among the measured ones {second} decided."]


def _alike(aim: np.ndarray, column: int, evidence: Evidence) -> list[int]:
    """The unbroken run of sizes around the chosen one whose aim is not surely another."""
    ratio = aim / aim[:, [column]] - 1
    low, high = np.quantile(ratio, INTERVAL, axis=0)
    alike = (low <= 0) & (high >= 0) & evidence.acceptable
    first = last = column
    while first > 0 and alike[first - 1]:
        first -= 1
    while last + 1 < len(alike) and alike[last + 1]:
        last += 1
    return list(range(first, last + 1))
