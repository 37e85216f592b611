"""What `tuner apply` has changed, and what that replaced: a file a change, on disk before the change is made.

They are kept in `$XDG_STATE_HOME/tuner/applied` (usually `~/.local/state/tuner/applied`), readable by their
owner alone, and stay when the change is done: so it can be listed, and taken back.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.files import write_atomically

_ID = re.compile(r"[0-9a-f]{12}")


class Kind(StrEnum):
    """What was changed."""

    FILE = "file"
    FUNCTION = "function"  # deployed: its alias, or `$LATEST`


class State(StrEnum):
    """How far a change has come; one that is under way and has no process any more was killed."""

    UNDER_WAY = "under_way"
    DONE = "done"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Applied:
    """One change: `target` got `after` instead of `before`, in words; `values` is what takes it back."""

    kind: Kind
    target: str
    before: str
    after: str
    values: Mapping[str, Any] = field(repr=False)
    state: State = State.UNDER_WAY
    id: str = field(default_factory=lambda: secrets.token_hex(6))
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    process: int = field(default_factory=os.getpid)
    host: str = field(default_factory=socket.gethostname)

    @property
    def alive(self) -> bool:
        """Whether the process that wrote this is still at work on this machine."""
        return at_work(self.process, self.host)

    @property
    def killed(self) -> bool:
        """Whether it was stopped before it could finish or take back what it did."""
        return self.state is State.UNDER_WAY and not self.alive

    @property
    def ways_on(self) -> str:
        """What can be done about one that was killed."""
        back = f"'tuner restore {self.id}' takes it back"
        if not self.values.get("alias"):
            return back
        return f"the same 'tuner apply' with --resume goes on with it, {back}"


def at_work(process: int, host: str) -> bool:
    """Whether another process of this machine is still there."""
    if host != socket.gethostname() or process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def record(applied: Applied, **changes: Any) -> Applied:
    """Write it, with these changes. Raises `UsageError` where it cannot be written."""
    applied = replace(applied, **changes)
    path = applied_folder() / f"{applied.id}.json"
    write_atomically(path, json.dumps(asdict(applied), indent=1) + "\n", durable=True)
    return applied


def all_applied() -> list[Applied]:
    """Every change that is known here, oldest first. Raises `UsageError` for a file that is none."""
    return sorted(map(_read, applied_folder().glob("*.json")), key=lambda applied: (applied.at, applied.id))


def find_applied(text: str) -> Applied | None:
    """The change with this id; None where there is none."""
    path = applied_folder() / f"{text}.json"
    return _read(path) if _ID.fullmatch(text) and path.is_file() else None


def state_folder() -> Path:
    """Where this machine's state is kept (XDG base directory specification)."""
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return base / "tuner"


def applied_folder() -> Path:
    """Where changes are recorded."""
    return state_folder() / "applied"


def _read(path: Path) -> Applied:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not _ID.fullmatch(found["id"]) or not isinstance(found["values"], dict):
            raise ValueError("it has no id or no values")
        words = {name: str(found[name]) for name in ("target", "before", "after", "id", "at", "host")}
        return Applied(
            kind=Kind(found["kind"]),
            state=State(found["state"]),
            process=int(found["process"]),
            values=found["values"],
            **words,
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UsageError(
            f"'{path}' is no record of a change: {error}",
            "look at what it may have changed, then delete the file",
        ) from error
