"""Each aggregate once, over the calls of an archive, rendered in every dialect.

`calls` is a relation with a row an invocation: function, version, memory_mb, at_us (its end), duration_ms,
billed_ms, used_mb, init_ms, restore_ms, outcome. Every state that is kept is small, however many calls there
are: percentiles come from bins of durations 0.4 % wide, each with the mean of its calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuner.logs.dialects import Dialect
from tuner.records import Outcome

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
OUTCOMES = (Outcome.OK, Outcome.FUNCTION_ERROR, Outcome.TIMEOUT, Outcome.OUT_OF_MEMORY)
BIN = 0.004
"""The width of a bin in log duration: no call is further than 0.4 % from the mean of its bin."""
START_MS = "coalesce(init_ms, 0) + coalesce(restore_ms, 0)"
"""What a cold call takes before its handler starts [ms]."""
KINDS = ("function", "version", "memory_mb", "cold", "outcome")
"""What calls are told apart by."""
SIZES = ("function", "memory_mb")
HOUR = 60


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Rows by `keys`, each with its `measures`, of the calls that `where` holds for: name to expression.

    No measure has the name of a column: not every engine could tell them apart.
    """

    keys: Mapping[str, str]
    measures: Mapping[str, str]
    where: str = ""

    def sql(self, calls: str) -> str:
        """The query in SQL."""
        columns = ", ".join(f"{made} AS {name}" for name, made in {**self.keys, **self.measures}.items())
        where = f" WHERE {self.where}" if self.where else ""
        numbers = ", ".join(str(number) for number in range(1, len(self.keys) + 1))
        return f"SELECT {columns} FROM {calls}{where} GROUP BY {numbers}"

    def rolled_up(self, table: str, keys: Sequence[str]) -> str:
        """The same measures by fewer keys, as SQL over a table of this aggregate's rows."""
        folds = {
            name: "sum" if made.startswith("count(") else made[:3] for name, made in self.measures.items()
        }
        measures = ", ".join(f"{fold}({name}) AS {name}" for name, fold in folds.items())
        return f"SELECT {', '.join(keys)}, {measures} FROM {table} GROUP BY {', '.join(keys)}"


def totals(dialect: Dialect) -> Aggregate:
    """Counts, sums and extremes of each kind of calls."""
    at = dialect("at")
    measures = {
        "calls": "count(*)",
        "duration_sum_ms": "sum(duration_ms)",
        "duration_max_ms": "max(duration_ms)",
        "whole_max_ms": f"max(duration_ms + {START_MS})",
        "billed": "count(billed_ms)",
        "billed_sum_ms": "sum(billed_ms)",
        "used_max_mb": "max(used_mb)",
        "inits": "count(init_ms)",
        "init_sum_ms": "sum(init_ms)",
        "init_max_ms": "max(init_ms)",
        "restores": "count(restore_ms)",
        "restore_sum_ms": "sum(restore_ms)",
        "restore_max_ms": "max(restore_ms)",
        "first_us": f"min({at})",
        "last_us": f"max({at})",
    }
    return Aggregate(_kinds(dialect), measures)


def cells(dialect: Dialect, width: float = BIN) -> Aggregate:
    """Totals by duration too: from one look at the calls come the totals and the bins of durations."""
    found = totals(dialect)
    return Aggregate({**found.keys, "bucket": dialect("bucket", "duration_ms", width)}, found.measures)


def bins(dialect: Dialect, value: str, kinds: Sequence[str] = KINDS) -> Aggregate:
    """How many calls of each kind have about this value."""
    keys = {name: _kinds(dialect)[name] for name in kinds} | {"bucket": dialect("bucket", value, BIN)}
    return Aggregate(keys, {"calls": "count(*)", "total": f"sum({value})"}, dialect("present", value))


def starts(dialect: Dialect) -> Aggregate:
    """Cold calls by size and about what they took to start."""
    found = totals(dialect)
    buckets = {f"{kind}_bucket": dialect("bucket", f"{kind}_ms", BIN) for kind in ("init", "restore")}
    wanted = ("inits", "init_sum_ms", "restores", "restore_sum_ms")
    keys = {name: name for name in SIZES} | buckets
    return Aggregate(keys, {name: found.measures[name] for name in wanted}, found.keys["cold"])


def used(dialect: Dialect) -> Aggregate:
    """Calls by size and the memory that they used."""
    keys = {name: name for name in (*SIZES, "used_mb")}
    return Aggregate(keys, {"calls": "count(*)"}, dialect("present", "used_mb"))


def load(dialect: Dialect, minutes: int = HOUR) -> Aggregate:
    """Calls, what was billed and how long environments were held, by function, memory size and hour (UTC).

    `hour` counts since 1970, in periods of so many minutes.
    """
    keys = {name: _kinds(dialect)[name] for name in ("function", "memory_mb", "cold")}
    measures = {
        "invocations": "count(*)",
        "duration_sum_ms": "sum(duration_ms)",
        "busy_sum_ms": f"sum(duration_ms + {START_MS})",
        "billed_sum_ms": "sum(billed_ms)",
    }
    return Aggregate(
        {**keys, "hour": dialect("period", minutes)}, measures, dialect("present", dialect("at"))
    )


def _kinds(dialect: Dialect) -> dict[str, str]:
    cold = f"({dialect('present', 'init_ms')} or {dialect('present', 'restore_ms')})"
    return {name: name for name in KINDS} | {"cold": cold}


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
