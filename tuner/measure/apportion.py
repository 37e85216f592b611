"""Sharing calls out by weight: largest remainders (Hamilton's method), and a sequence that follows them."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from fractions import Fraction


def largest_remainder(weights: Sequence[float], n: int) -> list[int]:
    """Whole shares that add up to `n`, each within one of its exact share; ties to the first.

    Raises ValueError when a weight is negative or not finite, or none is positive.
    """
    return _shares(_whole(tuple(weights)), n)


def weighted_turns(weights: Sequence[float], calls: int) -> tuple[int, ...]:
    """Whose turn it is at each of `calls` calls; a longer sequence begins with every shorter one.

    It is the turn of the one furthest behind its share of the calls so far, by largest remainders. A share
    may shrink as calls are added, so counts are within one of it, and equal where the shares are exact.

    Raises ValueError as `largest_remainder` does.
    """
    return _turns(_whole(tuple(weights)), calls)


def weighted_turn(weights: Sequence[float], call: int) -> int:
    """Whose turn it is at one call, counted from 0: `weighted_turns` for a caller that goes on and on."""
    return _turns(_whole(tuple(weights)), 1 << call.bit_length())[call]


@functools.lru_cache(maxsize=32)  # a run asks for one call after the other: the lengths are powers of two
def _turns(whole: tuple[int, ...], calls: int) -> tuple[int, ...]:
    total = sum(whole)
    counts = [0] * len(whole)
    turns = []
    for call in range(1, calls + 1):
        # Equally far behind in whole calls: the exact share decides, then the place.
        behind = [
            (share - count, call * weight - total * count)
            for share, count, weight in zip(_shares(whole, call), counts, whole, strict=True)
        ]
        turn = behind.index(max(behind))
        counts[turn] += 1
        turns.append(turn)
    return tuple(turns)


def _shares(whole: Sequence[int], n: int) -> list[int]:
    total = sum(whole)
    shares = [n * weight // total for weight in whole]
    by_remainder = sorted(range(len(whole)), key=lambda place: -(n * whole[place] % total))
    for place in by_remainder[: n - sum(shares)]:
        shares[place] += 1
    return shares


def _whole(weights: tuple[float, ...]) -> tuple[int, ...]:
    """The same proportions in whole numbers: sums of fractions are exact, and quick."""
    if not all(0 <= weight < math.inf for weight in weights) or not any(weights):
        raise ValueError("weights are finite numbers that are not negative, at least one of them positive")
    exact = [Fraction(weight) for weight in weights]
    scale = math.lcm(*(weight.denominator for weight in exact))
    return tuple(int(weight * scale) for weight in exact)
