"""The table of a gate's rules, and the same changes as a picture that needs no image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuner.gate import Finding, Range, Severity, Verdict
from tuner.reporting.gate.phrases import METRIC_WORDS, amount, change_interval
from tuner.reporting.gate.standing import Standing, standing_of, standing_so_far
from tuner.reporting.wording import NOTHING
from tuner.units import format_percent

TITLES = ("metric", "baseline", "now", "change", "interval", "allowed", "verdict")
LEGEND = "● change   ├─┤ its interval   ┊ no change   ┃ allowed"

_CELLS = 48
_MARGIN = 1.25
_FARTHEST = 3.0  # times the widest allowance: a wild interval must not hide what it is measured against


@dataclass(frozen=True, slots=True)
class Comparison:
    """One rule: a string for each of the `TITLES`, and where it stands."""

    cells: tuple[str, ...]
    standing: Standing


def compare_rule(finding: Finding, verdict: Verdict) -> Comparison:
    """A row of the table."""
    standing = standing_of(finding, verdict)
    return Comparison((*_cells(finding), standing.value), standing)


def compare_so_far(finding: Finding) -> Comparison:
    """The same row while the gate is still measuring."""
    standing = standing_so_far(finding)
    return Comparison((*_cells(finding), standing.value), standing)


def draw_intervals(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Each change between its bounds against what is allowed, in characters of one width."""
    shown = [(f, f.change, f.allowed) for f in findings if f.change and f.allowed]
    if not shown:
        return ()
    scale = _scale([(change, allowed) for _, change, allowed in shown])
    names = [str(f.rule.metric) + (" (warns)" if not f.decides else "") for f, _, _ in shown]
    width = max(map(len, names))
    return tuple(
        f"{name:{width}}  {_bar(change, allowed, scale)}  {format_percent(change.estimate, signed=True)}"
        for name, (_, change, allowed) in zip(names, shown, strict=True)
    )


def _cells(finding: Finding) -> tuple[str, ...]:
    """All of them but the verdict."""
    metric, change = finding.rule.metric, finding.change
    return (
        METRIC_WORDS[metric],
        amount(metric, finding.baseline),
        amount(metric, finding.contender),
        format_percent(change.estimate, signed=True) if change else NOTHING,
        change_interval(change) if change else _value_interval(finding),
        _allowed(finding),
    )


def _value_interval(finding: Finding) -> str:
    """A budget is about the value itself: `598 ms to 633 ms`."""
    value, metric = finding.value, finding.rule.metric
    if value is None:
        return NOTHING
    low = metric.format_amount(value.low) if value.low > 0 else None
    high = metric.format_amount(value.high) if math.isfinite(value.high) else None
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"from {low} on"
    return f"up to {high}" if high else "no bound yet"


def _allowed(finding: Finding) -> str:
    rule = finding.rule
    if rule.limit is not None:
        return f"at most {rule.metric.format_amount(rule.limit)}"
    line = (
        str(rule).removeprefix(f"{rule.metric} ")
        if finding.allowed is None
        else format_percent(finding.allowed, signed=True)
    )
    return f"{line}, warns" if rule.severity is Severity.WARN else line


def _scale(shown: list[tuple[Range, float]]) -> tuple[float, float]:
    """The changes at both ends; zero and every allowance are always between them."""
    widest = max(allowed for _, allowed in shown)
    ends = [0.0, widest, *(end for change, _ in shown for end in (change.low, change.high))]
    reach = _FARTHEST * widest
    low = max(min(ends), -reach)
    high = min(max(ends), reach)
    return min(low * _MARGIN, -widest / 4), high * _MARGIN


def _bar(change: Range, allowed: float, scale: tuple[float, float]) -> str:
    low, high = scale

    def cell(fraction: float) -> int:
        share = (min(max(fraction, low), high) - low) / (high - low)
        return round(share * (_CELLS - 1))

    marks = [" "] * _CELLS
    first, last = cell(change.low), cell(change.high)
    marks[first : last + 1] = "─" * (last + 1 - first)
    marks[first] = "├" if change.low >= low else "◀"
    marks[last] = "┤" if change.high <= high else "▶"
    marks[cell(0.0)] = "┊"
    marks[cell(allowed)] = "┃"
    marks[cell(change.estimate)] = "●"
    return "".join(marks)
