"""The next measurement: the one that is expected to lower the regret of the answer most per invocation.

The posterior draws of the curve are the model. A measurement that has not been made yet is imagined: each
of its possible results weighs the draws anew (importance sampling), and the answer that would then be given
has a smaller expected regret, on average over the results. That average, against today's expected regret,
is the value of the measurement; the rule is the knowledge gradient of P. Frazier, W. Powell and S. Dayanik,
"The knowledge-gradient policy for correlated normal beliefs" (2009), per invocation, because a new memory
size costs a cold start on top of its samples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, softmax

from tuner.recommend import Evidence, loss_of
from tuner.records import Strategy

Array = NDArray[np.float64]

RESULTS = 24
"""Imagined results of a measurement: equally likely quantiles of its predicted distribution."""
NO_ANSWER = 1.0
"""The regret of having no size that may be recommended: as if it cost twice as much."""


@dataclass(frozen=True, slots=True)
class Step:
    """Measure a size so many times more; `gain` is the regret that this is expected to save a call."""

    memory_mb: int
    samples: int
    gain: float


def next_step(
    strategy: Strategy,
    evidence: Evidence,
    *,
    batch: int,
    calls_for: Callable[[int, int], int | None],
    calls_left: int | None,
    seed: int,
) -> Step | None:
    """The most valuable measurement that the bound still allows; None when it allows none.

    Args:
        batch: how many samples to take at once; a new size takes one more.
        calls_for: how many invocations so many samples of a size take; None where it cannot be measured.
        calls_left: how many the bound still allows; None without one.
        seed: of the imagined noise.
    """
    model = _Model(strategy, evidence, seed)
    measured, best = evidence.measured, None
    for column in evidence.in_play:
        size = int(evidence.evaluation.memory_mb[column])
        samples = batch if measured[column] else batch + 1
        calls = calls_for(size, samples)
        if calls is None or (calls_left is not None and calls > calls_left):
            continue
        gain = model.gain(int(column), samples) / calls
        if best is None or gain > best.gain:
            best = Step(size, samples, gain)
    return best


class _Model:
    """What is believed before a measurement, arranged so that imagined results are cheap to weigh."""

    def __init__(self, strategy: Strategy, evidence: Evidence, seed: int) -> None:
        self._loss = loss_of(strategy, evidence)
        self._log_ms = np.log(evidence.evaluation.duration_ms)
        self._kept = [(bound.kept.astype(float), bound.enough) for bound in evidence.bounds]
        self._known = evidence.acceptable & evidence.measured
        self._noise = float(np.sqrt(np.log1p(evidence.curve.noise_cv**2)))
        draws = len(self._loss)
        shuffled = np.random.default_rng(seed).permutation(draws)
        self._normal = ndtri((shuffled + 0.5) / draws)
        self._now = self._answer(np.full((1, draws), 1 / draws), self._known)

    def gain(self, column: int, samples: int) -> float:
        """By how much `samples` more of a column are expected to lower the loss of the answer."""
        log_ms = self._log_ms[:, column]
        noise = self._noise / np.sqrt(samples)
        levels = (np.arange(RESULTS) + 0.5) / RESULTS
        results = np.quantile(log_ms + noise * self._normal, levels)
        weights = softmax(-0.5 * ((results[:, None] - log_ms[None, :]) / noise) ** 2, axis=1)
        known = self._known.copy()
        known[column] = True
        return self._now - self._answer(weights, known)

    def _answer(self, weights: Array, known: NDArray[np.bool_]) -> float:
        """Expected loss of the best `known` column, averaged over weightings of shape (results, draws)."""
        if not known.any():
            return NO_ANSWER
        loss = weights @ self._loss[:, known]
        for kept, enough in self._kept:
            loss = np.where(weights @ kept[:, known] >= enough, loss, NO_ANSWER)
        return float(np.minimum(loss.min(axis=1), NO_ANSWER).mean())
