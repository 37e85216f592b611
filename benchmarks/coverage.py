"""How often the curve's 95 % interval holds the truth, and how wide it is, on every model of the catalog.

python benchmarks/coverage.py [RUNS]
"""

from __future__ import annotations

import sys
from itertools import pairwise

import numpy as np
from tabulate import tabulate

from cost_models.workload_file import catalog, load_workload
from tuner.fit import fit_duration_curve

SIZES_MB = (128, 256, 512, 1024, 1769, 3008)
CALLS = 10


def main() -> None:
    """Print one row a model: coverage and half-width at measured sizes, and midway between them."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rows = []
    for name in catalog():
        workload = load_workload(name)
        sizes = [m for m in SIZES_MB if m >= (workload.used_memory_mb or 0)]
        between = [round((a * b) ** 0.5) for a, b in pairwise(sizes)]
        found = {"measured": [], "between": []}
        for seed in range(runs):
            curve = fit_duration_curve(_sample(workload, sizes, seed), seed=seed)
            for kind, asked in (("measured", sizes), ("between", between)):
                found[kind].append(_judge(curve, workload, asked))
        rows.append([name, *(text for kind in found for text in _summary(np.array(found[kind])))])
    headers = ["model", "at measured sizes", "half-width", "between", "half-width"]
    print(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True))


def _sample(workload, sizes, seed):
    rng = np.random.default_rng(seed)
    return {
        m: [workload.call(rng, memory_mb=m, timeout_ms=1e9, fresh=False).duration_ms for _ in range(CALLS)]
        for m in sizes
    }


def _judge(curve, workload, sizes):
    """(is the truth inside, relative half-width) at each size, shape (sizes, 2)."""
    band = curve.predict(np.array(sizes))
    truth = np.array([workload.expected_duration_ms(m) for m in sizes])
    inside = (band.low_ms <= truth) & (truth <= band.high_ms)
    return np.column_stack([inside, (band.high_ms - band.low_ms) / 2 / band.mean_ms])


def _summary(judged):
    return f"{judged[..., 0].mean() * 100:.0f} %", f"{np.median(judged[..., 1]) * 100:.1f} %"


if __name__ == "__main__":
    main()
