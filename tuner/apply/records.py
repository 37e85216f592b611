"""What is to be written where: the records that travel from a run to a changed file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tuner.records import RunWarning


class Setting(StrEnum):
    """A setting of a function that can be written back."""

    MEMORY = "memory_mb"
    TIMEOUT = "timeout_s"
    ARCHITECTURE = "architecture"
    RESERVED_CONCURRENCY = "reserved_concurrency"
    PROVISIONED_CONCURRENCY = "provisioned_concurrency"


Wishes = Mapping[Setting, int | str]
"""The settings that are to be written, with their values."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How far a change may reach.

    `shared` allows a change that other functions see too. `config_env` is the environment of samconfig.toml
    that is meant; None where there is only one.
    """

    shared: bool = False
    config_env: str | None = None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A setting that is not written, and the sentence that says why."""

    setting: Setting
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One value: the words that lead to it, its line in the file as it will be, and from what to what.

    `before` is None where the file has no such property yet.
    """

    setting: Setting
    path: tuple[str, ...]
    line: int
    before: int | str | None
    after: int | str


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """All that is to change in one file for one function; nothing has been written yet.

    `advice` is what to write by hand in a file that is not edited.
    """

    function: str
    file: Path
    changes: tuple[Change, ...]
    before: bytes
    after: bytes
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[RunWarning, ...] = ()
    advice: str | None = None
