"""Numbers of a gate as the words of a report."""

from __future__ import annotations

import math
from datetime import datetime

from tuner.gate import Ending, Finding, Metric, Range, Rule, Severity, Tally, Witness
from tuner.gate.result import Version
from tuner.reporting.wording import NOTHING, OUTCOME_WORDS, clean
from tuner.units import counted, format_count, format_memory, format_percent

WITNESS_WORDS = {
    Witness.BILL: "the bills of the calls",
    Witness.DURATION: "the durations themselves",
    Witness.TYPICAL_DURATION: "the typical duration",
    Witness.CPU_TIME: "CPU time, which scatters less than the duration",
    Witness.INIT_DURATION: "the starts of the environments",
    Witness.PEAK_MEMORY: "the peaks of the environments",
}

METRIC_WORDS = {
    Metric.COST: "cost per million",
    Metric.P50: "p50",
    Metric.P95: "p95",
    Metric.INIT: "init",
    Metric.MAX_MEMORY: "peak memory",
}

ENDING_WORDS = {
    Ending.DECIDED: "the answer was clear",
    Ending.MAX_PAIRS: "--max-pairs was reached",
    Ending.MAX_SECONDS: "--max-seconds was reached",
    Ending.MAX_SPEND: "--max-spend was reached",
    Ending.NEVER_SUCCEEDED: "a version never succeeded",
    Ending.BROKEN: "a version could not be run",
}

_MORE = {
    Metric.COST: ("dearer", "cheaper"),
    Metric.P50: ("slower", "faster"),
    Metric.P95: ("slower", "faster"),
    Metric.INIT: ("slower to start", "faster to start"),
    Metric.MAX_MEMORY: ("hungrier for memory", "leaner in memory"),
}


def grown(metric: Metric, fraction: float) -> str:
    """`12 % dearer`, `5.0 % faster`."""
    more, less = _MORE[metric]
    return f"{format_percent(abs(fraction))} {more if fraction >= 0 else less}"


def amount(metric: Metric, value: float | None) -> str:
    """A number with its unit, or the sign for nothing known."""
    return NOTHING if value is None else metric.format_amount(value)


def from_to(finding: Finding) -> str:
    """`$4.10 → $4.60 per million`."""
    metric = finding.rule.metric
    unit = {Metric.COST: " per million", Metric.P50: " at p50", Metric.P95: " at p95"}.get(metric, "")
    return f"{amount(metric, finding.baseline)} → {amount(metric, finding.contender)}{unit}"


def change_interval(change: Range) -> str:
    """`+8.1 % to +16 %`; a bound that the calls cannot give is left open."""
    low = format_percent(change.low, signed=True) if change.low > -1 else None
    high = format_percent(change.high, signed=True) if math.isfinite(change.high) else None
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"from {low} on"
    return f"up to {high}" if high else "no bound yet"


def rule_text(rule: Rule) -> str:
    """`cost +10 %, fails`; a rule with what crossing it means."""
    return f"{rule}, {'warns' if rule.severity is Severity.WARN else 'fails'}"


def failed_calls(tally: Tally) -> str:
    """`2 timed out, 1 function error of 60 calls`."""
    if not tally.calls:
        return "no calls"
    failed = sorted((kind, n) for kind, n in tally.outcomes.items() if n and OUTCOME_WORDS[kind] != "ok")
    kinds = ", ".join(f"{format_count(n)} {OUTCOME_WORDS[kind]}" for kind, n in failed)
    return f"{kinds or 'none failed'} of {counted(tally.calls, 'call')}"


def version_text(version: Version, now: str) -> str:
    """`main (1a2b3c4d5e6f) at 512 MB, measured 2026-11-01T09:00:00Z, 23 days ago`; `now` is a time too."""
    commit = f" ({clean(version.commit)[:12]})" if version.commit else ""
    text = f"{clean(version.name)}{commit} at {format_memory(version.memory_mb)}"
    if version.measured_at is None:
        return text
    return f"{text}, measured {clean(version.measured_at)}{_age(version.measured_at, now)}"


def _age(then: str, now: str) -> str:
    """`, 23 days ago`; nothing where a time cannot be read."""
    try:
        days = (datetime.fromisoformat(now) - datetime.fromisoformat(then)).days
    except (ValueError, TypeError):
        return ""
    return f", {counted(days, 'day')} ago" if days > 0 else ""
