"""What a gate measures: calls of two versions, made side by side, in blocks of one environment each.

Frozen records; a verdict follows from them and the rules alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from tuner.records import Excluded, Invocation, Outcome


class Side(StrEnum):
    """Which of the two versions."""

    BASELINE = "baseline"
    CONTENDER = "contender"


@dataclass(frozen=True, slots=True)
class Pair:
    """One call of each version, one right after the other, with the same event; either may be first."""

    baseline: Invocation
    contender: Invocation

    def __iter__(self) -> Iterator[Invocation]:
        yield self.baseline
        yield self.contender

    def of(self, side: Side) -> Invocation:
        """The call of one version."""
        return self.baseline if side is Side.BASELINE else self.contender

    @property
    def comparable(self) -> bool:
        """Whether both calls are samples of the warm population."""
        return self.baseline.warm_sample and self.contender.warm_sample

    @property
    def pardonable(self) -> bool:
        """Whether nothing speaks against it but that other work disturbed the machine."""
        return all(
            call.outcome is Outcome.OK
            and not call.cold
            and call.excluded in (None, Excluded.DISTURBED)
            and call.duration_ms is not None
            for call in self
        )


@dataclass(frozen=True, slots=True)
class Block:
    """What one environment of each version did: `started` by the first pair of calls, then warm ones.

    What an environment happens to be like (a JIT compiler's choices, the layout of its memory, its host) is
    shared by all its calls: blocks are independent of each other, the pairs in them are not.
    """

    started: Pair
    pairs: tuple[Pair, ...] = ()

    def calls(self, side: Side) -> Iterator[Invocation]:
        """Every call of one version."""
        yield self.started.of(side)
        for pair in self.pairs:
            yield pair.of(side)

    def samples(self, wanted: int) -> tuple[Pair, ...]:
        """The pairs that count: those that nothing disturbed, or all, where they are fewer than `wanted`.

        On a machine that is busy all the time there are no quiet pairs, and both calls of a pair suffer.
        """
        quiet = tuple(pair for pair in self.pairs if pair.comparable)
        if len(quiet) >= wanted:
            return quiet
        return tuple(pair for pair in self.pairs if pair.pardonable)


@dataclass(frozen=True, slots=True)
class Breakage:
    """A version that could not be run at all, in the platform's words."""

    side: Side
    message: str
    hint: str | None = None


class Ending(StrEnum):
    """What ended the measuring."""

    DECIDED = "decided"
    MAX_PAIRS = "max_pairs"
    MAX_SECONDS = "max_seconds"
    MAX_SPEND = "max_spend"
    NEVER_SUCCEEDED = "never_succeeded"
    BROKEN = "broken"
    SAVED = "saved"  # there was nothing to measure


@dataclass(frozen=True, slots=True)
class DuelRecord:
    """Everything that was measured: the first measurement, and the fresh one if it had to be confirmed.

    `spent_usd` is None where calls are not billed.
    """

    blocks: tuple[Block, ...]
    confirmation: tuple[Block, ...] = ()
    ended_by: Ending = Ending.DECIDED
    broken: Breakage | None = None
    seconds: float = 0.0
    spent_usd: float | None = None
