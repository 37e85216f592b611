"""The functions of a log archive, as `tuner.logs` found them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from cost_models.pricing import LineItem
from tuner.fleet.assess import bounded
from tuner.fleet.flags import flags_of
from tuner.fleet.ranking import ranked
from tuner.fleet.records import Confidence, Fleet, FleetFunction, Observed, Saving
from tuner.logs.findings import FunctionFindings, LogFindings, MemoryAdvice
from tuner.records import Outcome

_US_PER_DAY = 86_400_000_000
_SHORTEST_DAYS = 1 / 24
"""Less than an hour does not tell a month."""


def fleet_of_logs(found: LogFindings, today: date) -> Fleet:
    """Every function that logs speak of, ranked."""
    return Fleet(
        functions=ranked(_assessed(function, found, today) for function in found.functions),
        source="logs",
        price_date=found.prices.price_date,
        warnings=found.warnings,
        interrupted=found.interrupted,
    )


def _assessed(found: FunctionFindings, all_found: LogFindings, today: date) -> FleetFunction:
    seen = _observed(found, all_found.prices.region)
    bill = _bill(found, seen.per_month)
    memory = found.advice.memory if found.advice else None
    saving, reasons = _saving(memory, seen, bill)
    best = memory.memory_mb if memory else None
    return FleetFunction(seen, bill, saving, best, reasons, flags_of(seen, today))


def _observed(found: FunctionFindings, region: str) -> Observed:
    """The facts. Records do not say the architecture: the one that prices are taken for proves nothing."""
    size = found.current
    days = None
    if found.first_us is not None and found.last_us is not None:
        days = (found.last_us - found.first_us) / _US_PER_DAY
    ok = sum(each.outcomes.get(Outcome.OK, 0) for each in found.by_memory)
    return Observed(
        key=found.function,
        function=found.function,
        target=f"aws:{found.function}",
        region=region,
        memory_mb=size.memory_mb,
        days=days if days and days >= _SHORTEST_DAYS else None,
        invocations=found.invocations,
        failed=found.invocations - ok,
        billed_ms=sum(each.billed_ms for each in found.by_memory),
        mean_ms=size.duration_ms.mean,
        p95_ms=size.duration_ms.percentiles["p95"],
        max_ms=size.duration_ms.max,
        peak_concurrency=found.peak_concurrency,
        max_memory_used_mb=size.used_max_mb,
        floor_mb=found.advice.memory_floor_mb if found.advice else None,
    )


def _bill(found: FunctionFindings, factor: float | None) -> tuple[LineItem, ...] | None:
    """The bill of the period in proportion to 30 days, its sizes together."""
    items = [item for size in found.by_memory for item in size.bill]
    if factor is None or not items:
        return None
    return tuple(_together(items, Decimal(repr(factor))))


def _together(items: list[LineItem], factor: Decimal) -> Iterator[LineItem]:
    for kind in dict.fromkeys((item.name, item.unit, item.price) for item in items):
        name, unit, price = kind
        same = (item.quantity for item in items if (item.name, item.unit, item.price) == kind)
        yield LineItem(name, unit, sum(same, Decimal(0)) * factor, price)


def _saving(
    memory: MemoryAdvice | None, seen: Observed, bill: tuple[LineItem, ...] | None
) -> tuple[Saving, tuple[str, ...]]:
    """What the logs say themselves; where they name no saving, what one size can save at most."""
    if memory is not None and memory.saving_usd_per_month is not None:
        saving = Saving(
            Confidence.MEASURED, memory.saving_usd_per_month, memory.saving_low_usd, memory.saving_high_usd
        )
        return saving, memory.reasons
    if memory is not None and memory.saving_high_usd is not None:
        saving = Saving(Confidence.BOUNDED, None, memory.saving_low_usd, memory.saving_high_usd)
        return saving, memory.reasons
    saving, reason = bounded(seen, bill)
    return saving, (*(memory.reasons if memory else ()), reason)
