"""CloudWatch Logs Insights: queries of one function's log group, bounded by what they may scan."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tuner.errors import MeasurementError, UsageError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.deployed import read_configuration
from tuner.platforms.aws.log_queries import Answer, answers, refuse_beyond
from tuner.platforms.aws.metrics import MINUTES_KEPT, Metric, read_metrics
from tuner.platforms.aws.names import FunctionName

USD_PER_GB = 0.005
"""What a GB of scanned logs costs in us-east-1, by https://aws.amazon.com/cloudwatch/pricing/ (2026-11)."""
BYTES_PER_GB = 1024**3

_UNDER_WAY = ("Scheduled", "Running", "Unknown")


@dataclass(slots=True)
class InsightsGroup:
    """A function's log group over a range of time. `max_usd` bounds what all queries together cost."""

    api: Api
    function: FunctionName
    name: str
    since: datetime
    until: datetime
    max_usd: float
    wait: Callable[[float], None] = time.sleep
    _scanned: dict[str, int] = field(default_factory=dict)

    @property
    def shared(self) -> bool:
        """Whether other functions may write to it too."""
        return self.name != f"/aws/lambda/{self.function.name}"

    @property
    def scanned_bytes(self) -> int:
        """How much all queries so far have read."""
        return sum(self._scanned.values())

    @property
    def spent_usd(self) -> float:
        """What all queries so far cost."""
        return self.scanned_bytes / BYTES_PER_GB * USD_PER_GB

    def bytes_in_range(self) -> int | None:
        """What came into the log group in the range, which is what a query scans; None where not known."""
        sums = self._values("IncomingBytes", "Sum", {"LogGroupName": self.name}, "AWS/Logs")
        return round(sum(sums)) if sums else None

    def peak_concurrency(self) -> int | None:
        """The most calls of the function at once in any minute of the range; None where not known."""
        dimensions = {"FunctionName": self.function.name}
        found = self._values("ConcurrentExecutions", "Maximum", dimensions, "AWS/Lambda")
        return round(max(found)) if found and max(found) >= 1 else None

    def ask(self, queries: Mapping[str, str]) -> dict[str, Answer]:
        """The rows of each query. Whatever ends this early stops them at AWS.

        Raises:
            UsageError: there is no such log group.
            MeasurementError: AWS refused a query or gave up on it, or `max_usd` is used up.
        """
        each_usd = self.spent_usd / max(1, len(self._scanned))
        refuse_beyond(self.max_usd, self.spent_usd, each_usd * len(queries))
        return answers(self, queries, self.wait)

    def start(self, query: str) -> str:
        """Start a query."""
        asked = {
            "logGroupName": self.name,
            "startTime": int(self.since.timestamp()),
            "endTime": int(self.until.timestamp()),
            "queryString": query,
        }
        # Where an account runs all the queries that it may, the SDK asks again for a minute.
        try:
            return str(self.api.call("StartQuery", **asked)["queryId"])
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                raise self._never_logged() from error
            raise

    def rows(self, query_id: str) -> Answer | None:
        """Its rows; None while it runs."""
        answer = self.api.call("GetQueryResults", queryId=query_id)
        self._scanned[query_id] = int(answer.get("statistics", {}).get("bytesScanned", 0))
        if answer["status"] == "Complete":
            return [
                {cell["field"]: cell["value"] for cell in row if "value" in cell} for row in answer["results"]
            ]
        refuse_beyond(self.max_usd, self.spent_usd)
        if answer["status"] not in _UNDER_WAY:
            raise MeasurementError(
                f"Logs Insights ended a query: {answer['status']}", "shorten --since, or try again later"
            )
        return None

    def stop(self, query_id: str) -> None:
        """Stop it, if it still runs."""
        with suppress(AwsError):  # it has ended by itself, or will within the hour that a query has
            self.api.call("StopQuery", queryId=query_id)

    def _values(
        self, metric: str, statistic: str, dimensions: Mapping[str, str], namespace: str
    ) -> Collection[float]:
        """What the periods of the range have; nothing where that may not be read."""
        recent = datetime.now(UTC) - self.since < MINUTES_KEPT
        wanted = Metric(metric, statistic, 60 if recent else 3600, dimensions, namespace)
        try:
            found = read_metrics(self.api, {metric: wanted}, self.since, self.until)
        except AwsError as error:
            if not error.denied:
                raise
            return ()
        return found.get(metric, {}).values()

    def _never_logged(self) -> UsageError:
        return UsageError(
            f"there is no log group '{self.name}' in {self.api.connection.found_region()}",
            f"{self.function.name} has never logged, or its role may not: its first call makes the group",
        )


def find_log(api: Api, name: FunctionName) -> tuple[str, str | None]:
    """The log group of a function, and its architecture; Lambda's usual group where both may not be read.

    Raises `UsageError` for a function that is not there.
    """
    usual = f"/aws/lambda/{name.name}"
    try:
        found = read_configuration(api, name)
    except AwsError as error:
        if not error.denied:
            raise
        return usual, None
    group = found.get("LoggingConfig", {}).get("LogGroup") or usual
    return str(group), str((found.get("Architectures") or ["x86_64"])[0])
