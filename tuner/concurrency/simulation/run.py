"""Playing a profile: window by window, so that memory does not grow with the number of requests."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from tuner.concurrency.simulation.bill import bill_of, row_usd
from tuner.concurrency.simulation.engine import PUT_OFF, Admitted, Engine, Fate, Requests
from tuner.concurrency.simulation.profile import FunctionProfile, Profile
from tuner.concurrency.simulation.result import (
    LATENCY_STATISTICS,
    FunctionOutcome,
    Latency,
    Row,
    SimulationResult,
    Totals,
)
from tuner.concurrency.simulation.tally import FATES, Ended, Tally, percentile_ms

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
        columns = [np.concatenate(column) for column in zip(*drawn, strict=True)]
        order = np.argsort(columns[0], kind="stable")
        requests = Requests(*(column[order] for column in columns))
        admitted = engine.admit(start_s, end_s, requests)
        tally.count(row, _ended(requests, admitted), admitted.highest)
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
    """The requests of one function in a window, as the columns of `Requests`."""
    times = function.arrivals.draw(rng, start_s, end_s)
    number = len(times)
    durations = function.durations.draw(rng, number)
    failing = (durations > function.timeout_s) | (rng.random(number) < function.error_share)
    return (
        times,
        np.full(number, index, dtype=np.intp),
        np.minimum(durations, function.timeout_s),
        function.init.draw(rng, number),
        failing,
    )


def _ended(requests: Requests, admitted: Admitted) -> Ended:
    """The requests that have a fate now: of those that have just come, and of those that came back."""
    times, none = requests.times, np.zeros(len(requests.times))
    fates = np.array(admitted.fates, dtype=np.intp)
    columns = (times, requests.functions, requests.durations, requests.inits, requests.failing)
    just_come = np.column_stack([*columns, times, none, fates])[fates != PUT_OFF]
    came_back = np.array([(*retry, fate) for retry, fate in admitted.came_back]).reshape(-1, 8)
    starts, functions, durations, inits, failing, since, retries, found = np.vstack([just_come, came_back]).T
    return Ended(
        functions=functions.astype(np.intp),
        starts=starts,
        waited=starts - since,
        busy=durations + np.where(found == Fate.COLD, inits, 0.0),
        fates=found.astype(np.intp),
        failed=(failing > 0) & (found < Fate.OVER_LIMIT),
        retries=retries,
    )


def _result(profile: Profile, tally: Tally, peaks: list[int]) -> SimulationResult:
    concurrency, edges = tally.concurrency(), tally.edges()
    lengths = np.diff(edges)
    functions = tuple(
        FunctionOutcome(
            function=function,
            totals=_totals(tally, i),
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
            totals=_totals(tally, (slice(None), row)),
            concurrency=float(concurrency[:, row].sum()),
            peak_concurrency=int(tally.peak[row]),
            concurrency_of={f.name: float(concurrency[i, row]) for i, f in enumerate(profile.functions)},
            latency_ms=_latency(tally.latency_of_row[row]),
            cost_usd=sum(
                row_usd(f, profile.seconds, float(lengths[row]), **_calls(tally, i, slice(row, row + 1)))
                for i, f in enumerate(profile.functions)
            ),
        )
        for row in range(profile.rows)
    )
    return SimulationResult(
        profile=profile,
        totals=_totals(tally, slice(None)),
        functions=functions,
        timeline=timeline,
        latency_ms=_latency(tally.latency_of_row.sum(axis=0)),
    )


def _totals(tally: Tally, part: int | slice | tuple[slice, int]) -> Totals:
    """The counts of a function, of a row of the timeline, or of all."""
    fates = tally.fates[part].reshape(-1, FATES).sum(axis=0)
    failed = int(tally.failed[part].sum())
    throttled_by = {name: int(fates[fate]) for name, fate in _THROTTLES.items()}
    requests, throttled = int(fates.sum()), sum(throttled_by.values())
    return Totals(
        requests=requests,
        completed=requests - throttled - failed,
        failed=failed,
        throttled=throttled,
        cold_starts=int(fates[Fate.COLD]),
        retries=int(tally.retries[part].sum()),
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
