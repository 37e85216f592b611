"""Each aggregate once, as SQL over the calls of an archive, the same in every dialect.

`calls` is a relation with a row an invocation: function, version, memory_mb, at_us (its end), duration_ms,
billed_ms, used_mb, init_ms, restore_ms, outcome. Every state that is kept is small, however many calls there
are: percentiles come from bins of durations 0.4 % wide, each with the mean of its calls.
"""

from __future__ import annotations

from collections.abc import Sequence

from tuner.logs.dialects import quoted
from tuner.records import Outcome

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
OUTCOMES = (Outcome.OK, Outcome.FUNCTION_ERROR, Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY)
BIN = 0.004
"""The width of a bin in log duration: no call is further than 0.4 % from the mean of its bin."""
COLD = "(init_ms IS NOT NULL OR restore_ms IS NOT NULL)"
START_MS = "coalesce(init_ms, 0) + coalesce(restore_ms, 0)"
"""What a cold call takes before its handler starts [ms]."""


def totals(calls: str) -> str:
    """Counts, sums and extremes of each function, version and memory size."""
    outcomes = ", ".join(f"sum(CASE WHEN outcome = {quoted(o)} THEN 1 ELSE 0 END) AS {o}" for o in OUTCOMES)
    return (
        f"SELECT function, version, memory_mb, count(*) AS invocations, {outcomes}, "
        "sum(duration_ms) AS duration_ms, max(duration_ms) AS duration_max_ms, "
        "count(billed_ms) AS billed, sum(billed_ms) AS billed_ms, max(used_mb) AS used_max_mb, "
        f"sum(CASE WHEN {COLD} THEN 1 ELSE 0 END) AS cold, "
        "count(init_ms) AS inits, sum(init_ms) AS init_ms, max(init_ms) AS init_max_ms, "
        "count(restore_ms) AS restores, sum(restore_ms) AS restore_ms, max(restore_ms) AS restore_max_ms, "
        f"max(CASE WHEN outcome = 'ok' THEN duration_ms + {START_MS} END) AS slowest_ok_ms, "
        "max(CASE WHEN outcome = 'timeout' THEN duration_ms END) AS timeout_max_ms, "
        "count(at_us) AS timed, min(at_us) AS first_us, max(at_us) AS last_us "
        f"FROM {calls} GROUP BY function, version, memory_mb"
    )


def bins(calls: str, value: str) -> str:
    """How many calls have about this value, by function, version, memory size and warmth."""
    return (
        f"SELECT function, version, memory_mb, {COLD} AS cold, "
        f"CAST(floor(ln(greatest({value}, 0.01)) / {BIN}) AS INTEGER) AS bucket, "
        f"count(*) AS calls, sum({value}) AS total "
        f"FROM {calls} WHERE {value} IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
    )


def percentiles(binned: str, by: Sequence[str], where: str = "TRUE") -> str:
    """Percentiles of bins, between the two nearest calls as numpy's `quantile` has it, by these columns."""
    keys = ", ".join(by)
    found = ", ".join(f"{_between(share)} AS {name}" for name, share in QUANTILES.items())
    return (
        f"SELECT {keys}, max(n) AS n, {found} FROM ("
        f"SELECT {keys}, mean, sum(calls) OVER (PARTITION BY {keys} ORDER BY bucket "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS upto, "
        f"sum(calls) OVER (PARTITION BY {keys}) AS n FROM ("
        f"SELECT {keys}, bucket, sum(calls) AS calls, sum(total) / sum(calls) AS mean "
        f"FROM {binned} WHERE {where} GROUP BY {keys}, bucket) AS merged) AS ranked GROUP BY {keys}"
    )


def _between(share: float) -> str:
    position = f"({share} * (n - 1))"
    low = f"min(CASE WHEN upto > floor({position}) THEN mean END)"
    high = f"min(CASE WHEN upto > ceil({position}) THEN mean END)"
    part = f"({share} * (max(n) - 1) - floor({share} * (max(n) - 1)))"
    return f"{low} + ({high} - {low}) * {part}"


def load(calls: str) -> str:
    """Invocations and the time they hold environments, by function and hour since 1970 (UTC)."""
    return (
        f"SELECT function, CAST(floor(at_us / 3600000000.0) AS INTEGER) AS hour, count(*) AS invocations, "
        f"sum(duration_ms + {START_MS}) AS busy_ms "
        f"FROM {calls} WHERE at_us IS NOT NULL GROUP BY 1, 2"
    )


def intervals(calls: str, where: str = "TRUE") -> str:
    """When each call began and ended [us]: when its record was written; it takes a microsecond at least."""
    length_us = f"greatest(1, CAST(round((duration_ms + {START_MS}) * 1000) AS BIGINT))"
    columns = f"function, at_us - {length_us} AS begin_us, at_us AS end_us"
    return f"SELECT {columns} FROM {calls} WHERE at_us IS NOT NULL AND {where}"


def peaks(calls: str) -> str:
    """The most calls of each function that were in progress at once.

    Of two events at one time the end comes first. At the i-th beginning, which is the r-th event of all,
    r - i calls have ended, so 2 i - r are in progress.
    """
    return (
        "SELECT function, max(2 * i - r) AS peak FROM ("
        "SELECT function, begins, row_number() OVER (PARTITION BY function ORDER BY t, begins) AS r, "
        "row_number() OVER (PARTITION BY function, begins ORDER BY t) AS i FROM ("
        f"SELECT function, begin_us AS t, 1 AS begins FROM ({intervals(calls)}) AS a UNION ALL "
        f"SELECT function, end_us AS t, 0 AS begins FROM ({intervals(calls)}) AS b) AS events) AS numbered "
        "WHERE begins = 1 GROUP BY function"
    )
