"""The baseline file: what functions did when they were last accepted, kept in the repository.

One file for all functions, `tuner.baseline.json`. An entry is a measurement as in a run file, so it is read
with the same distrust.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tuner.document import measurement_document
from tuner.errors import RunFileError, UsageError
from tuner.files import write_atomically
from tuner.records import Condition, MeasurementSet
from tuner.runfile import parse_measurements

BASELINE_FILE = "tuner.baseline.json"
SCHEMA_VERSION = 1
MUST_AGREE = (
    "architecture",
    "region",
    "payload_sha256",
    "runtime",
    "mechanism",
    "cpu_model",
    "cores",
    "workload",
    "snap_start",
)
"""Conditions without which two measurements of a function say nothing of its code."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A regression that somebody accepted: when, with which words, and of which code."""

    at: str
    reason: str
    code_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One function's baseline: its calls, and when and of which commit they were made.

    `accepted` are the regressions that were accepted on the way, oldest first.
    """

    measurements: MeasurementSet
    memory_mb: int
    measured_at: str
    commit: str | None = None
    tool_version: str = ""
    accepted: tuple[Accepted, ...] = ()

    def acceptance_of(self, code_sha256: Condition) -> Accepted | None:
        """The latest acceptance of exactly this code; None where its digest is not known."""
        found = (each for each in reversed(self.accepted) if each.code_sha256 == code_sha256)
        return next(found, None) if code_sha256 else None


def read_baseline(path: Path, function: str) -> Entry | None:
    """A function's entry; None without one, or without a file.

    Raises `RunFileError` with the place and reason of whatever is wrong with the file.
    """
    if not path.exists():
        return None
    entry = _functions(path).get(function)
    if entry is None:
        return None
    try:
        return _entry(entry)
    except (KeyError, TypeError, ValueError) as error:
        raise RunFileError(f"'{path}' entry '{function}': {error!r}", _HINT) from error
    except RunFileError as error:
        raise RunFileError(f"'{path}' entry '{function}': {error.message}", error.hint or _HINT) from error


def write_baseline(path: Path, function: str, entry: Entry) -> None:
    """Put a function's entry into the file, which keeps the others."""
    functions = _functions(path) if path.exists() else {}
    document = measurement_document(entry.measurements)
    functions[function] = {
        "memory_mb": entry.memory_mb,
        "measured_at": entry.measured_at,
        "commit": entry.commit,
        "tool_version": entry.tool_version,
        "accepted": [asdict(each) for each in entry.accepted],
        **document,
    }
    # A line for each function, so that two changes of different ones merge.
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(functions[name])}" for name in sorted(functions))
    head = f'"schema_version": {SCHEMA_VERSION}, "functions": '
    write_atomically(path, f"{{{head}{{\n{lines}\n}}}}\n")


def differences(before: Mapping[str, Condition], now: Mapping[str, Condition]) -> tuple[str, ...]:
    """The conditions that keep two measurements from being compared, in words."""
    return tuple(
        f"{key.replace('_', ' ')} was {before.get(key)} and is {now.get(key)}"
        for key in MUST_AGREE
        if before.get(key) != now.get(key)
    )


_HINT = "write it anew with --update-baseline"


def _functions(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from error
    except ValueError as error:
        raise RunFileError(f"'{path}' is not valid JSON ({error})", _HINT) from error
    if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
        raise RunFileError(f"'{path}' is no baseline file of version {SCHEMA_VERSION}", _HINT)
    functions = document.get("functions")
    if not isinstance(functions, dict):
        raise RunFileError(f"'{path}' has no functions", _HINT)
    return functions


def _entry(values: Any) -> Entry:
    measurements = parse_measurements(values)
    memory_mb = int(values["memory_mb"])
    if not measurements.at(memory_mb):
        raise ValueError(f"no call at {memory_mb} MB")
    commit = values.get("commit")
    return Entry(
        measurements=replace(measurements, warnings=()),
        memory_mb=memory_mb,
        measured_at=str(values["measured_at"])[:40],
        commit=None if commit is None else str(commit)[:64],
        tool_version=str(values.get("tool_version", ""))[:40],
        accepted=tuple(_accepted(each) for each in values.get("accepted", [])),
    )


def _accepted(values: Mapping[str, Any]) -> Accepted:
    digest = values.get("code_sha256")
    return Accepted(
        str(values["at"])[:40], str(values["reason"])[:1000], None if digest is None else str(digest)[:64]
    )
