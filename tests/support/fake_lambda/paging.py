"""Long lists in pages, so that a client that reads the first page only is caught."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def paged(key: str, items: Sequence[Any], parameters: dict[str, Any], page_size: int) -> dict[str, Any]:
    """One page of a list, with the marker of the next one where there is more."""
    start = int(parameters.get("Marker") or 0)
    end = start + min(parameters.get("MaxItems") or page_size, page_size)
    document: dict[str, Any] = {key: list(items[start:end])}
    if end < len(items):
        document["NextMarker"] = str(end)
    return document
