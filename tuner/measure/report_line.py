"""What AWS Lambda's log says of an invocation: REPORT lines (text format) and platform.report (JSON format).

A log holds what the function printed too, so a record is known by its RequestId and by where it starts: at
the start of a line, or behind other text if it is complete. The platform writes last: the last record wins.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """One record of the log; None where it does not say.

    `billed_duration_ms` is what is billed, with init and restore where they are billed. `status` is success,
    error, failure or timeout; lines of the old style have none.
    """

    request_id: str | None
    duration_ms: float
    billed_duration_ms: int | None = None
    memory_mb: int | None = None
    max_memory_used_mb: int | None = None
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    billed_restore_duration_ms: float | None = None
    status: str | None = None
    error_type: str | None = None

    @property
    def complete(self) -> bool:
        """Whether it has what every REPORT line has."""
        return None not in (self.request_id, self.billed_duration_ms, self.memory_mb)


def parse_reports(log: str) -> tuple[Report, ...]:
    """Every record of a log, in order, whatever stands around them."""
    return tuple(report for line in log.split("\n") for report in _reports_in(line))


def find_report(log: str, request_id: str) -> Report | None:
    """The last record of exactly this invocation; None if the log has lost it."""
    for report in reversed(parse_reports(log)):
        if report.request_id == request_id:
            return report
    return None


_METRICS = {
    "Duration": "durationMs",
    "Billed Duration": "billedDurationMs",
    "Memory Size": "memorySizeMB",
    "Max Memory Used": "maxMemoryUsedMB",
    "Init Duration": "initDurationMs",
    "Restore Duration": "restoreDurationMs",
    "Billed Restore Duration": "billedRestoreDurationMs",
}
_WORDS = ("RequestId", "Status", "Error Type", "XRAY TraceId", "SegmentId", "Sampled", "Phase")
_NAME = rf"({'|'.join((*_METRICS, *_WORDS))}):"
_FIELD = re.compile(rf"(?<!\S){_NAME}")
_MARKER = re.compile(rf"(?<!INIT_)(?<!RESTORE_)REPORT(?=[ \t]+{_NAME})")
_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?) (?:ms|MB)(?!\S)")
_JSON_TYPE = "platform.report"
_JSON_START = '{"time"'


def _reports_in(line: str) -> Iterator[Report]:
    found = _json_report(line) if f'"{_JSON_TYPE}"' in line else None
    for start, report in _text_reports(line) if found is None else [found]:
        if report and (start == 0 or report.complete):
            yield report


def _json_report(line: str) -> tuple[int, Report | None] | None:
    """Where the line's JSON object starts, and its report if it is one; None without a JSON object."""
    for start in (line.find("{"), line.rfind(_JSON_START)):
        if start >= 0:
            # Broken JSON is the function's own, and a hostile one is nested without end.
            with contextlib.suppress(ValueError, RecursionError):
                return start, _report_of(json.loads(line[start:]))
    return None


def _report_of(document: object) -> Report | None:
    if not isinstance(document, dict) or document.get("type") != _JSON_TYPE:
        return None
    record = document.get("record")
    metrics = record.get("metrics") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(metrics, dict):
        return None
    words = (record.get(name) for name in ("requestId", "status", "errorType"))
    return _report(metrics, *(word if word and isinstance(word, str) else None for word in words))


def _text_reports(line: str) -> Iterator[tuple[int, Report | None]]:
    """Where each REPORT of the line starts, with what it says up to the next one."""
    starts = [marker.start() for marker in _MARKER.finditer(line)]
    for start, end in itertools.pairwise([*starts, len(line)]):
        fields = _fields(line[start:end])
        words = (fields.get(name, "").split(maxsplit=1) for name in ("RequestId", "Status", "Error Type"))
        request_id, status, error_type = (found[0] if found else None for found in words)
        if request_id is not None:
            metrics = {_METRICS[name]: _quantity(value) for name, value in fields.items() if name in _METRICS}
            yield start, _report(metrics, request_id, status, error_type)


def _fields(text: str) -> dict[str, str]:
    """What follows each name, up to the next one. The first of a name counts: text may follow a record."""
    _, *parts = _FIELD.split(text)
    fields: dict[str, str] = {}
    for name, value in zip(parts[::2], parts[1::2], strict=True):
        fields.setdefault(name, value)
    return fields


def _quantity(text: str) -> float:
    found = _QUANTITY.match(text)
    return float(found[1]) if found else math.nan


def _report(
    metrics: Mapping[str, object], request_id: str | None, status: str | None, error_type: str | None
) -> Report | None:
    """A report from metrics by their JSON names; None where the duration is missing or a number is absurd."""
    try:
        duration_ms = _number(metrics, "durationMs")
        if duration_ms is None:
            return None
        return Report(
            request_id=request_id,
            duration_ms=duration_ms,
            billed_duration_ms=_whole_number(metrics, "billedDurationMs"),
            memory_mb=_whole_number(metrics, "memorySizeMB"),
            max_memory_used_mb=_whole_number(metrics, "maxMemoryUsedMB"),
            init_duration_ms=_number(metrics, "initDurationMs"),
            restore_duration_ms=_number(metrics, "restoreDurationMs"),
            billed_restore_duration_ms=_number(metrics, "billedRestoreDurationMs"),
            status=status,
            error_type=error_type,
        )
    except (ValueError, OverflowError):
        return None


def _number(metrics: Mapping[str, object], name: str) -> float | None:
    value = metrics.get(name)
    if value is None:
        return None
    # JSON's true is an int to Python; NaN fails every comparison.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{name} is not a number of milliseconds or megabytes")
    return float(value)


def _whole_number(metrics: Mapping[str, object], name: str) -> int | None:
    value = _number(metrics, name)
    if value is not None and not value.is_integer():
        raise ValueError(f"{name} is not whole")
    return None if value is None else int(value)
