"""The rules by which a strategy picks one memory size out of those that may be recommended.

Each rule has a first aim and a second. What a size would lose on the first aim against the best one is its
*regret*. A little regret is worth a much better second aim: nobody wants to wait ten times as long for the
last tenth of a percent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.recommend.evaluation import Evaluation
from tuner.recommend.evidence import Evidence
from tuner.records import Regret, Strategy

Array = NDArray[np.float64]

WORTH = {Strategy.COST: 0.5, Strategy.SPEED: 2.0, Strategy.BALANCED: 0.25}
"""The regret that halving the second aim is worth, in units of `--regret`: twice the speed is worth half a
percent of the cost, half the cost two percent of the speed."""
BOUND = 0.9
"""The probability with which a regret stays within its stated bound."""
KEEP_CURRENT = 1.0
"""Today's size is kept where the best would gain less than this, in the same unit: a change costs a
deployment."""


@dataclass(frozen=True)
class Aims:
    """Draws of the first and the second aim, shape (draws, n)."""

    first: Array
    second: Array


def aims_of(strategy: Strategy, evidence: Evidence) -> Aims:
    """What a strategy minimises.

    Where the cost is already bounded by `--max-cost-increase`, the strategy cost means the fastest size
    within that bound.
    """
    cost, duration = evidence.evaluation.cost_usd, evidence.evaluation.duration_ms
    bounded = evidence.options.max_cost_increase is not None
    if strategy is Strategy.SPEED or (strategy is Strategy.COST and bounded):
        return Aims(duration, cost)
    if strategy is Strategy.COST:
        return Aims(cost, duration)
    weight = evidence.options.balanced_weight
    return Aims(balanced_objective(evidence.evaluation, evidence.in_play, weight), duration)


def balanced_objective(evaluation: Evaluation, columns: np.ndarray, weight: float) -> np.ndarray:
    """weight x cost / largest cost + (1 - weight) x duration / largest duration, shape (draws, n).

    The largest expected cost and duration among `columns` scale the two, as the peers do.
    """
    largest_cost = evaluation.mean_cost_usd[columns].max()
    largest_duration = evaluation.mean_duration_ms[columns].max()
    scaled_cost = evaluation.cost_usd / largest_cost
    scaled_duration = evaluation.duration_ms / largest_duration
    return np.asarray(weight * scaled_cost + (1 - weight) * scaled_duration)


def regret_of(strategy: Strategy, evidence: Evidence) -> Array:
    """What every column loses on the first aim against the best column in play, shape (draws, n), relative.

    A draw's best is sought among the columns that keep the user's bounds in that draw.
    """
    first = aims_of(strategy, evidence).first
    columns = evidence.in_play
    rivals = first[:, columns]
    for bound in evidence.bounds:
        rivals = np.where(bound.kept[:, columns], rivals, np.inf)
    best = rivals.min(axis=1, keepdims=True)
    return np.asarray(np.maximum(first / best - 1, 0.0))  # against no rival there is no regret


def loss_of(strategy: Strategy, evidence: Evidence) -> Array:
    """What a strategy minimises in the mean, shape (draws, n): regret, and what the second aim is worth."""
    second = aims_of(strategy, evidence).second
    halvings = np.log2(second / second[:, evidence.in_play].min(axis=1, keepdims=True))
    worth = WORTH[strategy] * evidence.options.regret_target
    return np.asarray(regret_of(strategy, evidence) + worth * np.maximum(halvings, 0.0))


def choose(strategy: Strategy, evidence: Evidence) -> int | None:
    """The column that a strategy picks among those known well enough; None when none may be recommended."""
    known = evidence.allowed[evidence.can_be_answers[evidence.allowed]]
    if not known.size:
        return None
    loss = loss_of(strategy, evidence).mean(axis=0)
    best = int(known[loss[known].argmin()])
    today = evidence.today
    if today in known and loss[today] <= loss[best] + KEEP_CURRENT * evidence.options.regret_target:
        return today
    return best


def expected_regret(strategy: Strategy, evidence: Evidence, column: int) -> Regret:
    """What the size in a column is expected to lose against the best one, with its bound."""
    draws = regret_of(strategy, evidence)[:, column]
    mean = float(draws.mean())
    return Regret(mean, max(mean, float(np.quantile(draws, BOUND))))  # a few bad draws can outweigh the rest


def expected_loss(strategy: Strategy, evidence: Evidence, column: int) -> float:
    """What the size in a column is expected to lose in both aims together against each draw's best."""
    loss = loss_of(strategy, evidence)
    return float((loss[:, column] - loss[:, evidence.in_play].min(axis=1)).mean())
