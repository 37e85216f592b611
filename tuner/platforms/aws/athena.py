"""Amazon Athena: queries of a table, bounded by what they may scan."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from io import TextIOWrapper
from typing import Any

from tuner.errors import MeasurementError, UsageError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.log_queries import Answer, answers, refuse_beyond

USD_PER_TB = 5.0
"""What a TB of scanned data costs in us-east-1, by https://aws.amazon.com/athena/pricing/ (2026-11)."""
BYTES_PER_TB = 1024**4
_LEAST_BYTES = 10 * 1024**2
"""Every query is billed for as much at least."""


@dataclass(slots=True)
class AthenaTable:
    """A table of a database. `max_usd` bounds what all queries together cost.

    `output` is where results go, as `s3://BUCKET/PREFIX/`; None where the workgroup says it.
    """

    api: Api
    database: str
    name: str
    workgroup: str
    output: str | None
    max_usd: float
    wait: Callable[[float], None] = time.sleep
    _scanned: dict[str, int] = field(default_factory=dict)

    @property
    def scanned_bytes(self) -> int:
        """How much all queries so far are billed for."""
        return sum(self._scanned.values())

    @property
    def spent_usd(self) -> float:
        """What all queries so far cost."""
        return self.scanned_bytes / BYTES_PER_TB * USD_PER_TB

    def ask(self, queries: Mapping[str, str], *, reads: int) -> dict[str, Answer]:
        """The rows of each query; together they read the table so often. What ends this early stops them.

        Raises `MeasurementError` where AWS refuses a query or gives up on it, or `max_usd` does not suffice.
        """
        refuse_beyond(self.max_usd, self.spent_usd, self.spent_usd / max(1, len(self._scanned)) * reads)
        return answers(self, queries, self.wait)

    def start(self, query: str) -> str:
        """Start a query."""
        place = {"ResultConfiguration": {"OutputLocation": self.output}} if self.output else {}
        answer = self.api.call(
            "StartQueryExecution",
            QueryString=query,
            QueryExecutionContext={"Database": self.database},
            WorkGroup=self.workgroup,
            **place,
        )
        return str(answer["QueryExecutionId"])

    def rows(self, query_id: str) -> Answer | None:
        """Its rows; None while it runs."""
        found = self.api.call("GetQueryExecution", QueryExecutionId=query_id)["QueryExecution"]
        scanned = int(found.get("Statistics", {}).get("DataScannedInBytes", 0))
        self._scanned[query_id] = max(scanned, _LEAST_BYTES)
        state = found["Status"]["State"]
        if state == "SUCCEEDED":
            return self._result(str(found["ResultConfiguration"]["OutputLocation"]))
        refuse_beyond(self.max_usd, self.spent_usd)
        if state in ("FAILED", "CANCELLED"):
            raise _failed(found)
        return None

    def stop(self, query_id: str) -> None:
        """Stop it, if it still runs."""
        with suppress(AwsError):  # then it has ended by itself
            self.api.call("StopQueryExecution", QueryExecutionId=query_id)

    def _result(self, location: str) -> Answer:
        """A result is a CSV file; read as such it takes one call, and not one for every thousand rows."""
        bucket, _, key = location.removeprefix("s3://").partition("/")
        body = self.api.call("GetObject", Bucket=bucket, Key=key)["Body"]
        return list(csv.DictReader(TextIOWrapper(body, encoding="utf-8", newline="")))


def _failed(found: Mapping[str, Any]) -> MeasurementError | UsageError:
    status = found["Status"]
    reason = str(status.get("StateChangeReason", "no reason given"))
    if "TABLE_NOT_FOUND" in reason or "SCHEMA_NOT_FOUND" in reason:
        return UsageError(f"Athena knows no such table: {reason}", "docs/logs.md has its CREATE TABLE")
    return MeasurementError(f"Athena ended a query as {status['State']}: {reason}")
