"""What a gate asks: how much each metric may grow, and what it may never exceed.

A threshold is written `10%`, `5ms` or `10% and 5ms`; a budget is an amount, as in `800ms` or `$4.00`. In
tuner.toml they are tables (`fail = {cost = "10%", p50 = "10% and 2ms"}`), as flags `--fail cost=10%`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cost_models.errors import did_you_mean
from tuner.gate.metrics import Metric
from tuner.units import format_percent, parse_fraction


class Severity(StrEnum):
    """What crossing a line means."""

    FAIL = "fail"
    WARN = "warn"
    BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Threshold:
    """How much a metric may grow: by a fraction, by an amount in its unit, or until both are passed."""

    fraction: float | None = None
    amount: float | None = None

    def fraction_of(self, baseline: float) -> float:
        """The growth that passes every part of it, as a fraction of what the metric was."""
        parts = [self.fraction or 0.0]
        if self.amount is not None:
            parts.append(self.amount / baseline)
        return max(parts)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that a metric should not cross: a threshold for its growth, or a limit for itself."""

    metric: Metric
    severity: Severity
    threshold: Threshold | None = None
    limit: float | None = None

    def __str__(self) -> str:
        if self.threshold is None:
            return f"{self.metric} at most {self.metric.format_amount(self.limit or 0.0)}"
        parts = []
        if self.threshold.fraction is not None:
            parts.append(format_percent(self.threshold.fraction, signed=True))
        if self.threshold.amount is not None:
            parts.append(f"+{self.metric.format_amount(self.threshold.amount)}")
        return f"{self.metric} {' and '.join(parts)}"


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule of a gate. Only rules that can fail it decide how long is measured."""

    rules: tuple[Rule, ...]

    @property
    def deciding(self) -> tuple[Rule, ...]:
        """The rules that can fail the gate."""
        return tuple(rule for rule in self.rules if rule.severity is not Severity.WARN)


DEFAULT_FAIL: Mapping[str, str] = {"cost": "10%", "p50": "10% and 2ms"}
DEFAULT_WARN: Mapping[str, str] = {"p95": "20% and 5ms", "init": "20% and 50ms", "max_memory": "10% and 16MB"}


def read_rules(
    *,
    fail: Mapping[str, Any] | None = None,
    warn: Mapping[str, Any] | None = None,
    budget: Mapping[str, Any] | None = None,
) -> Rules:
    """The rules of a gate; `fail` or `warn` left out is the usual set, and given is given whole.

    Raises `ValueError` with what to write instead.
    """
    usual_fail = DEFAULT_FAIL if fail is None else fail
    usual_warn = DEFAULT_WARN if warn is None else warn
    rules = [
        *(_growth(name, value, Severity.FAIL) for name, value in usual_fail.items()),
        *(_growth(name, value, Severity.WARN) for name, value in usual_warn.items()),
        *(_limit(name, value) for name, value in (budget or {}).items()),
    ]
    found = Rules(tuple(rules))
    if not found.deciding:
        raise ValueError('no rule could fail this gate; write one, as in fail = {cost = "10%"}')
    return found


def read_assignments(texts: Iterable[str]) -> dict[str, str]:
    """`cost=10%` and its like as a table, for `read_rules`. Raises `ValueError` for a metric given twice."""
    table: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise ValueError(f"'{text}' is not a rule; write cost=10% or \"p95=10% and 5ms\"")
        if name in table:
            raise ValueError(f"{name} is given twice; join both conditions with 'and', as in 10% and 5ms")
        table[name] = value
    return table


def read_threshold(metric: Metric, value: Any) -> Threshold:
    """A threshold, from `10%`, `5ms` or `10% and 5ms`. Raises `ValueError` with what to write instead."""
    accepted = f"write 10%, {metric.example} or '10% and {metric.example}'"
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no threshold for {metric}; {accepted}")
    parts = value.split(" and ")
    percents = [part for part in parts if part.strip().endswith("%")]
    amounts = [part for part in parts if part not in percents]
    if len(percents) > 1 or len(amounts) > 1:
        raise ValueError(f"'{value}' is no threshold for {metric}; {accepted}")
    try:
        fraction = parse_fraction(_unsigned(percents[0])) if percents else None
        amount = metric.parse_amount(_unsigned(amounts[0])) if amounts else None
    except ValueError as error:
        raise ValueError(f"'{value}' is no threshold for {metric}: {error}; {accepted}") from None
    if not all(part is None or part > 0 for part in (fraction, amount)):
        raise ValueError(f"'{value}' would fail on chance alone; a threshold for {metric} must be above zero")
    return Threshold(fraction, amount)


def _growth(name: str, value: Any, severity: Severity) -> Rule:
    metric = _metric(name)
    return Rule(metric, severity, threshold=read_threshold(metric, value))


def _limit(name: str, value: Any) -> Rule:
    metric = _metric(name)
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no budget for {metric}; write '{metric.example}'")
    limit = metric.parse_amount(value)
    if limit <= 0:
        raise ValueError(f"a budget for {metric} must be above zero")
    return Rule(metric, Severity.BUDGET, limit=limit)


def _metric(name: str) -> Metric:
    try:
        return Metric(name)
    except ValueError:
        raise ValueError(f"there is no metric '{name}'; {did_you_mean(name, list(Metric))}") from None


def _unsigned(text: str) -> str:
    return text.strip().removeprefix("+")
