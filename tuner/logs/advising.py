"""What follows for every function of a condensed archive, whichever engine has counted its calls."""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

from cost_models.pricing import Prices
from tuner.logs import memory_advice
from tuner.logs.advice import advise_settings, memory_floor
from tuner.logs.archive import Archive
from tuner.logs.condensing import BINNED
from tuner.logs.findings import FunctionFindings
from tuner.records import MeasurementSet

FITS = 10
"""A curve takes a tenth of a second: it is fitted for so many functions, those that cost most."""


def advise_functions(
    archive: Archive, functions: Sequence[FunctionFindings], prices: Prices, run: MeasurementSet | None
) -> tuple[FunctionFindings, ...]:
    """The functions with their advice; `run` is a saved run that gives the curve."""
    fitted = [f for f in functions if len(memory_advice.comparable_sizes(f)) > 1][:FITS]
    return tuple(_advised(archive, found, prices, run, fit=found in fitted) for found in functions)


def _advised(
    archive: Archive, found: FunctionFindings, prices: Prices, run: MeasurementSet | None, *, fit: bool
) -> FunctionFindings:
    floor_mb, _ = memory_floor(found)
    sizes = memory_advice.comparable_sizes(found)
    if run is not None:
        memory = memory_advice.from_run(found, run, floor_mb, prices)
    elif fit:
        number = archive.functions[found.function]
        samples = {size: _sample(archive, number, size) for size in sizes}
        memory = memory_advice.from_sizes(found, samples, floor_mb, prices)
    elif len(sizes) > 1:
        memory = memory_advice.not_fitted(sizes, FITS)
    else:
        memory = memory_advice.bounded_gain(found, floor_mb)
    return replace(found, advice=advise_settings(found, memory))


def _sample(archive: Archive, function: int, memory_mb: int) -> Sequence[float]:
    """Warm calls of a size, spread evenly over the ranks of all of them; the same logs give the same ones."""
    rows = archive.rows(
        f"SELECT sum(calls)::BIGINT AS calls, sum(total) / sum(calls) AS mean FROM {BINNED['duration_ms']} "
        f"WHERE function = {function} AND memory_mb = {memory_mb} AND outcome = 'ok' AND NOT cold "
        "AND total > 0 GROUP BY bucket ORDER BY bucket"
    )
    upto = list(itertools.accumulate(row["calls"] for row in rows))
    if not upto:
        return []
    drawn = min(upto[-1], memory_advice.SAMPLE)
    ranks = ((2 * n + 1) * upto[-1] // (2 * drawn) for n in range(drawn))
    sample = [rows[bisect.bisect_right(upto, rank)]["mean"] for rank in ranks]
    random.Random(memory_mb).shuffle(sample)  # in the order of size it would look like a drift
    return sample
