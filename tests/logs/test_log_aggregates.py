"""Aggregates against numpy and against counting by hand, in both dialects."""

import itertools

import duckdb
import numpy as np
import pytest
from log_lines import ENGINES

from tuner.logs import aggregates
from tuner.logs.dialects import DUCKDB
from tuner.logs.peaks import peak_concurrency

CALLS = 20_000


@pytest.fixture(scope="module")
def calls():
    rng = np.random.default_rng(3)
    columns = {
        "function": rng.integers(0, 5, CALLS),
        "memory_mb": rng.choice([512, 1024], CALLS),
        "duration_ms": np.round(rng.lognormal(3, 1.5, CALLS), 2),
        "at_us": 1_795_428_000_000_000 + rng.integers(0, 7_200_000, CALLS) * 1000,
        "init_ms": np.where(rng.random(CALLS) < 0.05, 80.0, np.nan),
        "used_mb": rng.integers(60, 100, CALLS),
    }
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE call AS SELECT * REPLACE "
        "(CASE WHEN isnan(init_ms) THEN NULL ELSE init_ms END AS init_ms), "
        "NULL::DOUBLE AS restore_ms, NULL::VARCHAR AS version, ceil(duration_ms)::BIGINT AS billed_ms, "
        "'ok' AS outcome "
        "FROM columns"
    )
    return connection, columns


@pytest.mark.parametrize("engine", ENGINES)
def test_percentiles_are_those_of_numpy_within_half_a_percent(calls, engine):
    connection, columns = calls
    dialect, written = ENGINES[engine]
    binned = aggregates.bins(dialect, "duration_ms").sql("call")
    connection.execute(f"CREATE OR REPLACE TABLE bin AS {written(binned)}")
    rows = connection.execute(written(aggregates.percentiles("bin", ("function", "memory_mb")))).fetchall()
    assert 10 == len(rows)
    for function, memory_mb, n, *found in rows:
        own = columns["duration_ms"][(columns["function"] == function) & (columns["memory_mb"] == memory_mb)]
        assert own.size == n
        np.testing.assert_allclose(found, np.quantile(own, list(aggregates.QUANTILES.values())), rtol=0.005)


@pytest.mark.parametrize("durations", [[5.0], [10.0, 100.0], [1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 7.0]])
def test_percentiles_of_a_few_calls_are_exact(durations):
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE call AS SELECT 1 AS function, 2 AS version, 3 AS memory_mb, "
        "NULL AS init_ms, NULL AS restore_ms, 'ok' AS outcome, unnest(?::DOUBLE[]) AS duration_ms",
        [durations],
    )
    connection.execute(f"CREATE TABLE bin AS {aggregates.bins(DUCKDB, 'duration_ms').sql('call')}")
    found = connection.execute(aggregates.percentiles("bin", ("function",))).fetchone()
    assert found[2:] == pytest.approx(np.quantile(durations, list(aggregates.QUANTILES.values())))


@pytest.mark.parametrize("engine", ENGINES)
def test_totals_and_load_add_up(calls, engine):
    connection, columns = calls
    dialect, written = ENGINES[engine]
    billed = int(np.ceil(columns["duration_ms"]).sum())
    inits = int(np.isfinite(columns["init_ms"]).sum())
    sums = (
        "sum(calls), sum(billed_sum_ms), sum(inits), sum(CASE WHEN cold THEN calls END), max(duration_max_ms)"
    )
    cells = aggregates.cells(dialect)
    connection.execute(f"CREATE OR REPLACE TABLE cell AS {written(cells.sql('call'))}")
    for query in (
        written(aggregates.totals(dialect).sql("call")),
        cells.rolled_up("cell", aggregates.KINDS),
    ):
        totals = connection.execute(f"SELECT {sums} FROM ({query})").fetchone()
        assert (CALLS, billed, inits, inits, columns["duration_ms"].max()) == totals
    loaded = written(aggregates.load(dialect).sql("call"))
    hours = connection.execute(f"SELECT hour, sum(invocations) FROM ({loaded}) GROUP BY 1")
    expected = np.unique(columns["at_us"] // 3_600_000_000, return_counts=True)
    assert dict(zip(*(map(int, found) for found in expected), strict=True)) == dict(hours.fetchall())


def counted(begins, ends):
    """Peak concurrency by looking at every beginning."""
    return max(int(np.sum((begins <= at) & (ends > at))) for at in begins)


@pytest.mark.parametrize("engine", ENGINES)
def test_peak_concurrency_is_exact(calls, engine):
    connection, columns = calls
    found = dict(connection.execute(ENGINES[engine][1](aggregates.peaks("call"))).fetchall())
    starts = np.nan_to_num(columns["init_ms"])
    begins = columns["at_us"] - np.maximum(1, np.round((columns["duration_ms"] + starts) * 1000)).astype(
        np.int64
    )
    for function in range(5):
        own = columns["function"] == function
        expected = counted(begins[own], columns["at_us"][own])
        assert expected == found[function]
        assert expected == peak_concurrency([(begins[own], columns["at_us"][own])])


def test_peak_concurrency_in_slices_of_time_is_that_of_the_whole():
    rng = np.random.default_rng(1)
    begins = rng.integers(0, 10_000, 500)
    ends = begins + rng.integers(1, 900, 500)
    bounds = [-1, 2500, 2501, 7000, 20_000]
    parts = [
        (begins[(begins >= low) & (begins < high)], ends[(ends >= low) & (ends < high)])
        for low, high in itertools.pairwise(bounds)
    ]
    assert counted(begins, ends) == peak_concurrency(parts)


def test_calls_that_only_touch_do_not_overlap():
    begins, ends = np.array([0, 10, 20]), np.array([10, 20, 30])
    assert 1 == peak_concurrency([(begins, ends)])
    assert 2 == peak_concurrency([(begins, ends + 1)])
    assert 0 == peak_concurrency([])
