"""Every memory size under every possible curve: what the answer to other wishes would follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuner.options import RunOptions
from tuner.records import Candidate, Change, Strategy

if TYPE_CHECKING:
    import numpy as np

    from cost_models.pricing import Prices


@dataclass(frozen=True, slots=True)
class Choice:
    """A memory size that is known well enough to be the answer.

    `billed_ms` is the mean billed duration that a bill is made of.
    """

    candidate: Candidate
    billed_ms: float | None
    change_from_current: Change | None


@dataclass(frozen=True, slots=True)
class Rules:
    """The constants by which a size is chosen; `tuner.recommend` says what each means."""

    worth: Mapping[Strategy, float]
    regret_bound: float
    keep_current: float
    sure: float
    likely: float


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """The sizes among which the best is sought, the user's bounds apart, and how the best is told.

    A row of `duration_ms` and `cost_usd`, shape (draws, n), is one curve that may be the true one.

    Attributes:
        memory_mb: the n sizes, ascending.
        cost_usd: of one invocation.
        quantile_ratio: `mean`, `p50`, `p95` and `p99` of the calls over the expected duration.
        choices: None for the sizes that were not measured.
        today: the column of today's size, where it is among them.
        today_billed_ms: the mean billed duration at today's size, wherever that is.
        rejected: the other sizes with the reasons that no duration could change.
        options: what the run was asked for.
    """

    memory_mb: tuple[int, ...]
    duration_ms: np.ndarray
    cost_usd: np.ndarray
    quantile_ratio: Mapping[str, float]
    choices: tuple[Choice | None, ...]
    today: int | None
    today_billed_ms: float | None
    rejected: Mapping[int, str]
    options: RunOptions
    prices: Prices
    rules: Rules
