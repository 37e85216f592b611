"""The simulation against closed forms, and how long ten million requests take on one core.

python benchmarks/concurrency.py
"""

from __future__ import annotations

import math
import resource
import time
from statistics import mean, stdev

from tabulate import tabulate

from cost_models.pricing import find_prices
from tuner.concurrency.erlang import erlang_b
from tuner.concurrency.scaling import ScalingRule
from tuner.concurrency.simulation import FunctionProfile, Profile, simulate
from tuner.concurrency.simulation.arrivals import constant
from tuner.concurrency.simulation.durations import LogNormal

GRID = ((1, 0.3), (2, 2.0), (5, 3.0), (10, 6.0), (10, 12.0), (50, 45.0), (100, 90.0), (100, 120.0))
SECONDS = 24_000.0
UNBOUND = ScalingRule(immediate=1_000_000, increment=1_000_000, period_s=1)
PRICES = find_prices("us-east-1", "x86_64")


def main() -> None:
    """Print the grid of loads, then the speed."""
    print(tabulate([compare(limit, load) for limit, load in GRID], headers="keys", floatfmt=".5f"))
    print()
    print(speed())


def compare(limit: int, load: float) -> dict[str, float]:
    """The throttled share of an M/G/c/c system, simulated and by Erlang's B formula."""
    function = FunctionProfile("f", constant(load), LogNormal(1.0, 0.5), 1024, PRICES, reserved=limit)
    result = simulate(Profile("grid", SECONDS, (function,), scaling=UNBOUND, seed=1))
    rows = result.timeline[1:]  # the account starts empty
    shares = [row.totals.throttled / row.totals.requests for row in rows if row.totals.requests]
    error, expected = stdev(shares) / math.sqrt(len(shares)), erlang_b(limit, load)
    return {
        "environments": limit,
        "load": load,
        "Erlang B": expected,
        "simulated": mean(shares),
        "standard error": error,
        "errors apart": (mean(shares) - expected) / error,
    }


def speed() -> str:
    """Ten million requests of three functions in an hour."""
    functions = tuple(
        FunctionProfile(
            f"f{n}", constant(1e7 / 3600 / 3), LogNormal(0.2, 0.5), 512, PRICES, LogNormal(0.5, 0.2)
        )
        for n in range(3)
    )
    began, busy_since = time.perf_counter(), time.process_time()
    result = simulate(Profile("speed", 3600.0, functions, seed=1))
    took, busy = time.perf_counter() - began, time.process_time() - busy_since
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{result.totals.requests:,} requests in {busy:.1f} s of one core ({took:.1f} s), {peak_mb:.0f} MB"


if __name__ == "__main__":
    main()
