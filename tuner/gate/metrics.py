"""What a gate can watch, each in the unit that people write it in."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from tuner.units import (
    format_duration,
    format_memory,
    format_usd,
    parse_duration_ms,
    parse_memory_amount_mb,
    parse_usd,
)


class Metric(StrEnum):
    """A number of a function that should not grow. Warm calls, except for `init`.

    cost: the mean bill of a call, its request included [USD per million]. p50, p95: of the duration [ms].
    init: the typical time that a new environment takes to start [ms]. max_memory: the peak of an
    environment [MB].
    """

    COST = "cost"
    P50 = "p50"
    P95 = "p95"
    INIT = "init"
    MAX_MEMORY = "max_memory"

    @property
    def quantile(self) -> float | None:
        """Which quantile of the duration it is, or None."""
        return {Metric.P50: 0.5, Metric.P95: 0.95}.get(self)

    @property
    def example(self) -> str:
        """An amount as one writes it."""
        return {Metric.COST: "$0.50", Metric.MAX_MEMORY: "64MB"}.get(self, "20ms")

    def parse_amount(self, text: str) -> float:
        """An amount in the metric's unit. Raises `ValueError` with the accepted forms."""
        return _PARSERS.get(self, parse_duration_ms)(text)

    def format_amount(self, amount: float) -> str:
        """An amount with its unit, as tables show it."""
        if self is Metric.COST:
            return format_usd(amount)
        return format_memory(round(amount)) if self is Metric.MAX_MEMORY else format_duration(amount)


def _parse_usd(text: str) -> float:
    """An amount [USD]; without its sign a number could be a percentage."""
    if not text.strip().startswith("$"):
        raise ValueError(f"'{text}' is not an amount; write $0.50")
    return parse_usd(text)


_PARSERS: dict[Metric, Callable[[str], float]] = {
    Metric.COST: _parse_usd,
    Metric.MAX_MEMORY: parse_memory_amount_mb,
}
