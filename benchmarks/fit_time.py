"""How long a fit takes beside the shortest invocation it decides about: one line, a ratio.

python benchmarks/fit_time.py
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from cost_models.workload_file import load_workload
from tuner.fit import fit_duration_curve

SIZES_MB = (128, 256, 512, 1024, 1769, 3008)
CALLS = 10
FITS = 30


def main() -> None:
    """Fit a simulated grid many times; compare with a loop of plain arithmetic in the same run."""
    workload = load_workload("mixed")
    rng = np.random.default_rng(0)
    durations = {m: [_call(workload, rng, m) for _ in range(CALLS)] for m in SIZES_MB}
    fits, yardstick = [], []
    for seed in range(FITS):
        began = time.perf_counter()
        fit_duration_curve(durations, seed=seed)
        fits.append(time.perf_counter() - began)
        began = time.perf_counter()
        sum(number * number for number in range(1_000_000))
        yardstick.append(time.perf_counter() - began)
    print(
        f"fit of {len(SIZES_MB)} sizes x {CALLS} calls: median {median(fits) * 1000:.0f} ms, "
        f"{median(fits) / median(yardstick):.2f} x a million multiplications in the same run"
    )


def _call(workload, rng, memory_mb) -> float:
    return workload.call(rng, memory_mb=memory_mb, timeout_ms=1e9, fresh=False).duration_ms


if __name__ == "__main__":
    main()
