"""The rules by which a strategy picks one memory size out of those that may be recommended.

Each rule has a first aim and a second. Sizes that cannot be told apart on the first aim are tied, and the
second decides among them: a size is tied when its expected loss is below `SAME`, or below `NEARLY_SAME`
while the draws do not agree that there is a loss at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuner.errors import NoAnswerError
from tuner.options import RunOptions
from tuner.recommend.evaluation import Evaluation
from tuner.records import Strategy
from tuner.units import format_memory

SAME = 0.01
NEARLY_SAME = 0.03
AGREEMENT = 0.975
WELL_INSIDE = 0.005
"""A size that was not measured is proposed only with an expected loss below this: once it is measured its
loss is known, and must still be below `SAME`."""
WORTH_MEASURING = 0.2
"""And it must be this much better in the second aim than a measured one to be worth measuring."""


@dataclass(frozen=True)
class Aims:
    """Draws of the first and the second aim, shape (draws, n)."""

    first: np.ndarray
    second: np.ndarray


@dataclass(frozen=True, slots=True)
class Choice:
    """A column of the evaluation, the best on the first aim, and the columns tied with it."""

    column: int
    best: int
    tied: tuple[int, ...]


def choose(
    strategy: Strategy,
    evaluation: Evaluation,
    allowed: np.ndarray,
    options: RunOptions,
    *,
    measured: frozenset[int],
    measured_only: bool,
) -> Choice:
    """The column that a strategy picks among `allowed` columns, shape (k,), k > 0.

    `measured` columns are taken before others that are as good, and with `measured_only` before better
    ones. Where the cost is already bounded by `--max-cost-increase`, the strategy cost means the fastest
    size within that bound.

    Raises:
        NoAnswerError: with `measured_only`, no measured column is allowed.
    """
    cost, duration = evaluation.cost_usd, evaluation.duration_ms
    bounded = options.max_cost_increase is not None
    if strategy is Strategy.SPEED or (strategy is Strategy.COST and bounded):
        aims = Aims(duration, cost)
    elif strategy is Strategy.COST:
        aims = Aims(cost, duration)
    else:
        objective = balanced_objective(evaluation, allowed, options.balanced_weight)
        aims = Aims(objective, duration)
    measured_allowed = np.array([c for c in allowed if int(c) in measured], dtype=int)
    if measured_only and not measured_allowed.size:
        raise _none_measured(evaluation, allowed)
    return _pick(aims, allowed, measured_allowed, measured_only)


def balanced_objective(evaluation: Evaluation, allowed: np.ndarray, weight: float) -> np.ndarray:
    """weight x cost / largest cost + (1 - weight) x duration / largest duration, shape (draws, n).

    The largest expected cost and duration among the allowed sizes scale the two, as the peers do.
    """
    largest_cost = evaluation.mean_cost_usd[allowed].max()
    largest_duration = evaluation.mean_duration_ms[allowed].max()
    scaled_cost = evaluation.cost_usd / largest_cost
    scaled_duration = evaluation.duration_ms / largest_duration
    return np.asarray(weight * scaled_cost + (1 - weight) * scaled_duration)


def tied_with(
    aim: np.ndarray, best: int, columns: np.ndarray, *, same: float = SAME, nearly: float = NEARLY_SAME
) -> np.ndarray:
    """The columns whose loss against `best` is negligible, or small and not sure to exist."""
    loss = aim[:, columns] / aim[:, [best]] - 1
    expected = loss.mean(axis=0)
    sure = (loss > 0).mean(axis=0) >= AGREEMENT
    return np.asarray(columns[(expected <= same) | ((expected <= nearly) & ~sure)])


def _pick(aims: Aims, allowed: np.ndarray, measured: np.ndarray, measured_only: bool) -> Choice:
    """The best in the second aim among the tied; the smallest of those that are as good in that too."""
    second = aims.second.mean(axis=0)
    best = int(allowed[aims.first.mean(axis=0)[allowed].argmin()])
    tied = tied_with(aims.first, best, allowed)
    known = np.intersect1d(tied, measured)
    inside = tied_with(aims.first, best, allowed, same=WELL_INSIDE, nearly=WELL_INSIDE)
    proposed = int(inside[second[inside].argmin()])
    if known.size:
        runner = int(known[second[known].argmin()])
        if measured_only or second[runner] <= second[proposed] * (1 + WORTH_MEASURING):
            column = tied_with(aims.second, runner, known).min()
        else:
            column = tied_with(aims.second, proposed, inside).min()
    elif measured_only:
        column = measured[aims.first.mean(axis=0)[measured].argmin()]
    else:
        column = tied_with(aims.second, proposed, inside).min()
    return Choice(int(column), best, tuple(int(c) for c in tied))


def _none_measured(evaluation: Evaluation, allowed: np.ndarray) -> NoAnswerError:
    low, high = (format_memory(int(evaluation.memory_mb[allowed[end]])) for end in (0, -1))
    return NoAnswerError(
        f"sizes from {low} to {high} would satisfy the constraints, but none of them was measured",
        "measure one: add it to --memory-sizes",
    )
