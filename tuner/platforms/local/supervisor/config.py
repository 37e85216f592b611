"""What the tuner tells a supervisor, and the record of what a sandbox leaves if both are killed."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """One sandbox to start: `share` in CPUs, memory in bytes, `groups` the mechanism's parent folders."""

    marker: str
    argv: list[str]
    environment: dict[str, str]
    folder: str
    mechanism: str
    share: float
    memory_bytes: int
    cpus: int
    groups: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> SandboxConfig:
        """The inverse of `to_json`."""
        return cls(**json.loads(text))

    @property
    def name(self) -> str:
        """The name of the sandbox's control groups and folder; `tuner-` and its marker."""
        return f"tuner-{self.marker}"

    @property
    def temporary(self) -> Path:
        """The sandbox's private folder."""
        return Path(tempfile.gettempdir()) / self.name


@dataclass(frozen=True, slots=True)
class Leftover:
    """What to look for after both the tuner and the supervisor were killed; a file of the state folder."""

    marker: str
    supervisor: int
    started: int
    temporary: str
    groups: list[str]
    unit: str | None = None


def state_folder() -> Path:
    """Where running sandboxes are recorded: $XDG_STATE_HOME or ~/.local/state, then tuner/sandboxes."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "tuner" / "sandboxes"


def save_leftover(folder: Path, leftover: Leftover) -> Path | None:
    """Record a sandbox; `None` where the folder cannot be written (the supervisor still cleans up)."""
    path = folder / f"{leftover.marker}.json"
    for _ in range(3):  # another run may remove the empty folder in between
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(asdict(leftover)))
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return path
    return None


def load_leftover(path: Path) -> Leftover | None:
    """One record; `None` when it is not readable as one (half-written, or another tool's)."""
    try:
        fields: dict[str, Any] = json.loads(path.read_text())
        return Leftover(**fields)
    except (OSError, ValueError, TypeError):
        return None
