"""A timeout from the measured tail: the slowest warm call, the cold start, and a safety factor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuner.records import MeasurementSet, RunWarning, TimeoutAdvice
from tuner.triggers import TRIGGERS, Trigger
from tuner.units import TIMEOUT_MAX_S, format_duration, format_memory, format_percent

if TYPE_CHECKING:
    from tuner.fit import DurationCurve

SAFETY_FACTOR = 1.5
SAFETY_FACTOR_SMALL_SAMPLE = 2.0
CONFIDENCE = 0.95
CALLS_FOR_P99 = 299
"""With this many calls the slowest bounds the 99th percentile with 95 % confidence: 0.99^299 < 0.05."""


def recommend_timeout(
    memory_mb: int, curve: DurationCurve, measurements: MeasurementSet, trigger_name: str | None = None
) -> TimeoutAdvice:
    """The timeout [s] for a memory size, whole seconds from 1 to 900, with its reasons.

    The tail is pooled: every warm call at every size, relative to the expected duration at its size. The
    slowest of n calls bounds the quantile 0.05^(1/n) with 95 % confidence (order statistics, no model).
    """
    expected_ms = float(np.quantile(curve.draws(np.array([memory_mb]), extrapolate=True), 0.975))
    calls = int(curve.residual_ratios.size)
    slowest_ms = expected_ms * max(1.0, float(curve.residual_ratios.max()))
    bounded = (1 - CONFIDENCE) ** (1 / calls)
    size = format_memory(memory_mb)
    if measurements.holds_means:
        reasons = [
            f"Only averages are known, up to {format_duration(slowest_ms)} at {size}; slow calls are not."
        ]
    else:
        reasons = [
            f"The slowest of {calls} warm calls, scaled to {size}, took {format_duration(slowest_ms)}; with "
            f"95 % confidence {format_percent(bounded)} of calls are faster."
        ]
    worst_ms, cold_reasons = _with_cold_start(slowest_ms, expected_ms, curve, measurements)
    small = calls < CALLS_FOR_P99
    factor = SAFETY_FACTOR_SMALL_SAMPLE if small else SAFETY_FACTOR
    timeout_s = max(1, math.ceil(round(worst_ms * factor / 1000, 6)))
    reasons += [*cold_reasons, f"Times a safety factor of {factor:g}, rounded up to a second."]
    warnings = []
    if measurements.holds_means:
        reasons.append("Measure the function before you rely on this timeout.")
    elif small:
        message = (
            f"{calls} calls are too few to know the slowest 1 %, so the safety factor is {factor:g} "
            f"instead of {SAFETY_FACTOR:g}"
        )
        hint = f"about {CALLS_FOR_P99} warm calls would do"
        warnings.append(RunWarning("W-SMALL-TAIL", message, hint))
        reasons.append(f"{message}; {hint}.")
    if timeout_s > TIMEOUT_MAX_S:
        warnings.append(_above_limit("AWS Lambda's limit", TIMEOUT_MAX_S, worst_ms))
        timeout_s = TIMEOUT_MAX_S
    if trigger_name:
        timeout_s, more_reasons, more_warnings = _apply_trigger(TRIGGERS[trigger_name], timeout_s, worst_ms)
        reasons += more_reasons
        warnings += more_warnings
    return TimeoutAdvice(timeout_s, tuple(reasons), tuple(warnings))


def _with_cold_start(
    slowest_ms: float, expected_ms: float, curve: DurationCurve, measurements: MeasurementSet
) -> tuple[float, list[str]]:
    """The worst warm call or first call, plus the longest init, with the sentence for it."""
    cold = [i for i in measurements.invocations if i.cold and i.outcome == "ok"]
    if not cold:
        return slowest_ms, ["No cold start was measured, so none is included."]
    low, high = curve.fitted_range_mb
    first_calls = [
        (i.duration_ms or 0.0) / float(curve.draws(np.array([i.memory_mb])).mean())
        for i in cold
        if low <= i.memory_mb <= high
    ]
    first_ms = expected_ms * max(first_calls, default=1.0)
    init_ms = max((i.init_duration_ms or 0.0) + (i.restore_duration_ms or 0.0) for i in cold)
    worst_ms = max(slowest_ms, first_ms) + init_ms
    sentence = (
        f"The slowest cold start adds {format_duration(init_ms)} of init and its first call may take "
        f"{format_duration(first_ms)}: {format_duration(worst_ms)} in all."
    )
    return worst_ms, [sentence]


def _apply_trigger(
    trigger: Trigger, timeout_s: int, worst_ms: float
) -> tuple[int, list[str], list[RunWarning]]:
    """The timeout within what the event source waits for, and what else to set there."""
    warnings = []
    reasons = []
    if trigger.cap_s is not None and timeout_s > trigger.cap_s:
        reasons.append(f"Capped at the {trigger.cap_s} s that {trigger.name} waits.")
        if worst_ms > trigger.cap_s * 1000:
            warnings.append(_above_limit(f"what {trigger.name} waits", trigger.cap_s, worst_ms))
        timeout_s = trigger.cap_s
    if trigger.advice:
        advice = trigger.advice.format(six_times=6 * timeout_s)
        warnings.append(RunWarning("W-TRIGGER", f"{trigger.name}: {advice}"))
    return timeout_s, reasons, warnings


def _above_limit(whose: str, limit_s: int, worst_ms: float) -> RunWarning:
    return RunWarning(
        "W-TIMEOUT-LIMIT",
        f"the slowest calls take {format_duration(worst_ms)}, longer than {whose} ({limit_s} s)",
        "make the work asynchronous, or split it",
    )
