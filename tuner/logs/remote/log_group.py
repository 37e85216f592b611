"""From a log group to findings: Logs Insights is asked, and nothing but counts comes back."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from tuner.errors import NoAnswerError
from tuner.logs.aggregates import BIN
from tuner.logs.archive import Archive
from tuner.logs.findings import LogFindings, PeakBasis
from tuner.logs.remote.answers import period_starts, rows_of, with_outcomes
from tuner.logs.remote.concluding import Counted, Interest, conclude
from tuner.logs.remote.filling import CELL, LOADED, Answer, fill
from tuner.logs.remote.insights import ROWS_MOST, WIDTHS, cell_query, other_queries
from tuner.records import RunWarning
from tuner.units import format_percent

_PERIODS_MIN = (1, 10, 60)
_KINDS = 4
"""So many rows a period are usual: two memory sizes, warm and cold."""


class LogGroup(Protocol):
    """A log group that can be queried over the range that was asked for."""

    def ask(self, queries: Mapping[str, str]) -> Mapping[str, Answer]:
        """The rows of each query."""

    def peak_concurrency(self) -> int | None:
        """The function's own metric over that range; None where it is not known."""

    @property
    def scanned_bytes(self) -> int:
        """How much all queries so far have read."""


@dataclass(frozen=True, slots=True)
class FunctionLogs:
    """Whose logs to count, over how long a range [s]; `shared` is a log group of several functions."""

    function: str
    span_s: int
    interest: Interest
    shared: bool = False


def read_log_group(group: LogGroup, wanted: FunctionLogs) -> LogFindings:
    """Everything that the log group says of the function.

    Raises:
        NoAnswerError: no record in the range, or more kinds of them than an answer can hold.
    """
    streams_of = wanted.function if wanted.shared else None
    minutes = next(
        (m for m in _PERIODS_MIN if wanted.span_s / 60 / m * _KINDS <= ROWS_MOST), _PERIODS_MIN[-1]
    )
    # One query first: what it scans is what each of the others will.
    width, cells = _cells(group, streams_of)
    answers = {CELL: cells, **group.ask(other_queries(streams_of, minutes))}
    for name, answer in answers.items():
        if len(answer) >= ROWS_MOST:
            raise NoAnswerError(f"the '{name}' query has more than {ROWS_MOST:,} rows", "shorten --since")
    if not answers[CELL]:
        raise _nothing_found(wanted)
    with Archive() as archive:
        number = archive.number_of(wanted.function)
        rows = {name: rows_of(name, answer, number) for name, answer in answers.items()}
        read = [row for row in rows[CELL] if "duration_max_ms" in row]
        unreadable = sum(int(str(row["calls"])) for row in rows[CELL] if "duration_max_ms" not in row)
        if not read:
            raise NoAnswerError(f"none of the {unreadable} records of {wanted.function} could be read")
        fill(archive, rows | {CELL: with_outcomes(archive, read)})
        peak, basis = _peak(group, answers[LOADED], minutes)
        counted = Counted({number: peak}, basis, unreadable, group.scanned_bytes)
        return conclude(archive, counted, wanted.interest, _warnings(width, basis))


def _cells(group: LogGroup, streams_of: str | None) -> tuple[float, Answer]:
    """Totals by bins of durations, by wider ones where there are too many: their width, and the rows."""
    for width in WIDTHS:
        found = group.ask({CELL: cell_query(streams_of, width)})[CELL]
        if len(found) < ROWS_MOST:
            break
    return width, found


def _peak(group: LogGroup, load: Answer, minutes: int) -> tuple[int, PeakBasis]:
    """By the metric; else by Little's law, the mean of the busiest period."""
    found = group.peak_concurrency()
    if found is not None:
        return found, PeakBasis.METRIC
    busy_ms: dict[int, float] = defaultdict(float)
    for start, row in zip(period_starts(load), load, strict=True):
        busy_ms[start] += float(row["busy_sum_ms"])
    return max(1, math.ceil(max(busy_ms.values()) / (minutes * 60_000))), PeakBasis.MEAN


def _warnings(width: float, basis: PeakBasis) -> Iterator[RunWarning]:
    if width != BIN:
        message = f"durations are counted in bins {format_percent(width)} wide, as an answer has at most "
        yield RunWarning("W-COARSE-BINS", f"{message}{ROWS_MOST:,} rows", "shorten --since for narrower ones")
    if basis is PeakBasis.MEAN:
        yield RunWarning(
            "W-MEAN-PEAK",
            "CloudWatch has no ConcurrentExecutions of this range, so the peak is the mean of the busiest "
            "period, by Little's law: the true one is no lower",
            "allow cloudwatch:GetMetricData, or give an export of the logs, whose peak is exact",
        )


def _nothing_found(wanted: FunctionLogs) -> NoAnswerError:
    return NoAnswerError(
        f"no REPORT record of {wanted.function} in that time range",
        "widen --since; with the JSON log format SystemLogLevel=WARN hides the records of calls that "
        "succeed: set INFO",
    )
