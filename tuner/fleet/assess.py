"""From what was observed to a judgement: the bill of a month, what tuning saves, and the flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cost_models.cpu import MEMORY_MIN_MB
from cost_models.errors import PriceNotFoundError
from cost_models.pricing import LineItem, Usage, find_prices, line_items
from tuner.fleet.flags import flags_of
from tuner.fleet.records import (
    DAYS_PER_MONTH,
    UNKNOWN,
    Attempt,
    Confidence,
    Ending,
    FleetFunction,
    Observed,
    Saving,
)
from tuner.records import Estimate
from tuner.units import format_memory, format_percent, format_usd

_BY_MEMORY = ("Compute", "Provisioned")
"""The line items that grow with the memory size begin so."""


def assess(seen: Observed, today: date) -> FleetFunction:
    """A function of which one memory size was seen, through its metrics."""
    bill = bill_of(seen)
    saving, reason = bounded(seen, bill)
    return FleetFunction(seen, bill, saving, None, (reason,), flags_of(seen, today))


def bill_of(seen: Observed) -> tuple[LineItem, ...] | None:
    """The bill of 30 days at list prices in dollars; None where something that it takes is not known."""
    factor = seen.per_month
    if None in (seen.memory_mb, seen.region, seen.architecture, seen.invocations, seen.billed_ms, factor):
        return None
    usage = Usage(
        memory_mb=seen.memory_mb or 0,
        invocations=round((seen.invocations or 0) * (factor or 0)),
        billed_ms=round((seen.billed_ms or 0) * (factor or 0)),
        ephemeral_mb=seen.ephemeral_mb,
        provisioned_environments=seen.provisioned_environments or 0,
        provisioned_seconds=DAYS_PER_MONTH * 86_400,
    )
    try:
        prices = find_prices(seen.region or "", seen.architecture or "")
        return line_items(prices, usage) if prices.currency == "USD" else None
    except PriceNotFoundError:
        return None


def bounded(seen: Observed, bill: Sequence[LineItem] | None) -> tuple[Saving, str]:
    """The most that a smaller memory size could save, and what would tell.

    A smaller size is not faster, so at m MB the same calls cost at least m / today's of what memory costs. A
    larger one is mostly at best faster in proportion, and then costs the same; calls of a few milliseconds
    that the CPU quota holds up can gain more, and what those would save has no bound.
    """
    if seen.invocations == 0 and not seen.provisioned_environments:
        return UNKNOWN, "It was not invoked, so there is nothing to save and nothing to measure by."
    if bill is None or seen.memory_mb is None:
        return UNKNOWN, "What it costs is not known, so neither is what could be saved."
    lowest = min(seen.memory_mb, seen.floor_mb or MEMORY_MIN_MB)
    share = 1 - lowest / seen.memory_mb
    by_memory = sum((item.amount for item in bill if item.name.startswith(_BY_MEMORY)), Decimal(0))
    most = float(by_memory) * share
    size = format_memory(seen.memory_mb)
    if share <= 0:
        return Saving(Confidence.BOUNDED, None, 0.0, 0.0), (
            f"It cannot be smaller than {size}, and a larger one is rarely cheaper: mostly speed could be "
            "gained."
        )
    unused = "" if seen.floor_mb else "; how much memory it uses is not known"
    return Saving(Confidence.BOUNDED, None, 0.0, most), (
        f"Only {size} was seen{unused}. A smaller size saves at most {format_percent(share)} of what memory "
        f"costs, {format_usd(most)} a month, at {format_memory(lowest)} and if calls took no longer there."
    )


def tuned(function: FleetFunction, attempt: Attempt | None) -> FleetFunction:
    """The function after it was tuned: its dollars follow the curve of the run."""
    if attempt is None or attempt.ending is not Ending.DONE or attempt.memory_mb is None:
        return function
    best = format_memory(attempt.memory_mb)
    reasons = [f"{best} is the best size by the curve of its run."]
    if not attempt.conclusive:
        reasons.append("A bound ended the run before that was sure.")
    saving = _saving_by_run(function, attempt.now, attempt.best)
    if saving is None:
        reasons.append("What that saves a month is not known.")
    elif saving.mean is not None and saving.low is not None and saving.high is not None:
        reasons.append(
            f"That saves {format_usd(saving.mean)} a month (95 % interval {format_usd(saving.low)} to "
            f"{format_usd(saving.high)}), if the event of the run stands for those of production."
        )
    return replace(
        function,
        saving=saving or UNKNOWN,
        best_memory_mb=attempt.memory_mb,
        reasons=tuple(reasons),
    )


def _saving_by_run(function: FleetFunction, now: Estimate | None, best: Estimate | None) -> Saving | None:
    cost = function.cost_usd
    if cost is None or now is None or best is None or min(now.mean, now.low, now.high) <= 0:
        return None
    if now == best:
        return Saving(Confidence.FITTED, 0.0, 0.0, 0.0)
    month = float(cost)
    return Saving(
        Confidence.FITTED,
        month * (1 - best.mean / now.mean),
        month * (1 - best.high / now.low),
        month * (1 - best.low / now.high),
    )
