"""One set of log lines, three engines, the same findings: DuckDB, Athena's dialect, Logs Insights' queries.

Athena's SQL is run through its grammar on DuckDB, and Insights' by an interpreter of its published syntax:
that the real engines read the same lines the same way only an account can show.
"""

import random
from datetime import UTC, datetime

import duckdb
import pytest
from log_lines import athena_sql, json_report, report
from logs_insights import answer

from cost_models.pricing import find_prices
from tuner.logs.archive import Archive
from tuner.logs.condensing import condense
from tuner.logs.findings import PeakBasis
from tuner.logs.intake import Intake
from tuner.logs.overlaps import observed_peaks
from tuner.logs.remote import athena
from tuner.logs.remote.answers import rows_of, with_outcomes
from tuner.logs.remote.filling import CELL, fill
from tuner.logs.remote.insights import all_queries
from tuner.logs.sources import find_sources
from tuner.logs.survey import survey

PRICES = find_prices("us-east-1", "x86_64")
START_MS = 1_795_428_000_000
PATH = "export/aws-lambda-checkout/2026-11-23-[{}]0a1b/000000"


def generated(number):
    """Lines of three versions at two sizes: text and JSON, cold and warm, every ending, and chatter."""
    rng = random.Random(11)
    for n in range(number):
        version = rng.choice(["$LATEST", "3", "12"])
        memory = 1024 if version == "12" else 512
        call = {
            "duration": round(rng.lognormvariate(4, 0.8), 2),
            "memory": memory,
            "used": rng.randint(80, 120),
        }
        call["init"] = round(rng.uniform(90, 400), 2) if rng.random() < 0.1 else None
        ending = rng.random()
        if rng.random() < 0.5:
            more = "Status: timeout\t" if ending < 0.02 else ""
            if 0.02 < ending < 0.05:
                more = "Status: error\tError Type: Runtime.ExitError\t"
            if 0.05 < ending < 0.08:
                call["init"], more = None, "Restore Duration: 210.50 ms\tBilled Restore Duration: 90 ms\t"
            line = report(n, more=more, **call)
        else:
            status = {True: {"status": "error", "errorType": "Runtime.OutOfMemory"}, False: {}}[ending < 0.03]
            line = json_report(n, **call, **status)
        yield START_MS + rng.randrange(10_000_000), version, line
        yield START_MS, version, f'{{"level": "INFO", "message": "order {n}"}}'


@pytest.fixture(scope="module")
def events():
    return list(generated(1500))


def stamped(at_ms):
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def by_duckdb(events, folder):
    for version in {version for _, version, _ in events}:
        path = folder / PATH.format(version)
        path.parent.mkdir(parents=True)
        path.write_text("".join(f"{stamped(at)} {line}\n" for at, v, line in events if v == version))
    with Archive() as archive:
        Intake(archive, find_sources([folder])).read(lambda read: None)
        archive.conclude(None, None)
        condense(archive)
        return survey(archive, PRICES, dict(observed_peaks(archive)))


def by_athena(events):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE TABLE log (path VARCHAR, line VARCHAR)")
    lines = [[PATH.format(version), f"{stamped(at)} {line}"] for at, version, line in events]
    connection.executemany("INSERT INTO log VALUES (?, ?)", lines)
    with Archive() as archive:
        rows = {}
        for name, query in athena.queries(athena.Lines("log")).items():
            found = connection.execute(athena_sql(query))
            names = [column[0] for column in found.description]
            texts = ["" if v is None else str(v) for row in found.fetchall() for v in row]
            split = [texts[i : i + len(names)] for i in range(0, len(texts), len(names))]
            rows[name] = athena.rows_of(name, [dict(zip(names, row, strict=True)) for row in split], archive)
        fill(archive, rows)
        return survey(archive, PRICES, {row["function"]: row["peak"] for row in rows[athena.PEAKS]})


def by_insights(events, peak):
    stored = [
        {"@message": line, "@logStream": f"2026/11/23/checkout[{version}]0a1b", "@timestamp": at}
        for at, version, line in events
    ]
    with Archive() as archive:
        number = archive.number_of("checkout")
        rows = {n: rows_of(n, answer(q, stored), number) for n, q in all_queries("checkout", 60).items()}
        fill(archive, rows | {CELL: with_outcomes(archive, rows[CELL])})
        return survey(archive, PRICES, {number: peak}, PeakBasis.METRIC)


def rounded(value):
    """Findings with numbers to nine digits: the order of a sum is nobody's promise."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(rounded(item) for item in value)
    if hasattr(value, "__dataclass_fields__"):
        return {name: rounded(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def test_three_engines_find_the_same_in_the_same_lines(events, tmp_path):
    (local,) = by_duckdb(events, tmp_path)
    assert (1500, 2, 3) == (local.invocations, len(local.by_memory), len(local.by_version))
    assert {"ok", "function_error", "timeout", "out_of_memory"} == set(local.by_memory[0].outcomes)
    assert local.by_memory[0].restore_ms.count > 10
    expected = rounded(local)
    assert expected == rounded(by_athena(events)[0])
    assert expected | {"peak_basis": PeakBasis.METRIC} == rounded(
        by_insights(events, local.peak_concurrency)[0]
    )
