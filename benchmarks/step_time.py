"""How long a search thinks about its next memory size, beside the invocation that follows: one line, a ratio.

python benchmarks/step_time.py
"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from tuner.analysis import weigh
from tuner.measure.session import Session
from tuner.options import RunOptions
from tuner.platforms.registry import open_platform
from tuner.records import Strategy
from tuner.search import next_step
from tuner.settings import Target
from tuner.tuning.planning import make_preview

SIZES_MB = (128, 256, 512, 768, 1024, 1344, 1769, 3008)
STEPS = 30


def main() -> None:
    """Think about the same measurements many times; compare with plain arithmetic in the same run."""
    options = RunOptions()
    with open_platform(Target("mixed", "model:mixed", Path()), RunOptions(seed=0)) as platform:
        session = Session(platform, make_preview(platform.describe(), options).plan)
        session.measure(SIZES_MB, 4)
        found = session.finished()
        thinking, yardstick = [], []
        for seed in range(STEPS):
            began = time.perf_counter()
            next_step(
                Strategy.COST,
                weigh(found, options),
                batch=1,
                calls_for=session.calls_for,
                calls_left=None,
                seed=seed,
            )
            thinking.append(time.perf_counter() - began)
            began = time.perf_counter()
            sum(number * number for number in range(1_000_000))
            yardstick.append(time.perf_counter() - began)
    took, times = median(thinking), median(thinking) / median(yardstick)
    print(
        f"next step after {len(SIZES_MB)} sizes x 4 calls, fit included: median {took * 1000:.0f} ms, "
        f"{times:.2f} x a million multiplications in the same run"
    )


if __name__ == "__main__":
    main()
