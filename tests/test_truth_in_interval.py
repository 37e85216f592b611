"""On every model of the catalog, the curve's 95 % interval holds the truth in at least 90 % of 200 runs.

The truth is known exactly there: the noise of a model has mean one.
"""

import itertools

import numpy as np
import pytest

from cost_models.workload_file import catalog, load_workload
from tuner.fit import fit_duration_curve
from tuner.measure.session import Session
from tuner.plans import Budget, Plan, SearchMethod
from tuner.platforms.model import ModelPlatform

RUNS = 200
SIZES = (128, 256, 512, 1024, 1769, 3008)


def coverage(workload, sizes, between):
    """The share of (run, size) pairs whose interval holds the truth: at measured sizes, and between them."""
    hits = {"measured": [], "between": []}
    truth = {m: workload.expected_duration_ms(m) for m in (*sizes, *between)}
    for seed in range(RUNS):
        session = Session(
            ModelPlatform(workload, seed=seed),
            Plan(SearchMethod.GRID, (sizes[0], sizes[-1]), sizes, 10, 0, 60, seed, Budget(500)),
        )
        session.measure(sizes, 10)
        curve = fit_duration_curve(session.finished().warm_durations_ms(), seed=seed)
        for kind, asked in (("measured", sizes), ("between", between)):
            band = curve.predict(np.array(asked))
            true = np.array([truth[m] for m in asked])
            hits[kind].append((band.low_ms <= true) & (true <= band.high_ms))
    return {kind: float(np.mean(found)) for kind, found in hits.items()}


@pytest.mark.parametrize("name", catalog())
def test_the_interval_holds_the_truth(name):
    workload = load_workload(name)
    sizes = tuple(m for m in SIZES if m >= (workload.used_memory_mb or 0))
    between = tuple(round((a * b) ** 0.5) for a, b in itertools.pairwise(sizes))
    found = coverage(workload, sizes, between)
    assert found["measured"] >= 0.9, found
    assert found["between"] >= 0.9, found
