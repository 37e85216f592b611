"""A bill as every JSON document has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cost_models.pricing import LineItem


def line_items_document(items: Iterable[LineItem]) -> list[dict[str, Any]]:
    """Each line with its amount; the price is text, since it must not be rounded."""
    return [
        {
            "name": item.name,
            "quantity": float(item.quantity),
            "unit": item.unit,
            "price": f"{item.price:f}",
            "amount": float(item.amount),
        }
        for item in items
    ]
