"""The exact reader: any line or JSON document of a log, whatever it is wrapped in.

Slower than the extraction, which leaves to it what is not in the platform's own form. What a record means is
`tuner.measure.report_line`; here is what may stand around one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from tuner.logs.fields import JSON_TYPE, KILLED, REPORT, TIMED_OUT
from tuner.logs.origins import FUNCTION_NAME, function_of_group, version_of_stream
from tuner.measure.report_line import Report, parse_reports

_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_ENVELOPE = re.compile(rf"({_TIME})[ \t]+(?:(\S*\[[^\]\s]+\]\S*)[ \t]+)?")
_REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMES = {
    "message": ("message", "@message"),
    "time": ("timestamp", "@timestamp", "time"),
    "stream": ("logStreamName", "logStream", "log_stream", "@logStream"),
    "group": ("logGroupName", "logGroup", "log_group", "@log"),
    "function": ("functionName", "function_name"),
}
_NESTED_MAX = 4
"""A message in an event in a batch in a list: deeper wrappings are somebody's invention."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a message from what is around it."""

    at_us: int | None = None
    function: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a log says: a record, or that the invocation `request_id` ended as `note` says."""

    context: Context
    report: Report | None = None
    request_id: str | None = None
    note: str | None = None


def looks_like_record(text: str) -> bool:
    """Whether a record should be in it, so that finding none is worth a word."""
    return REPORT in text or JSON_TYPE in text


def read_line(line: str, context: Context = Context(), depth: int = 0) -> list[Reading]:
    """Everything a line says, in order."""
    envelope = _ENVELOPE.match(line)
    if envelope:
        context = replace(
            context,
            at_us=parse_time_us(envelope[1]),
            version=version_of_stream(envelope[2] or "") or context.version,
        )
        line = line[envelope.end() :]
    if line.lstrip()[:1] in ("{", "[") and depth < _NESTED_MAX:
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            document = None  # broken JSON may still hold a whole record
        if isinstance(document, dict | list):
            return list(read_document(document, context, depth))
    return _read_message(line, context)


def read_document(document: Any, context: Context = Context(), depth: int = 0) -> Iterator[Reading]:
    """Everything a JSON value says: a telemetry event, a log event, a batch or a list of them."""
    if isinstance(document, list) and depth < _NESTED_MAX:
        for item in document:
            yield from read_document(item, context, depth + 1)
        return
    if not isinstance(document, dict):
        return
    if document.get("type") == JSON_TYPE:
        at_us = context.at_us if context.at_us is not None else parse_time_us(document.get("time"))
        yield from _read_message(json.dumps(document), replace(context, at_us=at_us))
        return
    inner = _surroundings(document, context)
    for batch in ("logEvents", "events"):
        if isinstance(document.get(batch), list) and depth < _NESTED_MAX:
            yield from read_document(document[batch], inner, depth + 1)
    message = _first(document, _NAMES["message"])
    # What an application logs has a message too; a log event has its time beside it and no level.
    if inner.at_us is not None and "level" not in document:
        if isinstance(message, str):
            for line in message.split("\n"):
                yield from read_line(line, inner, depth + 1)
        elif isinstance(message, dict):
            yield from read_document(message, inner, depth + 1)


def parse_time_us(value: object) -> int | None:
    """Microseconds since 1970, from milliseconds or ISO 8601 (UTC without an offset); None for all else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 1e11 < value < 1e14:
        return round(value * 1000)
    if isinstance(value, str):
        if value.isdigit():
            return parse_time_us(int(value)) if len(value) < 16 else None
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return round(aware.timestamp() * 1_000_000)
    return None


def _read_message(text: str, context: Context) -> list[Reading]:
    readings = [Reading(context, report) for report in parse_reports(text)]
    if readings:
        return readings
    for words, note in ((TIMED_OUT, "timeout"), (KILLED, "out_of_memory")):
        found = _REQUEST_ID.search(text) if words in text else None
        if found:
            return [Reading(context, request_id=found[0], note=note)]
    return []


def _surroundings(document: Mapping[str, Any], context: Context) -> Context:
    time = parse_time_us(_first(document, _NAMES["time"]))
    stream, group, function = (_first(document, _NAMES[name]) for name in ("stream", "group", "function"))
    named = function_of_group(group) if isinstance(group, str) else None
    if isinstance(function, str) and FUNCTION_NAME.fullmatch(function):
        named = function
    return Context(
        at_us=context.at_us if time is None else time,
        function=named or context.function,
        version=(version_of_stream(stream) if isinstance(stream, str) else None) or context.version,
    )


def _first(document: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((document[name] for name in names if name in document), None)
