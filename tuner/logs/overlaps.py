"""Peak concurrency of an archive: which calls are looked at together, so that memory stays bounded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuner.logs import aggregates
from tuner.logs.archive import Archive
from tuner.logs.condensing import LOAD, Row
from tuner.logs.peaks import peak_concurrency

CALLS_AT_ONCE = 2_000_000
"""As many calls are sorted in memory at a time."""
_US_PER_HOUR = 3_600_000_000


def observed_peaks(archive: Archive) -> Iterator[tuple[int, int]]:
    """The peak concurrency of every function of a condensed archive whose calls have a time."""
    import numpy as np

    load: dict[int, list[Row]] = defaultdict(list)
    for row in archive.rows(
        f"SELECT function, hour, sum(invocations)::BIGINT AS invocations FROM {LOAD} GROUP BY 1, 2"
    ):
        load[row["function"]].append(row)
    sizes = {number: sum(row["invocations"] for row in rows) for number, rows in load.items()}
    for numbers in _in_chunks(sizes):
        if len(numbers) == 1:
            yield numbers[0], peak_concurrency(_in_slices(archive, numbers[0], load[numbers[0]]))
            continue
        where = f"function BETWEEN {numbers[0]} AND {numbers[-1]}"
        found = archive.arrays(aggregates.intervals(archive.calls, where))
        order = np.argsort((found["function"] - numbers[0]).astype(np.int16), kind="stable")
        ends = np.cumsum(np.bincount(found["function"] - numbers[0]))[:-1]
        begins_by, ends_by = (np.split(np.asarray(found[c])[order], ends) for c in ("begin_us", "end_us"))
        for offset, (begins, ended) in enumerate(zip(begins_by, ends_by, strict=True)):
            if begins.size:
                yield numbers[0] + offset, peak_concurrency([(begins, ended)])


def _in_chunks(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """Functions in the order of their numbers, with so many calls together as are sorted at once."""
    chunk: list[int] = []
    calls = 0
    for number in sorted(sizes):
        too_far = chunk and number - chunk[0] > 30_000
        if chunk and (calls + sizes[number] > CALLS_AT_ONCE or too_far):
            yield chunk
            chunk, calls = [], 0
        chunk.append(number)
        calls += sizes[number]
    if chunk:
        yield chunk


def _in_slices(archive: Archive, number: int, hours: Sequence[Row]) -> Iterator[tuple[Any, Any]]:
    """Begins and ends of one function, in slices of time that hold a bounded number of calls."""
    bounds = [-(2**62)]
    calls = 0
    for row in sorted(hours, key=lambda row: row["hour"]):
        if calls + row["invocations"] > CALLS_AT_ONCE and calls:
            bounds.append(row["hour"] * _US_PER_HOUR)
            calls = 0
        calls += row["invocations"]
    for low, high in zip(bounds, [*bounds[1:], 2**62], strict=True):
        spans = aggregates.intervals(archive.calls, f"function = {number}")
        parts = (
            archive.arrays(f"SELECT {c} FROM ({spans}) WHERE {c} >= {low} AND {c} < {high}")[c]
            for c in ("begin_us", "end_us")
        )
        begins, ends = parts
        yield begins, ends
