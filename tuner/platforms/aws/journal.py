"""What was changed and must be changed back, on disk before it happens.

One file a run, in `$XDG_STATE_HOME/tuner/journal` (usually `~/.local/state/tuner/journal`). It holds the
function's name, its own settings, and who called; no payload, no credentials. It goes when the function is
as it was.
"""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tuner.applied import at_work, state_folder
from tuner.errors import UsageError
from tuner.files import write_atomically
from tuner.platforms.aws.connection import Connection

_RUN_ID = re.compile(r"[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class LatestSettings:
    """The settings of `$LATEST` that a run changes for a while."""

    memory_mb: int
    timeout_s: int
    description: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: whose settings it changes, what they were, and what it made.

    `told` is what `$LATEST` may be by this run's hand: its last settings, and those it is being told. Empty
    while it is as it was.
    """

    run_id: str
    function: str  # the unqualified ARN
    connection: Connection
    original: LatestSettings
    told: tuple[LatestSettings, ...] = ()
    versions: tuple[str, ...] = ()
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    process: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)

    @property
    def alive(self) -> bool:
        """Whether the run that wrote this is still at work on this machine."""
        return at_work(self.process, self.host)


class Journal:
    """The entry of one run, written before each change and after."""

    def __init__(self, entry: Entry, folder: Path | None = None) -> None:
        self.entry = entry
        self.path = (folder or journal_folder()) / f"{entry.run_id}.json"

    def record(self, **changes: Any) -> None:
        """Write the entry with these changes. Raises `UsageError` where it cannot be written."""
        self.entry = replace(self.entry, **changes)
        write_atomically(self.path, json.dumps(asdict(self.entry), indent=1) + "\n", durable=True)

    def close(self) -> None:
        """Forget the run: nothing of it is left."""
        self.path.unlink(missing_ok=True)


def journal_folder() -> Path:
    """Where journals are kept."""
    return state_folder() / "journal"


def open_journals(folder: Path | None = None) -> Iterator[Journal]:
    """The runs whose changes were not all taken back, oldest first.

    Raises `UsageError` for a file that is no journal.
    """
    found = sorted((folder or journal_folder()).glob("*.json"), key=lambda path: path.stat().st_mtime)
    for path in found:
        yield Journal(_read(path), path.parent)


def _read(path: Path) -> Entry:
    try:
        return _parsed(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"'{path}' is no journal of a run: {error}",
            "look at the function, then delete the file; 'tuner restore NAME' works without it",
        ) from error


def _parsed(document: Mapping[str, Any]) -> Entry:
    if not _RUN_ID.fullmatch(document["run_id"]):
        raise ValueError("its run_id is not one")
    return Entry(
        run_id=document["run_id"],
        function=str(document["function"]),
        connection=Connection(**document["connection"]),
        original=_settings(document["original"]),
        told=tuple(_settings(settings) for settings in document["told"]),
        versions=tuple(str(version) for version in document["versions"]),
        started_at=str(document["started_at"]),
        process=int(document["process"]),
        host=str(document["host"]),
    )


def _settings(values: Mapping[str, Any]) -> LatestSettings:
    return LatestSettings(int(values["memory_mb"]), int(values["timeout_s"]), str(values["description"]))
