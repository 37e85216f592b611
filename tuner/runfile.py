"""Run files: a result with its raw invocations, saved as versioned JSON and read back strictly.

A run file is untrusted input: it is parsed, checked field by field, and never evaluated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from tuner.document import SCHEMA_VERSION, to_document
from tuner.errors import RunFileError, UsageError
from tuner.files import write_atomically
from tuner.options import OPTION_FIELDS
from tuner.plans import Prediction, SearchMethod, SearchRecord, StopReason
from tuner.records import (
    Condition,
    Excluded,
    FunctionSettings,
    Invocation,
    MeasurementSet,
    Outcome,
    RunWarning,
    TuningResult,
)
from tuner.units import TIMEOUT_MAX_S, check_memory_mb

MAX_BYTES = 256 * 1024 * 1024
MAX_INVOCATIONS = 1_000_000
MAX_TEXT = 10_000
_DURATION_MAX_MS = 86_400_000.0

Migration = Callable[[dict[str, Any]], dict[str, Any]]
MIGRATIONS: Mapping[int, Migration] = {}
"""From a schema version to the function that turns its documents into the next version's."""


@dataclass(frozen=True, slots=True)
class Origin:
    """When a run was made, by which version of the tool, with which command, and at prices of which date."""

    created_at: str
    tool_version: str
    command: str
    price_date: Condition = None


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a replay needs: the measurements, the options that were in force, and where it comes from.

    `origin` is None where that is not known.
    """

    measurements: MeasurementSet
    options: Mapping[str, Any]
    origin: Origin | None = None


def save_run(result: TuningResult, path: Path) -> None:
    """Write the result with its invocations. Raises `UsageError` when the folder cannot be written to."""
    write_atomically(path, json.dumps(to_document(result, invocations=True), indent=1) + "\n")


def load_run(path: Path) -> SavedRun:
    """Read a run file. Raises `RunFileError` with the place and the reason of whatever is wrong with it."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RunFileError(f"'{path}' is larger than {MAX_BYTES // 1024**2} MB, so it is no run file")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read the run file '{path}': {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RunFileError(f"'{path}' is not a run file: it is not UTF-8 text") from error
    try:
        return parse_run(text)
    except RunFileError as error:
        raise RunFileError(f"'{path}' cannot be read: {error.message}", error.hint) from error


def parse_run(text: str) -> SavedRun:
    """A saved run from its JSON text; see `load_run`."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RunFileError(
            f"it is not valid JSON ({reason})", "it may be truncated; save the run again with --save-run"
        ) from error
    document = _migrated(_mapping(document, "the document"))
    measurements = parse_measurements(document)
    options = _mapping(document.get("options", {}), "options")
    unknown = sorted(set(options) - set(OPTION_FIELDS))
    if unknown:
        raise RunFileError(f"unknown option '{unknown[0]}' in options")
    return SavedRun(measurements, options, _origin(document))


def parse_measurements(document: Mapping[str, Any]) -> MeasurementSet:
    """The measurements of a document as `measurement_document` writes it; see `load_run`."""
    measured = _mapping(_mapping(document, "the measurement").get("measured"), "measured")
    raw = _sequence(document.get("invocations"), "invocations")
    if not 0 < len(raw) <= MAX_INVOCATIONS:
        raise RunFileError(f"it holds {len(raw)} invocations", "save a run with --save-run, not --json")
    return MeasurementSet(
        target=_text(document.get("target"), "target"),
        function=_text(document.get("function"), "function"),
        platform=_text(document.get("platform"), "platform"),
        invocations=tuple(parse_invocation(entry, f"invocations[{n}]") for n, entry in enumerate(raw)),
        current=_current(document.get("current")),
        timeout_s=int(_number(measured.get("timeout_s"), "measured.timeout_s", 1, TIMEOUT_MAX_S)),
        relative=document.get("relative") is True,
        search=_search(measured.get("search")),
        prediction=_prediction(measured.get("prediction")),
        conditions=_conditions(measured.get("conditions")),
        warnings=tuple(_warning(w) for w in _sequence(measured.get("warnings"), "measured.warnings")),
        seconds=_number(measured.get("seconds"), "measured.seconds", 0, 1e9),
    )


def _migrated(document: dict[str, Any]) -> dict[str, Any]:
    version = document.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool):
        raise RunFileError("it has no schema_version, so it is not a run file of this tool")
    if version > SCHEMA_VERSION:
        raise RunFileError(f"it has schema version {version}, newer than {SCHEMA_VERSION}", "upgrade tuner")
    while version < SCHEMA_VERSION:
        if version not in MIGRATIONS:
            raise RunFileError(f"schema version {version} is not known")
        document = MIGRATIONS[version](document)
        version += 1
    return document


def _origin(document: Mapping[str, Any]) -> Origin:
    created_at = _text(document.get("created_at"), "created_at")
    try:
        datetime.fromisoformat(created_at)
    except ValueError as error:
        raise RunFileError("created_at is not a time like 2026-11-24T09:30:00+00:00") from error
    return Origin(
        created_at,
        _text(document.get("tool_version"), "tool_version"),
        _text(document.get("command"), "command"),
        _conditions(document.get("conditions", {})).get("price_date"),
    )


def parse_invocation(entry: Any, where: str) -> Invocation:
    """One invocation from its fields as JSON values; `where` it stands is said in a `RunFileError`."""
    values = dict(_mapping(entry, where))
    known = {f.name for f in fields(Invocation)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise RunFileError(f"unknown key '{unknown[0][:80]}' in {where}")
    try:
        memory_mb = check_memory_mb(_number(values.get("memory_mb"), f"{where}.memory_mb", 1, 1e6))
        outcome = Outcome(_text(values.get("outcome"), f"{where}.outcome"))
        excluded = Excluded(values["excluded"]) if values.get("excluded") is not None else None
    except ValueError as error:
        raise RunFileError(f"{where}: {error}") from error

    def optional(key: str, high: float = _DURATION_MAX_MS) -> float | None:
        return None if values.get(key) is None else _number(values[key], f"{where}.{key}", 0, high)

    def optional_text(key: str) -> str | None:
        return None if values.get(key) is None else _text(values[key], f"{where}.{key}")

    duration = optional("duration_ms")
    if outcome is Outcome.OK and duration == 0:
        raise RunFileError(f"{where}.duration_ms is zero, which no invocation takes")
    billed, used = optional("billed_duration_ms"), optional("max_memory_used_mb", 1e6)
    return Invocation(
        memory_mb=memory_mb,
        outcome=outcome,
        duration_ms=duration,
        billed_duration_ms=None if billed is None else math.ceil(billed),
        init_duration_ms=optional("init_duration_ms"),
        restore_duration_ms=optional("restore_duration_ms"),
        max_memory_used_mb=None if used is None else math.ceil(used),
        cpu_time_ms=optional("cpu_time_ms"),
        environment=optional_text("environment"),
        error_type=optional_text("error_type"),
        error_message=optional_text("error_message"),
        excluded=excluded,
        sequence=int(optional("sequence", 1e9) or 0),
    )


def _current(entry: Any) -> FunctionSettings | None:
    if entry is None:
        return None
    values = _mapping(entry, "current")
    try:
        memory_mb = check_memory_mb(_number(values.get("memory_mb"), "current.memory_mb", 1, 1e6))
    except ValueError as error:
        raise RunFileError(f"current: {error}") from error
    return FunctionSettings(
        memory_mb, int(_number(values.get("timeout_s"), "current.timeout_s", 1, TIMEOUT_MAX_S))
    )


def _search(entry: Any) -> SearchRecord | None:
    if entry is None:
        return None
    values = _mapping(entry, "measured.search")
    sizes = _sequence(values.get("range_mb"), "measured.search.range_mb")
    try:
        low, high = (check_memory_mb(_number(s, "measured.search.range_mb", 1, 1e6)) for s in sizes)
        method = SearchMethod(_text(values.get("method"), "measured.search.method"))
        stopped_by = StopReason(_text(values.get("stopped_by"), "measured.search.stopped_by"))
    except ValueError as error:
        raise RunFileError(f"measured.search: {error}") from error
    if low > high:
        raise RunFileError(f"measured.search.range_mb goes from {low} down to {high}")
    return SearchRecord(method, (low, high), stopped_by)


def _prediction(entry: Any) -> Prediction | None:
    if entry is None:
        return None
    values, where = _mapping(entry, "measured.prediction"), "measured.prediction"
    sizes = [int(_number(s, f"{where}.memory_mb", 1, 1e6)) for s in _sequence(values.get("memory_mb"), where)]
    times = _sequence(values.get("duration_ms"), f"{where}.duration_ms")
    durations = [_number(d, f"{where}.duration_ms", 1e-6, _DURATION_MAX_MS) for d in times]
    if len(sizes) != len(durations) or not sizes or sizes != sorted(set(sizes)):
        raise RunFileError(f"{where} needs a duration for each of its ascending memory sizes")
    calls = int(_number(values.get("calls"), f"{where}.calls", 1, 1e6))
    return Prediction(tuple(sizes), tuple(durations), calls)


def _conditions(entry: Any) -> dict[str, Condition]:
    values = _mapping(entry, "conditions")
    for key, value in values.items():
        if isinstance(value, str):
            _text(value, f"conditions.{key[:80]}")
        elif value is not None and not isinstance(value, bool | int | float):
            raise RunFileError(f"conditions.{key[:80]} is not a plain value")
    return values


def _warning(entry: Any) -> RunWarning:
    values = _mapping(entry, "measured.warnings")
    hint = values.get("hint")
    return RunWarning(
        _text(values.get("code"), "warning code"),
        _text(values.get("message"), "warning message"),
        None if hint is None else _text(hint, "warning hint"),
    )


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RunFileError(f"{where} is missing or not an object")
    return value


def _sequence(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise RunFileError(f"{where} is missing or not a list", "save a run with --save-run, not --json")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise RunFileError(f"{where} is missing or not a text of at most {MAX_TEXT:,} characters")
    return value


def _number(value: Any, where: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise RunFileError(f"{where} is not a number from {low:g} to {high:g}")
    return float(value)


def _refuse_constant(name: str) -> float:
    raise RunFileError(f"it contains {name}, which is not JSON")
