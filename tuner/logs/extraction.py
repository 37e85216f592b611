"""The extraction as SQL: from lines to columns, in any dialect.

A record in exactly the form in which the platform writes it is read here: a text line is taken apart at its
tabs, put together again from what was found, and has to come out the same. Whatever else looks like a record
is `unread`, and left to the exact reader.
"""

from __future__ import annotations

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


def extraction(dialect: Dialect, lines: str, passed: str = "") -> str:
    """A query over `lines`, a relation with a text column `line`, that yields `COLUMNS`.

    `passed` is a column of `lines` that the result has too.
    """
    steps = {
        "marked": f"SELECT * FROM {lines} WHERE {_worth_a_look(dialect)}",
        "sorted_out": f"SELECT *, {_format(dialect)} FROM marked",
        "taken_apart": f"SELECT *, {_parts(dialect)} FROM sorted_out",
        "spelt": f"SELECT *, {_spelt(dialect)} FROM taken_apart",
        "compared": f"SELECT *, {_compared(dialect)} FROM spelt",
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
    """Which format a line has, and where its JSON starts (0: nowhere)."""
    text, json = (dialect("contains", "line", quoted(marker)) for marker in (REPORT, JSON_TYPE))
    return f"{text} AS is_text, CASE WHEN {json} AND NOT {text} THEN strpos(line, '{{') ELSE 0 END AS brace"


def _parts(dialect: Dialect) -> str:
    """The cells of a text line, or what stands in the JSON and before it."""
    paths = [*(field.json_path for field in FIELDS), "$.type", "$.time"]
    return (
        f"CASE WHEN is_text THEN {dialect('split', 'line', 'chr(9)')} END AS cells, "
        f"CASE WHEN brace > 0 THEN {dialect.json_array('substr(line, brace)', paths)} END AS found, "
        "CASE WHEN brace > 0 THEN substr(line, 1, brace - 1) END AS before"
    )


def _spelt(dialect: Dialect) -> str:
    """The words before the record, and the required numbers of a text line in the platform's spelling."""
    head = f"CASE WHEN is_text THEN {dialect('part', 'cells', 1)} ELSE before END"
    columns = [f"{dialect('split', head, quoted(' '))} AS words"]
    for number, field in enumerate(REQUIRED, start=2):
        words = len(field.label.split()) + 1
        word = f"split_part({dialect('part', 'cells', number)}, ' ', {words})"
        kind = "BIGINT" if field.whole else "DECIMAL(14, 2)"
        columns.append(f"{dialect('cast', word, kind)} AS t_{field.column}")
    return ", ".join(columns)


def _compared(dialect: Dialect) -> str:
    """How many words stand before the record, and what follows its required part; NULL where that differs."""
    count = dialect("size", "words")
    same = " AND ".join(
        f"{dialect('part', 'cells', number)} = "
        f"concat('{field.label}: ', CAST(t_{field.column} AS VARCHAR), ' {field.unit}')"
        for number, field in enumerate(REQUIRED, start=2)
    )
    next_cell = len(REQUIRED) + 2
    cell = dialect("part", "cells", next_cell)
    more = f"substr(line, strpos(line, concat(chr(9), {cell})))"
    return (
        f"CASE WHEN is_text THEN {count} - 3 ELSE {count} - 1 END AS envelope, "
        f"CASE WHEN is_text AND {same} "
        f"THEN CASE WHEN {dialect('size', 'cells')} > {next_cell} OR {cell} <> '' THEN {more} ELSE '' END "
        "END AS rest"
    )


def _values(dialect: Dialect) -> str:
    """Every number and word, from either format."""
    columns = []
    for field in NUMBERS:
        text = f"CAST(t_{field.column} AS DOUBLE)" if field in REQUIRED else _behind(dialect, field)
        json = dialect("cast", _json(dialect, field), "DOUBLE")
        columns.append(f"CASE WHEN is_text THEN {text} ELSE {json} END AS {field.column}")
    for field in FIELDS:
        if field.column in ("status", "error_type"):
            json = f"replace(nullif({_json(dialect, field)}, 'null'), '\"', '')"
            columns.append(
                f"CASE WHEN is_text THEN {_behind(dialect, field)} ELSE {json} END AS {field.column}"
            )
    identity = dialect("part", "words", dialect("size", "words"))
    columns.append(f"CASE WHEN is_text THEN {identity} END AS request_id")
    first = dialect("part", "words", 1)
    json_time = f"replace({dialect('part', 'found', len(FIELDS) + 2)}, '\"', '')"
    columns.append(
        f"{dialect('epoch_us', f'CASE WHEN envelope > 0 THEN {first} ELSE {json_time} END')} AS at_us"
    )
    stream = f"CASE WHEN envelope = 2 THEN {dialect('part', 'words', 2)} END"
    columns.append(f"{dialect('group', stream, quoted('[[]([^]]+)[]]'))} AS version")
    return ", ".join(columns)


def _behind(dialect: Dialect, field: Field) -> str:
    """An optional field of a text line, most of which have none."""
    value = dialect("group", "rest", quoted(rf"(?:^|\t){field.pattern}"))
    if field.unit:
        value = dialect("cast", value, "DOUBLE")
    return f"CASE WHEN rest <> '' THEN {value} END"


def _json(dialect: Dialect, field: Field) -> str:
    """A field of a JSON record as JSON text."""
    return dialect("part", "found", FIELDS.index(field) + 1)


def _columns(dialect: Dialect) -> str:
    columns = {field.column: field.column for field in FIELDS if field.column != "request_id"}
    columns |= {f.column: f"CAST({f.column} AS BIGINT)" for f in NUMBERS if f.whole}
    columns |= {"at_us": "at_us", "version": "version", "key": dialect("key", "request_id")}
    sound = f"CASE WHEN is_text THEN {_sound_text(dialect)} ELSE {_sound_json(dialect)} END"
    columns["unread"] = f"CASE WHEN coalesce({sound}, FALSE) THEN NULL ELSE line END"
    return ", ".join(f"{columns[name]} AS {name}" for name in COLUMNS)


def _sound_text(dialect: Dialect) -> str:
    head = " AND ".join(
        f"{dialect('part', 'words', f'envelope + {number}')} = {quoted(word)}"
        for number, word in enumerate(REPORT.split(), start=1)
    )
    numbers = " AND ".join(f"t_{field.column} >= 0" for field in REQUIRED)
    behind = f"(rest = '' OR {dialect('matches', 'rest', quoted(optional_pattern()))})"
    return f"{_ENVELOPE} AND {head} AND request_id <> '' AND {numbers} AND {behind}"


def _sound_json(dialect: Dialect) -> str:
    checks = [_ENVELOPE, f"{dialect('part', 'found', len(FIELDS) + 1)} = '\"{JSON_TYPE}\"'"]
    for field in FIELDS:
        text = _json(dialect, field)
        if field.unit:
            whole = f" AND {field.column} = floor({field.column})" if field.whole else ""
            check = f"{field.column} >= 0 AND {field.column} < 1e12{whole}"
        elif field.column == "status":
            check = f"{text} IN ({', '.join(quoted(chr(34) + status + chr(34)) for status in STATUSES)})"
        elif field.optional:
            check = dialect("matches", text, quoted('^"[A-Za-z0-9_.:-]+"$'))
        else:
            check = f"{dialect('starts_with', text, quoted(chr(34)))} AND {text} <> '\"\"'"
        absent = f"{text} IS NULL OR {text} = 'null'"
        checks.append(f"CASE WHEN {absent} THEN {str(field.optional).upper()} ELSE {check} END")
    return " AND ".join(checks)
