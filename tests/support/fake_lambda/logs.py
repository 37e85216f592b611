"""The log of one invocation as Lambda writes it: text in both styles, or JSON, with its REPORT."""

from __future__ import annotations

import json
import math
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cost_models.pricing import billed_duration_ms
from fake_lambda.behaviour import InvokeRequest, Run

TAIL_BYTES = 4096
"""How much of the end of a log an answer carries."""

# Real lines bill between a tenth and half of the restore.
_BILLED_RESTORE_SHARE = 0.45

_STATUS = {"ok": "success", "error": "error", "timeout": "timeout", "out_of_memory": "error"}


@dataclass(frozen=True, slots=True)
class LogStyle:
    """How a function logs. `status` says whether REPORT lines tell how the call ended, as newer ones do."""

    format: Literal["Text", "JSON"] = "Text"
    status: bool = True
    tracing: bool = False
    snap_start: bool = False
    system_level: str = "INFO"


@dataclass(frozen=True, slots=True)
class Report:
    """The measured side of one invocation, rounded as AWS reports it."""

    duration_ms: float
    billed_duration_ms: int
    memory_mb: int
    max_memory_used_mb: int
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None
    billed_restore_ms: int | None = None


def report_of(request: InvokeRequest, run: Run, style: LogStyle) -> Report:
    """What AWS would report: init is billed; of a snapshot's restore, a part is."""
    duration = round(run.duration_ms, 2)
    init = None if run.init_duration_ms is None else round(run.init_duration_ms, 2)
    if init is not None and style.snap_start:
        billed_restore = math.ceil(init * _BILLED_RESTORE_SHARE)
        return Report(
            duration,
            billed_duration_ms(duration, billed_restore),
            request.memory_mb,
            run.max_memory_used_mb,
            restore_duration_ms=init,
            billed_restore_ms=billed_restore,
        )
    billed = billed_duration_ms(duration, init or 0.0)
    return Report(duration, billed, request.memory_mb, run.max_memory_used_mb, init_duration_ms=init)


def error_of(request: InvokeRequest, run: Run, style: LogStyle, at: datetime) -> dict[str, Any] | None:
    """The answer of a call that did not end well; None where it did."""
    prefix = f"RequestId: {request.request_id} Error:"
    match run.ending:
        case "ok":
            return None
        case "timeout" if style.status:
            return {"errorType": "Sandbox.Timedout", "errorMessage": f"{prefix} {_timed_out(request)}"}
        case "timeout":  # older ones have no type
            return {"errorMessage": f"{_moment(at)} {request.request_id} {_timed_out(request)}"}
        case "out_of_memory":
            error_type = "Runtime.OutOfMemory" if style.status else "Runtime.ExitError"
            text = "Runtime exited with error: signal: killed"
            return {"errorType": error_type, "errorMessage": f"{prefix} {text}"}
    return {
        "errorMessage": run.error_message,
        "errorType": run.error_type,
        "requestId": request.request_id,
        "stackTrace": [],
    }


def log_text(request: InvokeRequest, run: Run, report: Report, style: LogStyle, at: datetime) -> str:
    """Everything that one invocation leaves in the log."""
    write = _json_lines if style.format == "JSON" else _text_lines
    return "".join(f"{line}\n" for line in write(request, run, report, style, at))


def _text_lines(request: InvokeRequest, run: Run, report: Report, style: LogStyle, at: datetime) -> list[str]:
    error = error_of(request, run, style, at)
    lines = [f"START RequestId: {request.request_id} Version: {request.version}", *run.log_lines]
    if run.ending == "timeout":
        lines += [f"{_moment(at)} {request.request_id} {_timed_out(request)}", ""]
    elif error and run.ending == "out_of_memory":
        lines += [error["errorMessage"], error["errorType"]]
    elif error:
        lines += [f"[ERROR] {run.error_type}: {run.error_message}", "Traceback (most recent call last):"]
    fields = _report_fields(request, report)
    if style.status and error:
        fields.append(f"Status: {_STATUS[run.ending]}")
        if run.ending != "timeout":
            fields.append(f"Error Type: {error['errorType']}")
    lines += [f"END RequestId: {request.request_id}", "REPORT " + "\t".join(fields) + "\t"]
    if style.tracing:
        lines.append(f"XRAY TraceId: {_trace_id(at)}\tSegmentId: {uuid.uuid4().hex[:16]}\tSampled: true\t")
    return lines


def _report_fields(request: InvokeRequest, report: Report) -> list[str]:
    fields = [
        f"RequestId: {request.request_id}",
        f"Duration: {report.duration_ms:.2f} ms",
        f"Billed Duration: {report.billed_duration_ms} ms",
        f"Memory Size: {report.memory_mb} MB",
        f"Max Memory Used: {report.max_memory_used_mb} MB",
    ]
    if report.init_duration_ms is not None:
        fields.append(f"Init Duration: {report.init_duration_ms:.2f} ms")
    if report.restore_duration_ms is not None:
        fields.append(f"Restore Duration: {report.restore_duration_ms:.2f} ms")
        fields.append(f"Billed Restore Duration: {report.billed_restore_ms} ms")
    return fields


def _json_lines(request: InvokeRequest, run: Run, report: Report, style: LogStyle, at: datetime) -> list[str]:
    error = error_of(request, run, style, at)
    record: dict[str, Any] = {
        "requestId": request.request_id,
        "metrics": _metrics(report),
        "status": _STATUS[run.ending],
    }
    lines = [_json_line(line, at, request) for line in run.log_lines]
    if error:
        record |= {"errorType": error["errorType"]} if "errorType" in error else {}
        entry = {"timestamp": _moment(at), "level": "ERROR", "requestId": request.request_id, **error}
        lines.append(json.dumps(entry))
    if style.tracing:
        trace = {"spanId": uuid.uuid4().hex[:16], "type": "X-Amzn-Trace-Id", "value": _trace_id(at)}
        record["tracing"] = trace
    end = _platform_event("platform.report", record, at)
    # The report of a success is of level INFO: a higher system level hides it.
    if style.system_level == "WARN":
        return [*lines, end] if error else lines
    started = {"requestId": request.request_id, "version": request.version}
    return [_platform_event("platform.start", started, at), *lines, end]


def _metrics(report: Report) -> dict[str, float]:
    metrics: dict[str, float] = {
        "durationMs": report.duration_ms,
        "billedDurationMs": report.billed_duration_ms,
        "memorySizeMB": report.memory_mb,
        "maxMemoryUsedMB": report.max_memory_used_mb,
    }
    if report.init_duration_ms is not None:
        metrics["initDurationMs"] = report.init_duration_ms
    if report.restore_duration_ms is not None:
        metrics["restoreDurationMs"] = report.restore_duration_ms
    return metrics


def _platform_event(kind: str, record: dict[str, Any], at: datetime) -> str:
    return json.dumps({"time": _moment(at), "type": kind, "record": record}, separators=(",", ":"))


def _json_line(line: str, at: datetime, request: InvokeRequest) -> str:
    try:
        if isinstance(json.loads(line), dict):
            return line
    except ValueError:
        pass
    entry = {"timestamp": _moment(at), "level": "INFO", "message": line, "requestId": request.request_id}
    return json.dumps(entry)


def _timed_out(request: InvokeRequest) -> str:
    return f"Task timed out after {request.timeout_s:.2f} seconds"


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _trace_id(at: datetime) -> str:
    return f"1-{int(at.timestamp()):08x}-{uuid.uuid4().hex[:24]}"
