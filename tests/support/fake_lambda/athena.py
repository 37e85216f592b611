"""Amazon Athena over what functions have logged, as an archive of it on S3 would hold it.

A query is understood by Athena's grammar (sqlglot) and run on DuckDB; its result is an object on S3.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fake_lambda.errors import ApiError
from fake_lambda.messages import Answer, Request

if TYPE_CHECKING:
    import duckdb

    from fake_lambda.account import Account

OPERATIONS = ("StartQueryExecution", "GetQueryExecution", "StopQueryExecution")
TABLE = ("logs", "lambda")
"""The database and the table that there are; a row is a line, with the hidden column `$path`."""


@dataclass(slots=True)
class AthenaQueries:
    """Queries by their id. `endless` ones run until they are stopped; `stopped` has the ids of those.

    A query scans as many bytes as `table_bytes` says.
    """

    queries: list[str] = field(default_factory=list)
    endless: bool = False
    stopped: list[str] = field(default_factory=list)
    table_bytes: int = 10**9
    _executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    _objects: dict[str, bytes] = field(default_factory=dict)

    def answer(self, request: Request, operation: str, account: Account) -> Answer:
        """The answer to one of `OPERATIONS`."""
        asked = json.loads(request.body)
        match operation:
            case "StartQueryExecution":
                document = {"QueryExecutionId": self._start(asked, account)}
            case "GetQueryExecution":
                document = {"QueryExecution": self._look(asked["QueryExecutionId"])}
            case _:
                self.stopped.append(asked["QueryExecutionId"])
                document = {}
        return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/x-amz-json-1.1"})

    def object_of(self, request: Request) -> Answer | None:
        """A result, where the request is for one."""
        found = self._objects.get(request.path)
        return None if found is None else Answer(200, found, {"Content-Type": "text/csv"})

    def _start(self, asked: Mapping[str, Any], account: Account) -> str:
        place = asked.get("ResultConfiguration", {}).get("OutputLocation")
        if place is None:
            message = (
                "No output location provided. An output location is required either through the Workgroup"
            )
            raise ApiError(400, "InvalidRequestException", message)
        query_id = str(uuid.uuid4())
        location = f"{place.rstrip('/')}/{query_id}.csv"
        self.queries.append(asked["QueryString"])
        status = {"State": "SUCCEEDED"}
        try:
            rows = _run(asked["QueryString"], account)
            self._objects[location.removeprefix("s3:/")] = rows
        except LookupError as error:
            status = {"State": "FAILED", "StateChangeReason": f"TABLE_NOT_FOUND: {error}"}
        self._executions[query_id] = {
            "QueryExecutionId": query_id,
            "Status": status,
            "Statistics": {"DataScannedInBytes": self.table_bytes},
            "ResultConfiguration": {"OutputLocation": location},
        }
        return query_id

    def _look(self, query_id: str) -> dict[str, Any]:
        found = self._executions[query_id]
        return {**found, "Status": {"State": "RUNNING"}} if self.endless else found


def _run(query: str, account: Account) -> bytes:
    """The rows as Athena writes them: a CSV file with every value in quotes and nothing for NULL."""
    import duckdb
    import sqlglot

    connection = duckdb.connect(config={"threads": 1})
    connection.execute("SET TimeZone = 'UTC'")
    _fill(connection, account)
    try:
        found = connection.execute(sqlglot.transpile(query, read="athena", write="duckdb")[0])
    except duckdb.CatalogException as error:
        raise LookupError(str(error).partition("\n")[0]) from error
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([column[0] for column in found.description])
    for row in found.fetchall():
        writer.writerow(["" if value is None else _text(value) for value in row])
    return text.getvalue().encode()


def _fill(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    rows = []
    for trace in account.traces:
        path = f"s3://archive/aws-lambda-{trace.function}/{trace.stream.replace('/', '-')}/000000.gz"
        at = datetime.fromtimestamp(trace.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        rows += [(path, f"{at} {line}") for line in trace.log.splitlines()]
    database, table = TABLE
    connection.execute(f'CREATE SCHEMA "{database}"')
    connection.execute(f'CREATE TABLE "{database}"."{table}" ("$path" VARCHAR, line VARCHAR)')
    if rows:
        columns = [list(column) for column in zip(*rows, strict=True)]
        connection.execute(f'INSERT INTO "{database}"."{table}" SELECT unnest(?), unnest(?)', columns)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
