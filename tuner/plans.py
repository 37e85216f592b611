"""What a run sets out to do, how it may end, and what it knew before: frozen records, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SearchMethod(StrEnum):
    """How the sizes to measure are chosen."""

    ADAPTIVE = "adaptive"
    GRID = "grid"
    PREDICT = "predict"


class StopReason(StrEnum):
    """What ended the measuring: an answer that is good enough, the end of the grid, or a bound."""

    REGRET = "regret"
    GRID = "grid"
    PREDICTED = "predicted"
    MAX_INVOCATIONS = "max_invocations"
    MAX_SPEND = "max_spend"
    MAX_SECONDS = "max_seconds"


@dataclass(frozen=True, slots=True)
class Budget:
    """The bounds of the paid loop, known before it starts. `None` is no bound of that kind."""

    max_invocations: int | None = None
    max_spend_usd: float | None = None
    max_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be measured: the sizes of a grid, or those that an adaptive search starts with.

    `samples` is how many warm invocations a size gets: once in a grid, at each step of a search. They are
    spread over `environments`, each with one cold call and its warm-ups.
    """

    method: SearchMethod
    range_mb: tuple[int, int]
    memory_sizes_mb: tuple[int, ...]
    samples: int
    warm_ups: int
    timeout_s: int
    seed: int
    budget: Budget = Budget()
    environments: int = 1

    @property
    def invocations_each(self) -> int:
        """How many invocations a size needs: a cold call and warm-ups an environment, and the samples."""
        return self.environments * (1 + self.warm_ups) + self.samples

    @property
    def invocations(self) -> int:
        """How many invocations these sizes need."""
        return len(self.memory_sizes_mb) * self.invocations_each


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """How the measured sizes were chosen: among the sizes from `range_mb[0]` to `range_mb[1]`."""

    method: SearchMethod
    range_mb: tuple[int, int]
    stopped_by: StopReason


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """How the search ended. `conclusive`: the expected regret is at most `target`.

    `more_invocations` is a rough number of further invocations after which it would be, with their cost;
    None where it is conclusive, or where invocations are not billed.
    """

    method: SearchMethod
    range_mb: tuple[int, int]
    stopped_by: StopReason
    target: float
    conclusive: bool
    more_invocations: int | None = None
    more_cost_usd: float | None = None

    @property
    def ran_out(self) -> bool:
        """Whether a bound ended the search before the answer was as sure as was asked for."""
        return not self.conclusive and self.stopped_by in (
            StopReason.MAX_INVOCATIONS,
            StopReason.MAX_SPEND,
            StopReason.MAX_SECONDS,
        )


@dataclass(frozen=True, slots=True)
class Prediction:
    """Expected warm durations [ms] at ascending memory sizes, from `calls` watched at full speed."""

    memory_mb: tuple[int, ...]
    duration_ms: tuple[float, ...]
    calls: int
