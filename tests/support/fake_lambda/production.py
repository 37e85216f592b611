"""What production leaves behind: a function's calls as CloudWatch counts them, and its log."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fake_lambda.messages import Answer, Request

REPORT_PATTERNS = ('"REPORT RequestId"', '{ $.type = "platform.report" }')
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Trace:
    """One call: when it was [s since 1970], by which qualifier, which version answered, and what it logged.

    `duration_ms` is None for a call that was throttled.
    """

    at: float
    function: str
    qualifier: str | None
    version: str
    environment: str
    failed: bool
    duration_ms: float | None
    log: str = field(repr=False, default="")

    @property
    def stream(self) -> str:
        """The log stream that it wrote to."""
        return f"{datetime.fromtimestamp(self.at, UTC):%Y/%m/%d}/[{self.version}]{self.environment}"

    def is_of(self, dimensions: Mapping[str, str]) -> bool:
        """Whether CloudWatch counts it under these dimensions."""
        resource = f"{self.function}:{self.qualifier}" if self.qualifier else self.function
        own = {"FunctionName": self.function, "Resource": resource, "ExecutedVersion": self.version}
        return all(own[name] == value for name, value in dimensions.items())


def metric_points(
    traces: Iterable[Trace], metric: Mapping[str, Any], statistic: str, period: int
) -> list[tuple[float, float]]:
    """The start [s since 1970] and value of each period in which there is something to count."""
    dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
    numbers: dict[float, list[float]] = {}
    for trace in traces:
        number = _number(trace, metric["MetricName"])
        if number is not None and trace.is_of(dimensions):
            numbers.setdefault(math.floor(trace.at / period) * period, []).append(number)
    return [(start, _statistic(numbers[start], statistic)) for start in sorted(numbers)]


def log_events_answer(request: Request, traces: Iterable[Trace]) -> Answer:
    """The answer to `FilterLogEvents`: REPORT lines of streams, in the order of time."""
    asked = json.loads(request.body)
    assert asked["filterPattern"] in REPORT_PATTERNS
    marker = "platform.report" if asked["filterPattern"].startswith("{") else "REPORT RequestId"
    found = []
    for number, trace in enumerate(traces):
        at_ms = round(trace.at * 1000)
        if (
            asked["logGroupName"] == f"/aws/lambda/{trace.function}"
            and trace.stream.startswith(asked.get("logStreamNamePrefix", ""))
            and asked["startTime"] <= at_ms <= asked["endTime"]
        ):
            found += [
                {
                    "logStreamName": trace.stream,
                    "timestamp": at_ms,
                    "ingestionTime": at_ms,
                    "message": line,
                    "eventId": f"{number}",
                }
                for line in trace.log.splitlines()
                if marker in line
            ]
    first = int(asked.get("nextToken", 0))
    page: dict[str, Any] = {"events": found[first : first + _PAGE], "searchedLogStreams": []}
    if first + _PAGE < len(found):
        page["nextToken"] = str(first + _PAGE)
    return Answer(200, json.dumps(page).encode(), {"Content-Type": "application/x-amz-json-1.1"})


def _number(trace: Trace, metric: str) -> float | None:
    """What a call counts for in a metric; None where it does not appear in it."""
    if trace.duration_ms is None:
        return 1.0 if metric == "Throttles" else None
    return {"Invocations": 1.0, "Errors": float(trace.failed), "Duration": trace.duration_ms}.get(metric)


def _statistic(numbers: list[float], statistic: str) -> float:
    if statistic == "Sum":
        return sum(numbers)
    if statistic.startswith("p"):
        ordered = sorted(numbers)
        return ordered[min(len(ordered) - 1, math.floor(float(statistic[1:]) / 100 * len(ordered)))]
    return sum(numbers) / len(numbers)
