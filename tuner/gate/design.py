"""How long a gate measures, and how often it may be wrong: decided before the first call."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuner.errors import UsageError
from tuner.gate.boundaries import look_levels

ALARM_RATE = 0.01
FEWEST_CONFIRMING = 4
"""Blocks that are kept for a confirmation, however long the first measurement was in doubt."""


@dataclass(frozen=True, slots=True)
class Design:
    """The plan of a gate.

    A change that is exactly at its threshold is called a regression with probability `alarm_rate` at most,
    counted over all rules and looks; the same code, much more rarely. Two measurements must say so, each on
    its own, so that each may be wrong with the square root of it. `max_pairs` counts both.
    """

    alarm_rate: float = ALARM_RATE
    max_pairs: int = 240
    pairs_per_block: int = 5
    first_look: int = 4  # blocks
    look_growth: float = 1.25

    def __post_init__(self) -> None:
        fewest = (self.first_look + FEWEST_CONFIRMING) * self.pairs_per_block
        if self.max_pairs < fewest:
            raise UsageError(
                f"{self.max_pairs} pairs of calls cannot show a change and confirm it",
                f"allow at least {fewest}",
            )

    @property
    def blocks(self) -> int:
        """How many blocks there may be in all."""
        return self.max_pairs // self.pairs_per_block

    @property
    def first_blocks(self) -> int:
        """How many blocks the first measurement may have: a confirmation gets what it leaves."""
        return self.blocks - FEWEST_CONFIRMING

    def looks(self, most_blocks: int) -> tuple[int, ...]:
        """After how many blocks to look, ascending, in a measurement of at most so many."""
        looks = [min(self.first_look, most_blocks)]
        while looks[-1] < most_blocks:
            looks.append(min(most_blocks, max(looks[-1] + 1, round(looks[-1] * self.look_growth))))
        return tuple(looks)

    def level(self, blocks: int, most_blocks: int, rules: int) -> float:
        """How often each bound of a look after so many blocks may be wrong, with so many rules that decide.

        A measurement that a bound cuts short is looked at once more, whatever the plan was.
        """
        error = math.sqrt(self.alarm_rate / rules)
        taken = [look for look in self.looks(most_blocks) if look < blocks]
        return look_levels(tuple(n / most_blocks for n in (*taken, blocks)), error)[-1]
