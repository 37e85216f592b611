"""The embedded engine: keeps the records of an archive, and answers queries on them."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from types import ModuleType
from typing import TYPE_CHECKING, Any

from tuner.errors import UsageError
from tuner.logs.dialects import DUCKDB, quoted
from tuner.logs.extraction import COLUMNS
from tuner.logs.lanes import Lanes
from tuner.logs.lines import WRAPPER, events, recorded
from tuner.logs.origins import Origin
from tuner.logs.reader import Context, Reading
from tuner.measure.out_of_memory import ERROR_NAMES, FULL
from tuner.records import Outcome

if TYPE_CHECKING:
    import duckdb

MEMORY_LIMIT = "400MB"
"""What the engine may hold; Python, numpy and the engine's own code need as much again at most."""
_BATCH = 10_000
_CALL_COLUMNS = tuple(column for column in COLUMNS if column != "unread")
_TYPES = dict.fromkeys(_CALL_COLUMNS, "BIGINT") | {
    **dict.fromkeys(("duration_ms", "init_ms", "restore_ms"), "DOUBLE"),
    **dict.fromkeys(("version", "status", "error_type"), "VARCHAR"),
    "key": "UBIGINT",
}


class Archive:
    """Records of invocations in memory, and in a folder what is too much for it; a context manager.

    `calls` is the relation that the aggregates work on.
    """

    calls = "call"

    def __init__(self) -> None:
        engine = _engine()
        self._folder = tempfile.mkdtemp(prefix="tuner-logs-")
        self._connection: duckdb.DuckDBPyConnection = engine.connect(
            config={"memory_limit": MEMORY_LIMIT, "temp_directory": self._folder}
        )
        self._runner = ThreadPoolExecutor(max_workers=1)
        self.functions: dict[str, int] = {}
        columns = ", ".join(f"{name} {kind}" for name, kind in _TYPES.items())
        for statement in (
            "SET GLOBAL TimeZone = 'UTC'",
            "SET GLOBAL preserve_insertion_order = false",
            "SET autoinstall_known_extensions = false",  # nothing is downloaded behind the user's back
            f"CREATE TABLE record (function INTEGER, owner VARCHAR, {columns}, unread VARCHAR)",
            "CREATE TABLE note (key UBIGINT, outcome VARCHAR)",
        ):
            self._connection.execute(statement)

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception: object) -> None:
        self._runner.shutdown()
        self._connection.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _execute(self, statement: str, parameters: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        # In a thread of its own: the engine hears of Ctrl-C only while the thread that called it has work.
        running = self._runner.submit(self._connection.execute, statement, list(parameters))
        try:
            return running.result()
        except KeyboardInterrupt:
            self._connection.interrupt()
            wait([running])
            raise

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query by column name; only for results that are small."""
        found = self._execute(query)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def arrays(self, query: str) -> dict[str, Any]:
        """The columns of a query as numpy arrays."""
        return dict(self._execute(query).fetchnumpy())

    def table(self, name: str, query: str) -> str:
        """Keep the rows of a query under a name, and return the name."""
        self._execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")
        return name

    def fill(self, name: str, kinds: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> str:
        """Keep rows that another engine has made under a name, as columns of these kinds."""
        self._execute(
            f"CREATE OR REPLACE TEMP TABLE {name} ({', '.join(f'{c} {k}' for c, k in kinds.items())})"
        )
        for start in range(0, len(rows), _BATCH):
            batch = json.dumps(list(rows[start : start + _BATCH]))
            self._execute(f"INSERT INTO {name} BY NAME SELECT * FROM {_table_of(kinds)}", [batch])
        return name

    def number_of(self, function: str) -> int:
        """The number that stands for a function in every query."""
        return self.functions.setdefault(function, len(self.functions))

    def lanes(self) -> Lanes:
        """Lanes to read texts through."""
        return Lanes(self._connection.cursor)

    def unwrap(self) -> None:
        """Read the events of wrappers that are plain; the extraction has left them as they are."""
        wrapper = WRAPPER.format("unread")
        self.table("wrapper", f"SELECT function, version, unread AS line FROM record WHERE {wrapper}")
        if self.rows("SELECT 1 FROM wrapper LIMIT 1"):
            self._execute(f"DELETE FROM record WHERE {wrapper}")
            self._execute(f"INSERT INTO record BY NAME {recorded(events('wrapper'))}")

    def leftovers(self) -> Iterator[tuple[Origin, Context, str]]:
        """Every line that the extraction could not read, with what is known from around it."""
        names = {number: name for name, number in self.functions.items()}
        reading = self._connection.cursor()
        found = reading.execute(
            "SELECT function, version, owner, at_us, unread FROM record WHERE unread IS NOT NULL"
        )
        while rows := found.fetchmany(_BATCH):
            for function, version, owner, at_us, line in rows:
                yield Origin(names[function], version), Context(at_us, owner), line

    def add(self, readings: Iterable[tuple[Origin, Reading]]) -> None:
        """Records and notes that the exact reader has found; what they say of their origin comes first."""
        calls, notes = [], []
        for origin, reading in readings:
            if reading.report is None:
                notes.append({"request_id": reading.request_id, "outcome": reading.note})
                continue
            context, report = reading.context, reading.report
            calls.append(
                {
                    "function": self.number_of(context.function or origin.function),
                    "version": context.version or origin.version,
                    "at_us": context.at_us,
                    "request_id": report.request_id,
                    "duration_ms": report.duration_ms,
                    "billed_ms": report.billed_duration_ms,
                    "memory_mb": report.memory_mb,
                    "used_mb": report.max_memory_used_mb,
                    "init_ms": report.init_duration_ms,
                    "restore_ms": report.restore_duration_ms,
                    "status": report.status,
                    "error_type": report.error_type,
                }
            )
        key = f"{DUCKDB('key', 'request_id')} AS key"
        if calls:
            kinds = {"function": "INTEGER", **_TYPES, "request_id": "VARCHAR"}
            del kinds["key"]
            rows = _table_of(kinds)
            self._execute(
                f"INSERT INTO record BY NAME SELECT * EXCLUDE (request_id), {key} FROM {rows}",
                [json.dumps(calls)],
            )
        if notes:
            rows = _table_of({"request_id": "VARCHAR", "outcome": "VARCHAR"})
            self._execute(f"INSERT INTO note SELECT {key}, outcome FROM {rows}", [json.dumps(notes)])

    def conclude(self, since_us: int | None, until_us: int | None, *, owners: bool = True) -> None:
        """Make `calls` of what was read, within a time range; a call without a time is in none.

        With `owners` the functions that wrappers name go before those of the files.
        """
        noted = {
            outcome: f"key IN (SELECT key FROM note WHERE outcome = {quoted(outcome)})"
            if self.rows(f"SELECT 1 AS found FROM note WHERE outcome = {quoted(outcome)} LIMIT 1")
            else "FALSE"
            for outcome in (Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY)
        }
        outcome = outcome_sql(noted[Outcome.TIMEOUT], noted[Outcome.OUT_OF_MEMORY])
        range_ = "".join(
            f" AND at_us {sign} {limit}"
            for sign, limit in ((">=", since_us), ("<", until_us))
            if limit is not None
        )
        self._execute(
            f"CREATE OR REPLACE VIEW {self.calls} AS SELECT *, {outcome} AS outcome "
            f"FROM {self._owned() if owners else 'record'} WHERE unread IS NULL{range_}"
        )

    def _owned(self) -> str:
        """The records, each with the function that its wrapper names."""
        named = self.rows("SELECT DISTINCT owner FROM record WHERE owner IS NOT NULL ORDER BY 1")
        if not named:
            return "record"
        numbers = [{"owner": row["owner"], "number": self.number_of(row["owner"])} for row in named]
        self.fill("owner", {"owner": "VARCHAR", "number": "INTEGER"}, numbers)
        own = "record.* EXCLUDE (function), coalesce(number, function) AS function"
        return f"(SELECT {own} FROM record LEFT JOIN owner USING (owner))"


def outcome_sql(timed_out: str, killed: str, full: str = f"used_mb >= {FULL} * memory_mb") -> str:
    """How a call ended. Out of memory has many faces: by name, killed, broken off with every MB in use."""
    by_name = " OR ".join(f"error_type LIKE {quoted('%' + name)}" for name in ERROR_NAMES)
    timeout = f"(status = 'timeout' OR {timed_out})"
    return (
        f"CASE WHEN {by_name} OR {killed} THEN 'out_of_memory' "
        f"WHEN {full} AND ({timeout} OR error_type = 'Runtime.ExitError') THEN 'out_of_memory' "
        f"WHEN {timeout} THEN 'timeout' "
        "WHEN coalesce(status, 'success') = 'success' THEN 'ok' ELSE 'function_error' END"
    )


def _table_of(kinds: Mapping[str, str]) -> str:
    """Rows handed over as a parameter with JSON text."""
    structure = json.dumps([kinds])
    rows = f"SELECT unnest(from_json(?, {quoted(structure)})) AS found"
    return f"(SELECT unnest(found, recursive := true) FROM ({rows}))"


def _engine() -> ModuleType:
    try:
        import duckdb
    except ImportError as error:
        raise UsageError("reading logs needs DuckDB", "pip install 'tuner[logs]'") from error
    return duckdb
