"""What a simulated time costs: line items for each function, and dollars for each row of the timeline."""

from __future__ import annotations

import math
from dataclasses import replace

from cost_models.pricing import LineItem, Usage, line_items
from tuner.concurrency.simulation.profile import FunctionProfile

PROVISIONED_ROUNDED_TO_S = 300
"""Provisioned concurrency is billed in whole five minutes (https://aws.amazon.com/lambda/pricing/)."""


def bill_of(
    function: FunctionProfile,
    seconds: float,
    *,
    on_demand: tuple[int, int],
    provisioned: tuple[int, int],
) -> tuple[LineItem, ...]:
    """The line items of a function whose calls are given as (number, billed ms), by where they ran.

    Throttled requests are not billed.
    """
    calls, billed_ms = on_demand
    usage = Usage(function.memory_mb, calls, billed_ms, function.prices.ephemeral_mb)
    items = line_items(function.prices, usage)
    if not function.provisioned:
        return items
    calls, billed_ms = provisioned
    ready_s = math.ceil(seconds / PROVISIONED_ROUNDED_TO_S) * PROVISIONED_ROUNDED_TO_S
    usage = Usage(
        function.memory_mb,
        calls,
        billed_ms,
        function.prices.ephemeral_mb,
        provisioned_environments=function.provisioned,
        provisioned_seconds=ready_s,
    )
    return _merged((*items, *line_items(function.prices, usage)))


def row_usd(
    function: FunctionProfile,
    seconds: float,
    length_s: float,
    *,
    on_demand: tuple[int, int],
    provisioned: tuple[int, int],
) -> float:
    """The dollars of a part of the time that is so long; of provisioned concurrency it bears its share."""
    items = bill_of(function, seconds, on_demand=on_demand, provisioned=provisioned)
    return sum(
        float(item.amount) * (length_s / seconds if item.name == "Provisioned concurrency" else 1)
        for item in items
    )


def _merged(items: tuple[LineItem, ...]) -> tuple[LineItem, ...]:
    """One line for each name, as on an invoice: requests cost the same wherever they ran."""
    lines: dict[str, LineItem] = {}
    for item in items:
        known = lines.get(item.name)
        lines[item.name] = replace(item, quantity=item.quantity + known.quantity) if known else item
    return tuple(lines.values())
