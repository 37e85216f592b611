"""What both versions did: CloudWatch's counts by alias and version, and their REPORT lines from the log."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tuner.errors import MeasurementError
from tuner.measure.report_line import Report, parse_reports
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.metrics import Metric, Series, read_metrics
from tuner.records import Invocation, Outcome
from tuner.rollout.judging import Counts, Seen

PERIOD_S = 60
LINES_A_LOOK = 2_000
"""REPORT lines that a look reads of a version, at most: the log allows few requests a second."""
LATE_S = 30.0
"""How late a line may arrive; only the last look reads up to the present."""
_PATTERNS = {"JSON": '{ $.type = "platform.report" }', "Text": '"REPORT RequestId"'}
_METRICS = {
    "invocations": ("Invocations", "Sum"),
    "errors": ("Errors", "Sum"),
    "throttles": ("Throttles", "Sum"),
    "p95": ("Duration", "p95"),
}
METRICS_A_LOOK = 2 * len(_METRICS)
_OUTCOMES = {None: Outcome.OK, "success": Outcome.OK, "timeout": Outcome.TIMEOUT}


@dataclass(frozen=True, slots=True)
class Log:
    """Where the versions of a function log, and in which format."""

    group: str
    format: str
    function: str

    def prefix(self, day: datetime, version: str) -> str:
        """How the streams of a version begin; a group that functions share has their names in them."""
        own = self.group == f"/aws/lambda/{self.function}"
        return f"{day:%Y/%m/%d}/{'' if own else self.function}[{version}]"


@dataclass(slots=True)
class Watched:
    """One version, and what has been seen of it since `since` [s since 1970]."""

    version: str
    since: float
    calls: list[Invocation] = field(default_factory=list)
    read_until: float = 0.0


class Lookout:
    """Looks at two versions behind an alias, again and again."""

    def __init__(self, api: Api, function: str, alias: str, log: Log) -> None:
        self._api = api
        self._function = function
        self._alias = alias
        self._log = log

    def check(self, now: float) -> None:
        """Make sure that both can be read, before anything is changed. Raises `AwsError`."""
        self._metrics(("1", "2"), now - PERIOD_S, now)
        list(self._lines("1", now - PERIOD_S, now, most=1))

    def look(self, before: Watched, after: Watched, *, until: float, last: bool = False) -> tuple[Seen, Seen]:
        """What is known of both by now; raises `MeasurementError` where AWS could not say."""
        since = min(before.since, after.since)
        counts = self._metrics((before.version, after.version), since, until)
        for watched in (before, after):
            self._read_log(watched, until if last else until - LATE_S)
        return Seen(counts[0], tuple(before.calls)), Seen(counts[1], tuple(after.calls))

    def _read_log(self, watched: Watched, until: float) -> None:
        since = max(watched.since, watched.read_until)
        if until <= since:
            return
        watched.calls += self._lines(watched.version, since, until, most=LINES_A_LOOK)
        watched.read_until = until

    def _metrics(self, versions: tuple[str, str], since: float, until: float) -> list[Counts]:
        wanted = {
            (version, key): Metric(metric, statistic, PERIOD_S, self._dimensions(version))
            for version in versions
            for key, (metric, statistic) in _METRICS.items()
        }
        start = math.floor(since / PERIOD_S) * PERIOD_S
        found = read_metrics(
            self._api, wanted, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(until, UTC)
        )
        return [_counts(found, version) for version in versions]

    def _dimensions(self, version: str) -> dict[str, str]:
        return {
            "FunctionName": self._function,
            "Resource": f"{self._function}:{self._alias}",
            "ExecutedVersion": version,
        }

    def _lines(self, version: str, since: float, until: float, *, most: int) -> Iterator[Invocation]:
        """The calls of a version whose REPORT lines were written in this time."""
        for day in _days(since, until):
            try:
                events = self._api.pages(
                    "FilterLogEvents",
                    "events",
                    logGroupName=self._log.group,
                    logStreamNamePrefix=self._log.prefix(day, version),
                    filterPattern=_PATTERNS[self._log.format],
                    startTime=int(since * 1000),
                    endTime=int(until * 1000) - 1,
                    PaginationConfig={"MaxItems": most},
                )
            except AwsError as error:
                if error.code != "ResourceNotFoundException":
                    raise
                return  # a function that was never invoked has no log yet
            for event in events:
                yield from _calls(event)


def _calls(event: Mapping[str, Any]) -> Iterator[Invocation]:
    """The call that a line reports; its environment is the stream that it is in."""
    for report in parse_reports(str(event["message"])):
        if report.complete:
            yield replace(_invocation(report), environment=str(event["logStreamName"]))


def _invocation(report: Report) -> Invocation:
    return Invocation(
        memory_mb=report.memory_mb or 0,
        outcome=_OUTCOMES.get(report.status, Outcome.FUNCTION_ERROR),
        duration_ms=report.duration_ms,
        billed_duration_ms=report.billed_duration_ms,
        init_duration_ms=report.init_duration_ms,
        restore_duration_ms=report.restore_duration_ms,
        max_memory_used_mb=report.max_memory_used_mb,
    )


def _counts(found: Mapping[tuple[str, str], Series], version: str) -> Counts:
    """What was counted. Raises `MeasurementError` where CloudWatch failed: no count is no count of none."""
    counted = ("invocations", "errors", "throttles")
    if missing := [key for key in counted if (version, key) not in found]:
        raise MeasurementError(
            f"CloudWatch could not count {' and '.join(missing)} of version {version}", "roll out again later"
        )
    sums = {key: round(sum(found[version, key].values())) for key in counted}
    durations = found.get((version, "p95"))
    return Counts(**sums, p95_ms=durations[max(durations)] if durations else None)


def _days(since: float, until: float) -> Iterator[datetime]:
    """The days (UTC) that streams may be named after: that of their first call, so the one before too."""
    day = datetime.fromtimestamp(since, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    day -= timedelta(days=1)
    while day.timestamp() <= until:
        yield day
        day += timedelta(days=1)
