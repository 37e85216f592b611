"""The 95 % interval holds the true expected duration, at measured sizes and between them.

Each workload separately, because a good average can hide one kind of function that is always wrong.
A hundred seeded runs each; the interval must also be narrow enough to be of use.
"""

from __future__ import annotations

import numpy as np
import pytest
from fit_workloads import GRID, WORKLOADS, measure

from tuner.fit import fit_duration_curve

RUNS = 100
BETWEEN = np.sqrt(GRID[:-1] * GRID[1:]).round()


@pytest.mark.parametrize(
    ("name", "cv", "widest"),
    [("mixed", 0.1, 0.08), ("jvm", 0.1, 0.08), ("threshold", 0.05, 0.25)],
)
def test_interval_holds_the_truth(name, cv, widest):
    truth = WORKLOADS[name]
    sizes = np.concatenate([GRID, BETWEEN])
    expected = truth(sizes)
    held, width = [], []
    for run in range(RUNS):
        band = fit_duration_curve(measure(truth, np.random.default_rng(run), cv, 10), seed=run).predict(sizes)
        held.append((band.low_ms <= expected) & (expected <= band.high_ms))
        width.append((band.high_ms - band.low_ms) / 2 / band.mean_ms)
    held = np.array(held)
    assert held[:, : len(GRID)].mean() >= 0.90
    assert held[:, len(GRID) :].mean() >= 0.90
    assert np.median(width) < widest
