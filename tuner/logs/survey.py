"""The aggregates of an archive as findings, function by function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cost_models.pricing import LineItem, Prices, Usage, line_items
from tuner.logs import aggregates
from tuner.logs.archive import Archive
from tuner.logs.findings import FunctionFindings, Load, SizeFindings, Spread, VersionFindings
from tuner.logs.peaks import peak_concurrency

CALLS_AT_ONCE = 2_000_000
"""As many calls are sorted in memory at a time."""
_US_PER_HOUR = 3_600_000_000

Row = Mapping[str, Any]


def survey(archive: Archive, prices: Prices) -> tuple[FunctionFindings, ...]:
    """Every function of the archive, by falling cost and name."""
    calls = archive.calls
    totals = _by_function(archive.rows(aggregates.totals(calls)))
    load = _by_function(archive.rows(aggregates.load(calls)))
    spreads = _Spreads(archive)
    peaks = dict(_peaks(archive, load))
    found = []
    for name, number in archive.functions.items():
        if number not in totals:
            continue
        rows = totals[number]
        found.append(
            FunctionFindings(
                function=name,
                by_memory=tuple(_size(spreads, found, prices) for found in _by_memory(rows)),
                by_version=tuple(_version(spreads, row) for row in sorted(rows, key=_version_order)),
                peak_concurrency=peaks.get(number),
                load=_load(load[number]) if number in load else None,
                first_us=min((r["first_us"] for r in rows if r["first_us"] is not None), default=None),
                last_us=max((r["last_us"] for r in rows if r["last_us"] is not None), default=None),
            )
        )
    return tuple(sorted(found, key=lambda f: (-(f.cost_usd or 0), f.function)))


class _Spreads:
    """Percentiles of every kind, looked up by function, memory size and what else they are by."""

    def __init__(self, archive: Archive) -> None:
        size = ("function", "memory_mb")
        binned = archive.table("duration_bin", aggregates.bins(archive.calls, "duration_ms"))
        self.all = _keyed(archive, binned, size)
        self.by_warmth = _keyed(archive, binned, (*size, "cold"))
        self.by_version = _keyed(archive, binned, (*size, "version"))
        self.starts = {}
        for column in ("init_ms", "restore_ms", "used_mb"):
            binned = archive.table(f"{column}_bin", aggregates.bins(archive.calls, column))
            self.starts[column] = _keyed(archive, binned, size)


def _keyed(archive: Archive, binned: str, by: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    rows = archive.rows(aggregates.percentiles(binned, by))
    return {tuple(row[column] for column in by): row for row in rows}


def _spread(row: Row | None, mean: float | None = None, most: float | None = None) -> Spread | None:
    if row is None:
        return None
    percentiles = {name: float(row[name]) for name in aggregates.QUANTILES}
    return Spread(int(row["n"]), percentiles, mean, most)


def _size(spreads: _Spreads, rows: Sequence[Row], prices: Prices) -> SizeFindings:
    memory_mb = rows[0]["memory_mb"]
    key = (rows[0]["function"], memory_mb)
    invocations = _sum(rows, "invocations")
    used = spreads.starts["used_mb"].get(key)
    whole = _spread(spreads.all[key], _sum(rows, "duration_ms") / invocations, _max(rows, "duration_max_ms"))
    assert whole is not None
    billed, billed_ms = int(_sum(rows, "billed")), int(_sum(rows, "billed_ms"))
    return SizeFindings(
        memory_mb=memory_mb,
        invocations=int(invocations),
        outcomes={o: n for o in aggregates.OUTCOMES if (n := int(_sum(rows, o))) or o == "ok"},
        duration_ms=whole,
        warm_ms=_spread(spreads.by_warmth.get((*key, False))),
        cold_ms=_spread(spreads.by_warmth.get((*key, True))),
        init_ms=_start(spreads, key, rows, "init"),
        restore_ms=_start(spreads, key, rows, "restore"),
        billed=billed,
        billed_ms=billed_ms,
        used_p50_mb=float(used["p50"]) if used else None,
        used_max_mb=_max(rows, "used_max_mb"),
        slowest_ok_ms=_max(rows, "slowest_ok_ms"),
        timeout_max_ms=_max(rows, "timeout_max_ms"),
        last_us=_max(rows, "last_us"),
        bill=_bill(prices, memory_mb, billed, billed_ms),
    )


def _start(spreads: _Spreads, key: tuple[Any, ...], rows: Sequence[Row], kind: str) -> Spread | None:
    found = spreads.starts[f"{kind}_ms"].get(key)
    count = _sum(rows, f"{kind}s")
    return _spread(found, _sum(rows, f"{kind}_ms") / count, _max(rows, f"{kind}_max_ms")) if found else None


def _bill(prices: Prices, memory_mb: int | None, billed: int, billed_ms: int) -> tuple[LineItem, ...]:
    if memory_mb is None or not billed:
        return ()
    return line_items(prices, Usage(memory_mb, invocations=billed, billed_ms=billed_ms))


def _version(spreads: _Spreads, row: Row) -> VersionFindings:
    key = (row["function"], row["memory_mb"], row["version"])
    spread = _spread(spreads.by_version[key], row["duration_ms"] / row["invocations"], row["duration_max_ms"])
    assert spread is not None
    return VersionFindings(
        row["version"], row["memory_mb"], row["invocations"], row["invocations"] - row["ok"], spread
    )


def _load(rows: Sequence[Row]) -> Load:
    hours = [0] * 24
    for row in rows:
        hours[row["hour"] % 24] += row["invocations"]
    return Load(tuple(hours), max(row["invocations"] for row in rows))


def _peaks(archive: Archive, load: Mapping[int, Sequence[Row]]) -> Iterator[tuple[int, int]]:
    """The peak concurrency of every function whose calls have a time."""
    import numpy as np

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


def _by_function(rows: Sequence[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["function"]].append(row)
    return found


def _by_memory(rows: Sequence[Row]) -> Iterator[list[Row]]:
    sizes = sorted({row["memory_mb"] for row in rows}, key=lambda size: (size is None, size))
    for size in sizes:
        yield [row for row in rows if row["memory_mb"] == size]


def _version_order(row: Row) -> tuple[bool, int, str, int]:
    version = row["version"]
    number = int(version) if version and version.isdigit() else -1
    return (version is None, number, version or "", row["memory_mb"] or 0)


def _sum(rows: Sequence[Row], column: str) -> float:
    return sum(row[column] or 0 for row in rows)


def _max(rows: Sequence[Row], column: str) -> Any:
    return max((row[column] for row in rows if row[column] is not None), default=None)
