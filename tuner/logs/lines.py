"""From marked lines to records, as SQL of the embedded engine; events leave their wrappers.

A wrapper is a line of JSON with a log event, or with a batch of them as subscription filters deliver it.
Every event of a plain one becomes a line, with what the wrapper says of it; what is not plain stays as it is,
for the exact reader.
"""

from __future__ import annotations

from tuner.logs.dialects import DUCKDB, quoted
from tuner.logs.extraction import COLUMNS, extraction

WRAPPER = "starts_with({0}, '{{') AND contains({0}, 'essage\"')"
"""What may be a wrapper."""
_PASSED = ("function", "event_version", "owner", "event_us")
"""What is known of a line from what is around it; `owner` is the function that a wrapper names."""

_STREAMS = ("logStreamName", "logStream", "log_stream", '"@logStream"')
_GROUPS = ("logGroupName", "logGroup", "log_group", '"@log"')
_FUNCTIONS = ("functionName", "function_name")
_AROUND = (*_STREAMS, *_GROUPS, *_FUNCTIONS)


def lines_of(texts: str) -> str:
    """The lines of a relation with `function`, `version` and `text`, with all that is known of them."""
    return (
        "(SELECT function, version AS event_version, NULL AS owner, NULL AS event_us, "
        f"unnest(string_split(text, chr(10))) AS line FROM {texts})"
    )


def recorded(lines: str) -> str:
    """What is kept of bare lines or of events: the columns of a record."""
    kept = ", ".join(column for column in COLUMNS if column not in ("at_us", "version"))
    return (
        # Of a line that could not be read, only what is around it is known.
        f"SELECT function, owner, {kept}, "
        "coalesce(CASE WHEN unread IS NULL THEN version END, event_version) AS version, "
        "coalesce(event_us, CASE WHEN unread IS NULL THEN at_us END) AS at_us "
        f"FROM ({extraction(DUCKDB, lines, passed=', '.join(_PASSED))}) AS extracted"
    )


def events(lines: str) -> str:
    """The events of wrappers with all that is known of them; what is no plain wrapper stays one line."""
    batch = "coalesce(json_extract(line, '$.logEvents'), json_extract(line, '$.events'))"
    batched = f"json_type({batch}) = 'ARRAY' AND NOT json_exists(line, '$.message')"
    single = "CASE WHEN json_exists(line, '$.message') THEN [line::JSON] END"
    paths = ", ".join(quoted(f"$.{name}") for name in _AROUND)
    inner, outer = (f"json_extract_string({of}, [{paths}])" for of in ("event", "line"))
    message = "event->>'$.message'"
    return f"""(
WITH wrappers AS (
    SELECT *, json_valid(line) AS is_wrapper
    FROM {lines}
), opened AS (
    SELECT *, CASE WHEN is_wrapper THEN CASE WHEN {batched}
        THEN json_extract({batch}, '$[*]') ELSE {single} END END AS found FROM wrappers
), sorted AS (
    SELECT *, coalesce(list_bool_and(list_transform(found, lambda event: {_plain("event")})), FALSE) AS plain
    FROM opened
), single AS (
    SELECT function, version, {outer} AS around, unnest(found) AS event FROM sorted WHERE plain
), known AS (
    SELECT *, {inner} AS own, {message} AS message FROM single
)
SELECT function, version AS event_version, NULL AS owner, NULL AS event_us, line FROM sorted WHERE NOT plain
UNION ALL
SELECT function, coalesce({_version("own")}, {_version("around")}, version),
    coalesce({_owner("own")}, {_owner("around")}),
    -- A message that begins with a time has its own.
    CASE WHEN NOT regexp_matches(message, '^[0-9]{{4}}-') THEN (event->>'$.timestamp')::BIGINT * 1000 END,
    unnest(string_split(message, chr(10)))
FROM known
)"""


def _plain(event: str) -> str:
    """What an application logs has a message too; a log event has its time beside it and no level."""
    return (
        f"coalesce(json_type({event}, '$.timestamp') IN ('UBIGINT', 'BIGINT') "
        f"AND try_cast({event}->>'$.timestamp' AS BIGINT) BETWEEN 100000000001 AND 99999999999999 "
        f"AND json_type({event}, '$.message') IN ('VARCHAR', 'OBJECT') "
        f"AND NOT json_exists({event}, '$.level') AND NOT json_exists({event}, '$.type'), FALSE)"
    )


def _version(found: str) -> str:
    return _matched(found, _STREAMS, r"[[]([$]LATEST|[0-9]{1,12})[]]")


def _owner(found: str) -> str:
    named = _matched(found, _FUNCTIONS, r"^([A-Za-z0-9_-]{1,140})$")
    return f"coalesce({named}, {_matched(found, _GROUPS, r'/aws/lambda/([A-Za-z0-9_-]{1,140})$')})"


def _matched(found: str, names: tuple[str, ...], pattern: str) -> str:
    values = ", ".join(f"{found}[{_AROUND.index(name) + 1}]" for name in names)
    return f"nullif(regexp_extract(coalesce({values}), {quoted(pattern)}, 1), '')"
