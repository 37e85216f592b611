"""How the calls of one function came: its single calls, for questions that its counts cannot answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cost_models.errors import did_you_mean
from tuner.concurrency.observed import Observed, observe_calls
from tuner.concurrency.traffic import Traffic
from tuner.errors import NoAnswerError, UsageError
from tuner.logs import aggregates
from tuner.logs.advice import observed_traffic
from tuner.logs.archive import Archive
from tuner.logs.findings import FunctionFindings, LogFindings, ReadSoFar
from tuner.logs.workflow import LogOptions, read_logs
from tuner.units import format_count

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CALLS_AT_ONCE = 2_000_000
"""As many calls are held in memory at a time, unless an hour has more."""
ARRIVALS_MOST = 10_000_000
"""As many arrivals are handed over, which takes 80 MB."""
_US_PER_HOUR = 3_600_000_000


@dataclass(frozen=True, slots=True)
class FunctionSeen:
    """A function with its calls as they came, and its busiest hour as traffic."""

    function: FunctionFindings
    traffic: Traffic
    observed: Observed
    findings: LogFindings


def read_observed(
    paths: Sequence[Path],
    options: LogOptions,
    function: str | None,
    *,
    observer: Callable[[ReadSoFar], None] = lambda _: None,
) -> FunctionSeen:
    """What logs say of one function, the only one unless it is named.

    Raises:
        UsageError: no such function, or several and none named.
        NoAnswerError: its records have no times, or there are no records at all.
    """
    seen: list[tuple[FunctionFindings, Observed]] = []

    def look(archive: Archive, functions: Sequence[FunctionFindings]) -> None:
        found = _named(functions, function)
        seen.append((found, _observed(archive, found.function)))

    findings = read_logs(paths, options, observer=observer, look=look)
    found, observed = seen[0]
    traffic = observed_traffic(found)
    assert traffic is not None, "what was observed has times"
    return FunctionSeen(found, traffic, observed, findings)


def read_arrivals(
    path: Path, function: str, *, observer: Callable[[ReadSoFar], None] = lambda _: None
) -> NDArray[np.float64]:
    """When the calls of a function began [s], after the first call of any function in these logs.

    Raises as `read_observed` does, and `UsageError` for more calls than can be handed over.
    """
    times: list[NDArray[np.float64]] = []

    def look(archive: Archive, functions: Sequence[FunctionFindings]) -> None:
        found = _named(functions, function)
        if found.invocations > ARRIVALS_MOST:
            raise UsageError(
                f"'{path}' has {format_count(found.invocations)} calls of {found.function}",
                f"{format_count(ARRIVALS_MOST)} can be simulated: give a part of the archive",
            )
        every = aggregates.intervals(archive.calls)
        (first,) = archive.rows(f"SELECT min(begin_us) AS us FROM ({every}) AS spans")
        mine = archive.arrays(_spans(archive, found.function, "begin_us"))["begin_us"]
        times.append((_known(mine, found.function) - first["us"]) / 1_000_000)

    read_logs([path], LogOptions(), observer=observer, look=look)
    return times[0]


def _named(functions: Sequence[FunctionFindings], name: str | None) -> FunctionFindings:
    by_name = {found.function: found for found in functions}
    if name is None and len(by_name) == 1:
        return functions[0]
    if name is None:
        shown = ", ".join(list(by_name)[:5]) + (", …" if len(by_name) > 5 else "")
        raise UsageError(f"the logs are of {len(by_name)} functions", f"name one with --function: {shown}")
    if name not in by_name:
        raise UsageError(f"the logs hold no call of '{name}'", did_you_mean(name, by_name))
    return by_name[name]


def _observed(archive: Archive, function: str) -> Observed:
    hour = f"begin_us // {_US_PER_HOUR}"
    spans = _spans(archive, function, "begin_us")
    hours = archive.rows(
        f"SELECT {hour} AS hour, count(*) AS calls FROM ({spans}) AS spans GROUP BY 1 ORDER BY 1"
    )
    if not hours:
        raise _no_times(function)
    busiest = max(hours, key=lambda row: row["calls"])
    return observe_calls(
        _parts(archive, function, [(row["hour"], row["calls"]) for row in hours]), busiest["hour"]
    )


def _parts(
    archive: Archive, function: str, hours: Sequence[tuple[int, int]]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Beginnings and ends, in slices of time that hold a bounded number of calls."""
    bounds, calls = [-(2**62)], 0
    for hour, number in hours:
        if calls and calls + number > CALLS_AT_ONCE:
            bounds.append(hour * _US_PER_HOUR)
            calls = 0
        calls += number
    for low, high in zip(bounds, [*bounds[1:], 2**62], strict=True):
        inside = f"{{0}} >= {low} AND {{0}} < {high}"
        begins, ends = (
            archive.arrays(f"{_spans(archive, function, c)} WHERE {inside.format(c)}")[c]
            for c in ("begin_us", "end_us")
        )
        yield begins, ends


def _spans(archive: Archive, function: str, column: str) -> str:
    where = f"function = {archive.functions[function]}"
    return f"SELECT {column} FROM ({aggregates.intervals(archive.calls, where)}) AS intervals"


def _known(times: NDArray[np.int64], function: str) -> NDArray[np.int64]:
    if not times.size:
        raise _no_times(function)
    return times


def _no_times(function: str) -> NoAnswerError:
    return NoAnswerError(
        f"the records of {function} have no times, so nothing is known of its concurrency",
        "give logs with timestamps, as aws logs tail and CloudWatch exports write them",
    )
