"""Where the labels of the recommended size and of today's go, so that nothing covers anything."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

_CHARACTER_PX = 7.8
"""Width of a bold character of the chart's type, rounded up."""
_GAP_PX = 10.0
_CROSSED_PX = 100.0
"""How many pixels outside the plot are as bad as one crossed text."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A label above the plot: to the right of its line or to the left, in row 0 (low) or 1 (high)."""

    to_right: bool
    row: int


def place_labels(
    variants: Sequence[Sequence[tuple[float, str]]], width_px: float
) -> tuple[Sequence[tuple[float, str]], tuple[Placement, ...]]:
    """The labels to draw in a plot `width_px` wide, and where.

    Args:
        variants: the labels as (position of their line [px], text), from the most to the least telling.

    Returns:
        The first variant of which every text can stay inside the plot without a line crossing another's
        text, with that arrangement; if there is none, what comes closest.
    """
    candidates = [(labels, *_best(labels, width_px)) for labels in variants]
    labels, _, placements = next((c for c in candidates if c[1] == 0), candidates[-1])
    return labels, placements


def _best(labels: Sequence[tuple[float, str]], width_px: float) -> tuple[float, tuple[Placement, ...]]:
    arrangements = [
        tuple(Placement(side, row) for side, row in zip(sides, rows, strict=True))
        for rows in itertools.permutations(range(len(labels)))
        for sides in itertools.product((True, False), repeat=len(labels))
    ]
    best = min(arrangements, key=lambda placements: _clash(labels, placements, width_px))
    return _clash(labels, best, width_px), best


def _clash(labels: Sequence[tuple[float, str]], placements: Sequence[Placement], width_px: float) -> float:
    spans = [_span(x, text, place) for (x, text), place in zip(labels, placements, strict=True)]
    outside = sum(max(0.0, -left) + max(0.0, right - width_px) for left, right in spans)
    # A line reaches up to its own row, so it can only cross the texts of the rows below.
    crossed = sum(
        left - _GAP_PX < x < right + _GAP_PX
        for (left, right), place in zip(spans, placements, strict=True)
        for (x, _), other in zip(labels, placements, strict=True)
        if other.row > place.row
    )
    return outside + _CROSSED_PX * crossed


def _span(x: float, text: str, place: Placement) -> tuple[float, float]:
    width = _GAP_PX + _CHARACTER_PX * len(text)
    return (x, x + width) if place.to_right else (x - width, x)


def thinned(positions: Sequence[float], gap_px: float) -> list[int]:
    """Indices of the ticks to label: in the order given, each at least `gap_px` from those before it."""
    kept: list[int] = []
    for i, position in enumerate(positions):
        if all(abs(position - positions[j]) >= gap_px for j in kept):
            kept.append(i)
    return kept
