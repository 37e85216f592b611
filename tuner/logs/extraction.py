"""The extraction as SQL: from lines to columns, in any dialect.

A record in exactly the form in which the platform writes it is read here: a text line is taken apart at its
tabs, put together again from what was found, and has to come out the same. Whatever else looks like a record
is `unread`, and left to the exact reader.
"""

from __future__ import annotations

import re

from tuner.logs.dialects import Dialect, quoted
from tuner.logs.fields import (
    FIELDS,
    JSON_TYPE,
    KILLED,
    NOTE_ENDS,
    NUMBERS,
    REPORT,
    REQUIRED,
    STATUSES,
    TIMED_OUT,
    Field,
    optional_pattern,
)

_ENVELOPE = "(envelope = 0 OR at_us IS NOT NULL AND (envelope = 1 OR envelope = 2 AND version IS NOT NULL))"
"""Nothing stands before the record but a time, and perhaps the log stream behind it."""

COLUMNS = (
    *("at_us", "version", "key", "duration_ms", "billed_ms", "memory_mb", "used_mb", "init_ms", "restore_ms"),
    *("status", "error_type", "unread"),
)
"""What an extraction yields, beside the columns that it passes on. Of an `unread` line the rest is void."""

_REQUIRED_TEXT = f"{REPORT}{{request_id}}" + "".join(
    f"\t{f.label}: {{{f.column}}} {f.unit}" for f in REQUIRED
)
_BEHIND_ID = f"\t{REQUIRED[0].label}:"
_PLACES = {
    found[1]: place
    for place, word in enumerate(_REQUIRED_TEXT.split(" "), start=1)
    if (found := re.match(r"{(\w+)}", word))
}
"""Where the words of a text record hold its required values; the first is 1."""
_JSON_PATHS = {field.column: field.json_path for field in FIELDS} | {"type": "$.type", "time": "$.time"}


def extraction(dialect: Dialect, lines: str, passed: str = "") -> str:
    """A query over `lines`, a relation with a text column `line`, that yields `COLUMNS`.

    `passed` are columns of `lines` that the result has too, with commas between them.
    """
    steps = {
        "marked": f"SELECT * FROM {lines} WHERE {_worth_a_look(dialect)}",
        "sorted_out": f"SELECT *, {_format(dialect)} FROM marked",
        "split_up": f"SELECT *, {_sides(dialect)} FROM sorted_out",
        "taken_apart": f"SELECT *, {_parts(dialect)} FROM split_up",
        "spelt": f"SELECT *, {_spelt(dialect)} FROM taken_apart",
        "written_anew": f"SELECT *, {_required_part()} AS required FROM spelt",
        "compared": f"SELECT *, {_compared(dialect)} FROM written_anew",
        "valued": f"SELECT *, {_values(dialect)} FROM compared",
    }
    ctes = ",\n".join(f"{name} AS ({query})" for name, query in steps.items())
    keep = f"{passed}, " if passed else ""
    return f"WITH {ctes}\nSELECT {keep}{_columns(dialect)} FROM valued"


def _worth_a_look(dialect: Dialect) -> str:
    """Lines with a record, or with a note of how a call ended: at the end of a line, or in JSON."""
    records, notes = (
        " OR ".join(dialect("contains", "line", quoted(marker)) for marker in markers)
        for markers in ((REPORT, JSON_TYPE), (TIMED_OUT, KILLED))
    )
    # Looking at the ends of a line is cheap, and spares nearly all of them the search.
    ends = " OR ".join(dialect("ends_with", "line", quoted(end)) for end in NOTE_ENDS)
    wrapped = dialect("starts_with", "line", quoted("{"))
    return f"{records} OR ({ends} OR {wrapped}) AND ({notes})"


def _format(dialect: Dialect) -> str:
    """Which format a line has, and where its record starts (0: nowhere)."""
    text, json = (dialect("contains", "line", quoted(marker)) for marker in (REPORT, JSON_TYPE))
    starts = f"WHEN {text} THEN strpos(line, {quoted(REPORT)}) WHEN {json} THEN strpos(line, '{{')"
    return f"{text} AS is_text, CASE {starts} ELSE 0 END AS starts"


def _sides(dialect: Dialect) -> str:
    """The words before the record, and the record."""
    before = dialect("split", "substr(line, 1, starts - 1)", quoted(" "))
    return f"CASE WHEN starts > 0 THEN {before} END AS words, substr(line, starts) AS record"


def _parts(dialect: Dialect) -> str:
    """The words of a text record, or what stands in the JSON."""
    paths = list(_JSON_PATHS.values())
    return (
        f"CASE WHEN is_text THEN {dialect('split', 'record', quoted(' '))} END AS parts, "
        f"CASE WHEN starts > 0 AND NOT is_text THEN {dialect.json_array('record', paths)} END AS found"
    )


def _spelt(dialect: Dialect) -> str:
    """How many words stand before the record, and the required values of a text record, at their places."""
    identity = dialect("part", "parts", _PLACES["request_id"])
    columns = [
        f"CASE WHEN {dialect('part', 'words', dialect('size', 'words'))} = '' "
        f"THEN {dialect('size', 'words')} - 1 END AS envelope",
        # A tab and the label of the next field hang on the id.
        f"substr({identity}, 1, length({identity}) - {len(_BEHIND_ID)}) AS t_request_id",
    ]
    for field in REQUIRED:
        kind = "BIGINT" if field.whole else "DECIMAL(14, 2)"
        word = dialect("part", "parts", _PLACES[field.column])
        columns.append(f"{dialect('cast', word, kind)} AS t_{field.column}")
    columns += [f"{dialect('part', 'found', n)} AS j_{name}" for n, name in enumerate(_JSON_PATHS, start=1)]
    return ", ".join(columns)


def _required_part() -> str:
    """The required part of a text record as the platform would write it from the values that were found."""
    literals_and_columns = re.split(r"{(\w+)}", _REQUIRED_TEXT)
    pieces = [quoted(text) for text in literals_and_columns]
    pieces[1::2] = [f"CAST(t_{column} AS VARCHAR)" for column in literals_and_columns[1::2]]
    return f"concat({', '.join(pieces)})"


def _compared(dialect: Dialect) -> str:
    """What follows the required part of a text record; NULL where that differs."""
    same = dialect("starts_with", "record", "required")
    return f"CASE WHEN is_text AND {same} THEN substr(record, length(required) + 1) END AS rest"


def _values(dialect: Dialect) -> str:
    """Every number and word, from either format."""
    columns = []
    for field in NUMBERS:
        text = f"CAST(t_{field.column} AS DOUBLE)" if field in REQUIRED else _behind(dialect, field)
        json = dialect("cast", f"j_{field.column}", "DOUBLE")
        columns.append(f"CASE WHEN is_text THEN {text} ELSE {json} END AS {field.column}")
    for field in FIELDS:
        if field.column in ("status", "error_type"):
            json = f"replace(nullif(j_{field.column}, 'null'), '\"', '')"
            columns.append(
                f"CASE WHEN is_text THEN {_behind(dialect, field)} ELSE {json} END AS {field.column}"
            )
    columns.append(
        "CASE WHEN is_text THEN t_request_id ELSE replace(j_request_id, '\"', '') END AS request_id"
    )
    first = dialect("part", "words", 1)
    time = f"CASE WHEN envelope > 0 THEN {first} ELSE replace(j_time, '\"', '') END"
    columns.append(f"{dialect('epoch_us', time)} AS at_us")
    stream = f"CASE WHEN envelope = 2 THEN {dialect('part', 'words', 2)} END"
    columns.append(f"{dialect('group', stream, quoted('[[]([^]]+)[]]'))} AS version")
    return ", ".join(columns)


def _behind(dialect: Dialect, field: Field) -> str:
    """An optional field of a text line, most of which have none."""
    value = dialect("group", "rest", quoted(rf"\t{field.pattern}"))
    if field.unit:
        value = dialect("cast", value, "DOUBLE")
    return f"CASE WHEN {dialect('contains', 'rest', quoted(f'{field.label}: '))} THEN {value} END"


def _columns(dialect: Dialect) -> str:
    columns = {field.column: field.column for field in FIELDS if field.column != "request_id"}
    columns |= {f.column: f"CAST({f.column} AS BIGINT)" for f in NUMBERS if f.whole}
    columns |= {"at_us": "at_us", "version": "version", "key": dialect("key", "request_id")}
    sound = f"CASE WHEN is_text THEN {_sound_text(dialect)} ELSE {_sound_json(dialect)} END"
    columns["unread"] = f"CASE WHEN coalesce({sound}, FALSE) THEN NULL ELSE line END"
    return ", ".join(f"{columns[name]} AS {name}" for name in COLUMNS)


def _sound_text(dialect: Dialect) -> str:
    numbers = " AND ".join(f"t_{field.column} >= 0" for field in REQUIRED)
    behind = f"(rest = '' OR rest = chr(9) OR {dialect('matches', 'rest', quoted(optional_pattern()))})"
    return f"{_ENVELOPE} AND t_request_id <> '' AND {numbers} AND {behind}"


def _sound_json(dialect: Dialect) -> str:
    checks = [_ENVELOPE, f"j_type = '\"{JSON_TYPE}\"'"]
    for field in FIELDS:
        text = f"j_{field.column}"
        if field.unit:
            whole = f" AND {field.column} = floor({field.column})" if field.whole else ""
            check = f"{field.column} >= 0 AND {field.column} < 1e12{whole}"
        elif field.column == "status":
            check = f"{text} IN ({', '.join(quoted(chr(34) + status + chr(34)) for status in STATUSES)})"
        elif field.optional:
            check = dialect("matches", text, quoted('^"[A-Za-z0-9_.:-]+"$'))
        else:
            check = f"{dialect('starts_with', text, quoted(chr(34)))} AND {text} <> '\"\"'"
        # What is missing is NULL, and so is every comparison with it.
        checks.append(f"({text} IS NULL OR {text} = 'null' OR {check})" if field.optional else check)
    return " AND ".join(checks)
