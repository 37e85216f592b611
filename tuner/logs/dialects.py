"""Dialects with the same expressions: the embedded DuckDB, Amazon Athena (Trino), CloudWatch Logs Insights.

The first two are SQL. Of the third, which is none, only what aggregates are made of is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a dialect writes what differs; `{0}`, `{1}` are the arguments."""

    name: str
    expressions: Mapping[str, str]

    def __call__(self, expression: str, *arguments: object) -> str:
        """An expression, as `dialect("contains", "line", "'a'")`."""
        return self.expressions[expression].format(*arguments)

    def json_array(self, document: str, paths: Sequence[str]) -> str:
        """What stands at each of these paths of a JSON text, as JSON texts; NULL where it is not JSON."""
        values = (self("json_value", document, quoted(path)) for path in paths)
        return self("json_values", document, ", ".join(values))


_AGGREGATES = {
    "bucket": "CAST(floor(ln(greatest({0}, 0.01)) / {1}) AS INTEGER)",
    "present": "({0} IS NOT NULL)",
    "period": "CAST(floor(at_us / ({0} * 60000000.0)) AS INTEGER)",
    "at": "at_us",
}

DUCKDB = Dialect(
    "duckdb",
    {
        "contains": "contains({0}, {1})",
        "starts_with": "starts_with({0}, {1})",
        "ends_with": "ends_with({0}, {1})",
        "matches": "regexp_matches({0}, {1})",
        "group": "nullif(regexp_extract({0}, {1}, 1), '')",
        "split": "string_split({0}, {1})",
        "part": "list_extract({0}, {1})",
        "size": "len({0})",
        # One call with every path parses the document once.
        "json_value": "{1}",
        "json_values": "try(json_extract({0}, [{1}]))::VARCHAR[]",
        "cast": "try_cast({0} AS {1})",
        "epoch_us": "epoch_us(try_cast({0} AS TIMESTAMPTZ))",
        "key": "hash({0})",
        **_AGGREGATES,
    },
)

ATHENA = Dialect(
    "athena",
    {
        "contains": "strpos({0}, {1}) > 0",
        "starts_with": "starts_with({0}, {1})",
        "ends_with": "substr({0}, -length({1})) = {1}",
        "matches": "regexp_like({0}, {1})",
        "group": "nullif(regexp_extract({0}, {1}, 1), '')",
        "split": "split({0}, {1})",
        "part": "element_at({0}, {1})",
        "size": "cardinality({0})",
        "json_value": "json_format(json_extract({0}, {1}))",
        "json_values": "TRY(ARRAY[{1}])",
        "cast": "TRY_CAST({0} AS {1})",
        "epoch_us": "CAST(to_unixtime(TRY(from_iso8601_timestamp({0}))) * 1000000 AS BIGINT)",
        "key": "{0}",
        **_AGGREGATES,
    },
)

INSIGHTS = Dialect(
    "insights",
    {
        "bucket": "floor(log(greatest({0}, 0.01)) / {1})",  # its log is the natural one
        "present": "ispresent({0})",
        "period": "bin({0}m)",
        "at": "@timestamp",
    },
)
