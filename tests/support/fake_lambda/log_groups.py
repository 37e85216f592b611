"""CloudWatch Logs: what functions have written, and Logs Insights over it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from logs_insights import MalformedQueryError, answer

from fake_lambda.errors import ApiError
from fake_lambda.messages import Answer, Request

if TYPE_CHECKING:
    from fake_lambda.account import Account
    from fake_lambda.production import Trace

OPERATIONS = ("StartQuery", "GetQueryResults", "StopQuery")
_OVERHEAD_BYTES = 26
"""What CloudWatch Logs counts for an event beside its text."""


@dataclass(slots=True)
class LogQueries:
    """Queries of what functions have logged. One runs for one look, and is complete at the next.

    `endless` ones run until they are stopped; `stopped` are the ids of those that were.
    """

    queries: list[str] = field(default_factory=list)
    endless: bool = False
    stopped: list[str] = field(default_factory=list)
    _results: dict[str, dict[str, Any]] = field(default_factory=dict)
    _looked_at: set[str] = field(default_factory=set)

    def answer(self, request: Request, operation: str, account: Account) -> Answer:
        """The answer to one of `OPERATIONS`."""
        asked = json.loads(request.body)
        match operation:
            case "StartQuery":
                document = self._start(asked, account)
            case "GetQueryResults":
                document = self._look(asked)
            case _:
                document = self._stop(asked)
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": str(uuid.uuid4())}
        return Answer(200, json.dumps(document).encode(), headers)

    def _start(self, asked: Mapping[str, Any], account: Account) -> dict[str, Any]:
        group = asked["logGroupName"]
        written = [trace for trace in account.traces if trace.log and group_of(trace, account) == group]
        if not written:
            raise ApiError(400, "ResourceNotFoundException", f"Log group '{group}' does not exist")
        inside = [trace for trace in written if asked["startTime"] <= trace.at <= asked["endTime"] + 1]
        stored = [
            {"@message": line, "@logStream": _stream(trace, group), "@timestamp": round(trace.at * 1000)}
            for trace in inside
            for line in trace.log.splitlines()
        ]
        try:
            rows = answer(asked["queryString"], stored)
        except MalformedQueryError as error:
            raise ApiError(400, "MalformedQueryException", str(error)) from error
        query_id = str(uuid.uuid4())
        self.queries.append(asked["queryString"])
        self._results[query_id] = {
            "results": [[{"field": name, "value": value} for name, value in row.items()] for row in rows],
            "statistics": {"bytesScanned": float(sum(map(size_of, inside)))},
        }
        return {"queryId": query_id}

    def _look(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        query_id = asked["queryId"]
        found = self._results[query_id]
        if self.endless or query_id not in self._looked_at:
            self._looked_at.add(query_id)
            return {"status": "Running", "results": [], "statistics": found["statistics"]}
        return {"status": "Complete", **found}

    def _stop(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self.stopped.append(asked["queryId"])
        return {"success": True}


def group_of(trace: Trace, account: Account) -> str:
    """The log group that a call wrote to."""
    return str(account.functions[trace.function].latest.running["LoggingConfig"]["LogGroup"])


def size_of(trace: Trace) -> int:
    """What a call's log counts for [bytes]."""
    return sum(len(line.encode()) + _OVERHEAD_BYTES for line in trace.log.splitlines())


def _stream(trace: Trace, group: str) -> str:
    """In a group that others may write to, streams have the function's name."""
    if group == f"/aws/lambda/{trace.function}":
        return trace.stream
    day, _, rest = trace.stream.rpartition("/")
    return f"{day}/{trace.function}{rest}"
