"""Histories built by hand: what a function did from commit to commit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from report_cases import summary

from tuner.history import HistoryEntry
from tuner.records import Condition, Estimate

START = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
CONDITIONS: dict[str, Condition] = {
    "platform": "aws",
    "strategy": "cost",
    "memory_range": "128 to 3,008 MB",
    "architecture": "x86_64",
    "region": "us-east-1",
    "price_date": "2026-10-01",
    "payload_sha256": "9f86d081884c7d65",
    "runtime": "python3.13",
}


def entry(
    number: int,
    *,
    cost: float = 1.0,
    mean_ms: float = 80.0,
    memory_mb: int = 512,
    function: str = "my-func",
    commit: str | None = "",
    relative: bool = False,
    **conditions: Condition,
) -> HistoryEntry:
    """A run `number` days after the first; three percent to each side is its noise."""
    return HistoryEntry(
        created_at=(START + timedelta(days=number)).isoformat(),
        function=function,
        target=f"aws:{function}",
        commit=f"{number:02d}c0ffee{number:032d}" if commit == "" else commit,
        memory_mb=memory_mb,
        current_memory_mb=512,
        duration_ms=summary(mean_ms),
        cost_usd_per_million=Estimate(cost, cost * 0.97, cost * 1.03),
        relative=relative,
        tool_version="0.1.0",
        conditions={**CONDITIONS, **conditions},
    )


def regression_and_new_prices() -> tuple[HistoryEntry, ...]:
    """Six quiet runs, a change for the worse, and two runs at new prices."""
    quiet = [entry(n, cost=1 + 0.004 * (n % 3), mean_ms=80 + n % 2) for n in range(6)]
    worse = [entry(6, cost=1.2, mean_ms=99.0), entry(7, cost=1.21, mean_ms=98.0)]
    new = [entry(n, cost=0.95, mean_ms=98.0, price_date="2026-10-08") for n in (8, 9)]
    return (*quiet, *worse, *new)
