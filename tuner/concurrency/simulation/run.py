"""Playing a profile: window by window, so that memory does not grow with the number of requests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from tuner.concurrency.simulation.bill import bill_of, row_usd
from tuner.concurrency.simulation.engine import Engine, Fate
from tuner.concurrency.simulation.profile import FunctionProfile, Profile
from tuner.concurrency.simulation.result import (
    LATENCY_STATISTICS,
    FunctionOutcome,
    Latency,
    Row,
    SimulationResult,
    Totals,
)
from tuner.concurrency.simulation.tally import Tally, Window, percentile_ms

_REQUESTS_IN_WINDOW = 200_000
_THROTTLES = {
    "concurrency": Fate.OVER_LIMIT,
    "requests_per_second": Fate.OVER_RATE,
    "scaling_rate": Fate.OVER_SCALING,
}


def simulate(profile: Profile) -> SimulationResult:
    """What happens to every request of a profile; the same seed gives the same result."""
    engine, tally = Engine(profile), Tally(profile)
    generators = np.random.default_rng(profile.seed).spawn(len(profile.functions))
    for row, start_s, end_s in _windows(profile, tally):
        drawn = [
            _draw(index, function, rng, start_s, end_s)
            for index, (function, rng) in enumerate(zip(profile.functions, generators, strict=True))
        ]
        times, functions, durations, inits, failed = (
            np.concatenate(column) for column in zip(*drawn, strict=True)
        )
        order = np.argsort(times, kind="stable")
        times, functions, durations, inits = times[order], functions[order], durations[order], inits[order]
        fates, highest = engine.admit(start_s, times, functions, durations, inits)
        found = np.array(fates, dtype=np.intp)
        busy = durations + np.where(found == Fate.COLD, inits, 0.0)
        failed = failed[order] & (found < Fate.OVER_LIMIT)
        tally.count(Window(row, times, functions, busy, found, failed), highest)
    return _result(profile, tally, engine.in_use_peak)


def _windows(profile: Profile, tally: Tally) -> Iterator[tuple[int, float, float]]:
    """Each row of the timeline, in parts with a bounded number of requests."""
    edges = tally.edges()
    for row, (start_s, end_s) in enumerate(pairwise(edges)):
        expected = sum(f.arrivals.expected(start_s, end_s) for f in profile.functions)
        parts = np.linspace(start_s, end_s, 1 + max(1, math.ceil(expected / _REQUESTS_IN_WINDOW)))
        yield from ((row, float(a), float(b)) for a, b in pairwise(parts))


def _draw(
    index: int, function: FunctionProfile, rng: np.random.Generator, start_s: float, end_s: float
) -> tuple[np.ndarray, ...]:
    """The requests of one function in a window: times, function, durations, inits, and which would fail."""
    times = function.arrivals.draw(rng, start_s, end_s)
    number = len(times)
    durations = function.durations.draw(rng, number)
    failed = (durations > function.timeout_s) | (rng.random(number) < function.error_share)
    return (
        times,
        np.full(number, index, dtype=np.intp),
        np.minimum(durations, function.timeout_s),
        function.init.draw(rng, number),
        failed,
    )


def _result(profile: Profile, tally: Tally, peaks: list[int]) -> SimulationResult:
    concurrency, edges = tally.concurrency(), tally.edges()
    lengths = np.diff(edges)
    functions = tuple(
        FunctionOutcome(
            function=function,
            totals=_totals(tally.fates[i].sum(axis=0), tally.failed[i].sum()),
            concurrency=float(concurrency[i] @ lengths / profile.seconds),
            peak_concurrency=peaks[i],
            latency_ms=_latency(tally.latency_of_function[i]),
            line_items=bill_of(function, profile.seconds, **_calls(tally, i, slice(None))),
        )
        for i, function in enumerate(profile.functions)
    )
    timeline = tuple(
        Row(
            t_s=float(edges[row]),
            totals=_totals(tally.fates[:, row].sum(axis=0), tally.failed[:, row].sum()),
            concurrency=float(concurrency[:, row].sum()),
            peak_concurrency=int(tally.peak[row]),
            concurrency_of={f.name: float(concurrency[i, row]) for i, f in enumerate(profile.functions)},
            latency_ms=_latency(tally.latency_of_row[row]),
            cost_usd=sum(
                row_usd(f, float(lengths[row]), **_calls(tally, i, slice(row, row + 1)))
                for i, f in enumerate(profile.functions)
            ),
        )
        for row in range(profile.rows)
    )
    return SimulationResult(
        profile=profile,
        totals=_totals(tally.fates.sum(axis=(0, 1)), tally.failed.sum()),
        functions=functions,
        timeline=timeline,
        latency_ms=_latency(tally.latency_of_row.sum(axis=0)),
    )


def _totals(fates: np.ndarray, failed: np.integer) -> Totals:
    throttled_by = {name: int(fates[fate]) for name, fate in _THROTTLES.items()}
    requests, throttled = int(fates.sum()), sum(throttled_by.values())
    return Totals(
        requests=requests,
        completed=requests - throttled - int(failed),
        failed=int(failed),
        throttled=throttled,
        cold_starts=int(fates[Fate.COLD]),
        throttled_by=throttled_by,
    )


def _calls(tally: Tally, function: int, rows: slice) -> dict[str, tuple[int, int]]:
    fates = tally.fates[function, rows].sum(axis=0)
    on_demand_ms, provisioned_ms = tally.billed_ms[function, rows].sum(axis=0)
    return {
        "on_demand": (int(fates[Fate.WARM] + fates[Fate.COLD]), int(on_demand_ms)),
        "provisioned": (int(fates[Fate.PROVISIONED]), int(provisioned_ms)),
    }


def _latency(histogram: np.ndarray) -> Latency:
    values = {name: percentile_ms(histogram, share) for name, share in LATENCY_STATISTICS.items()}
    return {name: value for name, value in values.items() if value is not None} or None
