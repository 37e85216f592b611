"""Lines as Lambda writes them, and the queries of either dialect over a list of them."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import duckdb
import sqlglot

from tuner.logs.dialects import ATHENA, DUCKDB
from tuner.logs.extraction import COLUMNS, extraction

FIXTURES = Path(__file__).parent.parent / "fixtures" / "report_lines"


def request_id(number):
    return str(uuid.UUID(int=number))


def report(number=1, duration=27.55, billed=None, memory=512, used=90, init=None, more="", separator="\t"):
    billed = int(duration) + 1 if billed is None else billed
    fields = [
        f"REPORT RequestId: {request_id(number)}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {memory} MB",
        f"Max Memory Used: {used} MB",
        *([] if init is None else [f"Init Duration: {init:.2f} ms"]),
    ]
    return separator.join([*fields, more])


def json_report(
    number=1, duration=27.55, memory=512, used=90, init=None, status="success", time=None, **more
):
    metrics = {"durationMs": duration, "billedDurationMs": int(duration) + 1, "memorySizeMB": memory}
    metrics |= {"maxMemoryUsedMB": used, **({} if init is None else {"initDurationMs": init})}
    record = {"requestId": request_id(number), "status": status, "metrics": metrics, **more}
    return json.dumps(
        {"time": time or "2026-11-23T10:00:00.000Z", "type": "platform.report", "record": record}
    )


def duckdb_sql(query):
    return query


def athena_sql(query):
    """The query as an engine with Athena's grammar understands it, for the engine at hand."""
    return sqlglot.transpile(query, read="athena", write="duckdb")[0]


ENGINES = {"duckdb": (DUCKDB, duckdb_sql), "athena": (ATHENA, athena_sql)}


def extracted(engine, lines):
    """What the extraction makes of lines, as a list of dicts in their order."""
    dialect, written = ENGINES[engine]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE TABLE log (number INTEGER, line VARCHAR)")
    connection.executemany("INSERT INTO log VALUES (?, ?)", list(enumerate(lines)))
    rows = connection.execute(written(extraction(dialect, "log", passed="number"))).fetchall()
    return [dict(zip(("number", *COLUMNS), row, strict=True)) for row in sorted(rows, key=lambda row: row[0])]
