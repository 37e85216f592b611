"""The first call of a function: whether its payload works, before a run spends a hundred calls on it."""

from __future__ import annotations

from tuner.platforms.aws.doctor.findings import Finding, Group, Severity
from tuner.records import Invocation, Outcome
from tuner.units import format_duration, format_memory

_FIND_ONE = "find a payload that works first: --payload JSON or --payload @FILE"
_HINTS = {
    Outcome.THROTTLED: "other callers use up its concurrency: reserve some, or run again later",
    Outcome.TIMEOUT: f"raise its timeout, or {_FIND_ONE}",
    Outcome.OUT_OF_MEMORY: f"raise its memory size, or {_FIND_ONE}",
    Outcome.UNREADABLE_LOG: "without a report nothing can be measured: look at its system log level",
}


def call_finding(call: Invocation) -> Finding:
    """How the first call ended, never with its payload or its answer."""
    if call.outcome is Outcome.OK:
        return Finding(Group.CALL, "D-CALL", Severity.OK, f"it works: {_figures(call)}")
    if call.outcome is Outcome.UNREADABLE_LOG and call.error_type is None:
        text = "it answered, but its log has no report"
    else:
        why = ": ".join(filter(None, (call.error_type, call.error_message)))
        text = f"the first call ended in {str(call.outcome).replace('_', ' ')}" + (f": {why}" if why else "")
    return Finding(Group.CALL, "D-CALL", Severity.ERROR, text, _HINTS.get(call.outcome, _FIND_ONE))


def _figures(call: Invocation) -> str:
    started = call.init_duration_ms if call.restore_duration_ms is None else call.restore_duration_ms
    parts = [f"{format_duration(call.duration_ms or 0)} at {format_memory(call.memory_mb)}"]
    if started is not None:
        what = "init" if call.restore_duration_ms is None else "restore"
        parts.append(f"{format_duration(started)} {what}")
    if call.billed_duration_ms is not None:
        parts.append(f"{format_duration(call.billed_duration_ms)} billed")
    if call.max_memory_used_mb is not None:
        parts.append(f"{call.max_memory_used_mb} MB used")
    return ", ".join(parts)
