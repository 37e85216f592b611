"""The aggregates of an archive as findings, function by function."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cost_models.pricing import LineItem, Prices, Usage, line_items
from tuner.logs import aggregates
from tuner.logs.archive import Archive
from tuner.logs.condensing import BINNED, LOAD, TOTALS, Row
from tuner.logs.findings import FunctionFindings, Load, PeakBasis, SizeFindings, Spread, VersionFindings
from tuner.records import Outcome


def survey(
    archive: Archive, prices: Prices, peaks: Mapping[int, int], peak_basis: PeakBasis = PeakBasis.RECORDS
) -> tuple[FunctionFindings, ...]:
    """Every function of a condensed archive, by falling cost and name; `peaks` are of concurrency."""
    totals = _by_function(archive.rows(f"SELECT * FROM {TOTALS}"))
    load = _by_function(archive.rows(f"SELECT * FROM {LOAD}"))
    spreads = _Spreads(archive)
    found = []
    for name, number in archive.functions.items():
        if number not in totals:
            continue
        rows = totals[number]
        found.append(
            FunctionFindings(
                function=name,
                by_memory=tuple(_size(spreads, found, prices) for found in _by_memory(rows)),
                by_version=tuple(_version(spreads, found) for found in _by_version(rows)),
                peak_concurrency=peaks.get(number),
                peak_basis=peak_basis,
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
        durations = BINNED["duration_ms"]
        self.all = _keyed(archive, durations, size)
        self.by_warmth = _keyed(archive, durations, (*size, "cold"))
        self.by_version = _keyed(archive, durations, (*size, "version"))
        self.starts = {
            column: _keyed(archive, BINNED[column], size) for column in ("init_ms", "restore_ms", "used_mb")
        }


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
    invocations = _sum(rows, "calls")
    used = spreads.starts["used_mb"].get(key)
    whole = _spread(
        spreads.all[key], _sum(rows, "duration_sum_ms") / invocations, _max(rows, "duration_max_ms")
    )
    assert whole is not None
    billed, billed_ms = int(_sum(rows, "billed")), int(_sum(rows, "billed_sum_ms"))
    ended = {o: [row for row in rows if row["outcome"] == o] for o in aggregates.OUTCOMES}
    return SizeFindings(
        memory_mb=memory_mb,
        invocations=int(invocations),
        outcomes={o: n for o, own in ended.items() if (n := int(_sum(own, "calls"))) or o == Outcome.OK},
        duration_ms=whole,
        warm_ms=_spread(spreads.by_warmth.get((*key, False))),
        cold_ms=_spread(spreads.by_warmth.get((*key, True))),
        init_ms=_start(spreads, key, rows, "init"),
        restore_ms=_start(spreads, key, rows, "restore"),
        billed=billed,
        billed_ms=billed_ms,
        used_p50_mb=float(used["p50"]) if used else None,
        used_max_mb=_max(rows, "used_max_mb"),
        slowest_ok_ms=_max(ended[Outcome.OK], "whole_max_ms"),
        timeout_max_ms=_max(ended[Outcome.TIMEOUT], "duration_max_ms"),
        last_us=_max(rows, "last_us"),
        bill=_bill(prices, memory_mb, billed, billed_ms),
    )


def _start(spreads: _Spreads, key: tuple[Any, ...], rows: Sequence[Row], kind: str) -> Spread | None:
    found = spreads.starts[f"{kind}_ms"].get(key)
    count = _sum(rows, f"{kind}s")
    return (
        _spread(found, _sum(rows, f"{kind}_sum_ms") / count, _max(rows, f"{kind}_max_ms")) if found else None
    )


def _bill(prices: Prices, memory_mb: int | None, billed: int, billed_ms: int) -> tuple[LineItem, ...]:
    if memory_mb is None or not billed:
        return ()
    return line_items(prices, Usage(memory_mb, invocations=billed, billed_ms=billed_ms))


def _version(spreads: _Spreads, rows: Sequence[Row]) -> VersionFindings:
    version, memory_mb = rows[0]["version"], rows[0]["memory_mb"]
    calls = int(_sum(rows, "calls"))
    spread = _spread(
        spreads.by_version[(rows[0]["function"], memory_mb, version)],
        _sum(rows, "duration_sum_ms") / calls,
        _max(rows, "duration_max_ms"),
    )
    assert spread is not None
    failed = int(_sum([row for row in rows if row["outcome"] != Outcome.OK], "calls"))
    return VersionFindings(version, memory_mb, calls, failed, spread)


def _load(rows: Sequence[Row]) -> Load:
    by_hour: dict[int, int] = defaultdict(int)
    for row in rows:
        by_hour[row["hour"]] += row["invocations"]
    hours = [0] * 24
    for hour, invocations in by_hour.items():
        hours[hour % 24] += invocations
    return Load(tuple(hours), max(by_hour.values()))


def _by_function(rows: Sequence[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["function"]].append(row)
    return found


def _by_memory(rows: Sequence[Row]) -> Iterator[list[Row]]:
    sizes = sorted({row["memory_mb"] for row in rows}, key=lambda size: (size is None, size))
    for size in sizes:
        yield [row for row in rows if row["memory_mb"] == size]


def _by_version(rows: Sequence[Row]) -> Iterator[list[Row]]:
    for key in sorted({_version_order(row) for row in rows}):
        yield [row for row in rows if _version_order(row) == key]


def _version_order(row: Row) -> tuple[bool, int, str, int]:
    version = row["version"]
    number = int(version) if version and version.isdigit() else -1
    return (version is None, number, version or "", row["memory_mb"] or 0)


def _sum(rows: Sequence[Row], column: str) -> float:
    return sum(row[column] or 0 for row in rows)


def _max(rows: Sequence[Row], column: str) -> Any:
    return max((row[column] for row in rows if row[column] is not None), default=None)
