"""A use of the gate: the two versions, the verdict, and under which conditions it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuner.gate.rules import Rules
from tuner.gate.verdicts import Verdict
from tuner.records import Condition, RunWarning, Spent


@dataclass(frozen=True, slots=True)
class Version:
    """One of the two versions, as the user knows it.

    `name` is a revision, an alias or a file; `commit` what it is in git; `measured_at` when it was measured,
    where that was not in this run.
    """

    name: str
    memory_mb: int
    commit: str | None = None
    measured_at: str | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A regression that was accepted: by which words, and when."""

    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """What `tuner gate` found.

    `durations_ms` are the warm durations of both versions, for a picture: baseline first. `verdict` is None
    where there was nothing to compare with, and `note` says why then.
    """

    tool_version: str
    created_at: str
    command: str
    function: str
    target: str
    platform: str
    relative: bool
    baseline: Version | None
    contender: Version
    rules: Rules
    verdict: Verdict | None
    spent: Spent
    conditions: Mapping[str, Condition]
    durations_ms: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
    warnings: tuple[RunWarning, ...] = ()
    acknowledged: Acknowledgement | None = None
    note: str | None = None
    baseline_written: str | None = None
    options: Mapping[str, Condition] = field(default_factory=dict)
