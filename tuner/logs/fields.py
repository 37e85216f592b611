"""What a REPORT record says: one table of fields, in both of its formats, and the lines worth a look.

The meaning of a record is `tuner.measure.report_line`. What is defined here accepts the form in which the
platform writes records, agrees there, and leaves every other line that looks like a record to that reader.
"""

from __future__ import annotations

from dataclasses import dataclass

REPORT = "REPORT RequestId: "
JSON_TYPE = "platform.report"
TIMED_OUT = "Task timed out after "
KILLED = "Runtime exited with error: signal: killed"
NOTE_ENDS = (" seconds", "signal: killed")
MARKERS = (REPORT, JSON_TYPE, TIMED_OUT, KILLED)
"""A line without any of these says nothing of an invocation's end."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its column, its words in a text line, and where it is in JSON.

    `unit` is None for a word. A `whole` number has no decimals; others have two in a text line. One that
    is `optional` may be missing. Text lines have the fields in the order of the table.
    """

    column: str
    label: str
    json_path: str
    unit: str | None = None
    whole: bool = False
    optional: bool = False

    @property
    def pattern(self) -> str:
        """Its text with the value as a group, as a regular expression of Java and of RE2."""
        if self.unit:
            return rf"{self.label}: ([0-9]+{'' if self.whole else '[.][0-9]+'}) {self.unit}"
        return f"{self.label}: ({'|'.join(STATUSES) if self.column == 'status' else '[!-~]+'})"


STATUSES = ("success", "error", "failure", "timeout")

_METRICS = "$.record.metrics."
FIELDS = (
    Field("request_id", "RequestId", "$.record.requestId"),
    Field("duration_ms", "Duration", f"{_METRICS}durationMs", "ms"),
    Field("billed_ms", "Billed Duration", f"{_METRICS}billedDurationMs", "ms", whole=True),
    Field("memory_mb", "Memory Size", f"{_METRICS}memorySizeMB", "MB", whole=True),
    Field("used_mb", "Max Memory Used", f"{_METRICS}maxMemoryUsedMB", "MB", whole=True),
    Field("init_ms", "Init Duration", f"{_METRICS}initDurationMs", "ms", optional=True),
    Field("restore_ms", "Restore Duration", f"{_METRICS}restoreDurationMs", "ms", optional=True),
    Field(
        *("billed_restore_ms", "Billed Restore Duration", f"{_METRICS}billedRestoreDurationMs", "ms"),
        whole=True,
        optional=True,
    ),
    Field("status", "Status", "$.record.status", optional=True),
    Field("error_type", "Error Type", "$.record.errorType", optional=True),
)
NUMBERS = tuple(field for field in FIELDS if field.unit)
REQUIRED = tuple(field for field in NUMBERS if not field.optional)
OPTIONAL = tuple(field for field in FIELDS if field.optional)
"""What may stand behind the required fields of a text line; X-Ray's fields may come last."""


def optional_pattern() -> str:
    """Everything that may follow the required fields, tabs included."""
    fields = "".join(rf"(?:\t{field.pattern})?" for field in OPTIONAL)
    return rf"^{fields}\s*(?:XRAY TraceId: .*)?$"
