"""The run folder of a fleet: a state file that survives whatever ends the process, and a run file a function.

The state is untrusted input when it is read back: it is parsed, checked and never evaluated.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from tuner.document import finite
from tuner.errors import RunFileError, UsageError
from tuner.files import write_atomically
from tuner.fleet.records import Attempt, Ending
from tuner.records import Estimate

STATE = "state.json"
VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
_TEXT_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """A function that is to be tuned, and where."""

    key: str
    function: str
    target: str


class Ledger:
    """What was chosen, what is reserved, what was spent, and what came of each function."""

    def __init__(
        self,
        folder: Path,
        chosen: Sequence[Chosen],
        *,
        spent_usd: float = 0.0,
        attempts: Mapping[str, Attempt] | None = None,
    ) -> None:
        self.folder = folder
        self.chosen = tuple(chosen)
        self.spent_usd = spent_usd
        self.attempts: dict[str, Attempt] = dict(attempts or {})
        self._reserved: dict[str, float] = {}
        self._numbers = {entry.key: number for number, entry in enumerate(self.chosen, start=1)}

    @property
    def done(self) -> frozenset[str]:
        """The keys of the functions that are not to be tuned again."""
        return frozenset(key for key, a in self.attempts.items() if a.ending is Ending.DONE)

    def begin(self, key: str, reserved_usd: float) -> None:
        """Write down what may be spent on a function before anything is."""
        self._reserved[key] = reserved_usd
        self.save()

    def end(self, attempt: Attempt, charged_usd: float) -> None:
        """Write down what came of it: its run file first, so that what is done has one."""
        if attempt.run_file is not None:
            write_atomically(self._run_file(attempt.key), attempt.run_file)
        self.attempts[attempt.key] = replace(attempt, run_file=None)
        self._reserved.pop(attempt.key, None)
        self.spent_usd += charged_usd
        self.save()

    def save(self) -> None:
        """Replace the state file in one step."""
        document = {
            "schema_version": VERSION,
            "spent_usd": self.spent_usd,
            "reserved_usd": self._reserved,
            "chosen": [asdict(entry) for entry in self.chosen],
            "attempts": [_plain(attempt) for attempt in self.attempts.values()],
        }
        write_atomically(self.folder / STATE, json.dumps(finite(document), indent=1) + "\n", durable=True)

    def _run_file(self, key: str) -> Path:
        name = re.sub(r"[^\w-]+", "-", self.chosen[self._numbers[key] - 1].function)[:64]
        return self.folder / f"{self._numbers[key]:04d}-{name}.json"


def new_ledger(folder: Path, chosen: Sequence[Chosen]) -> Ledger:
    """An empty ledger. Raises `UsageError` where another run is in the folder."""
    if (folder / STATE).exists():
        raise UsageError(
            f"there is a run of a fleet in '{folder}' already",
            "go on with --resume, or name another --folder",
        )
    return Ledger(folder, chosen)


def load_ledger(folder: Path) -> Ledger:
    """The ledger of a run that ended early; what was reserved then counts as spent.

    Raises `UsageError` where there is none, `RunFileError` for one that cannot be read.
    """
    path = folder / STATE
    try:
        if path.stat().st_size > MAX_BYTES:
            raise RunFileError(f"'{path}' is too large for the state of a fleet")
        document = json.loads(path.read_text(encoding="utf-8"))
        return _read(folder, document)
    except OSError as error:
        raise UsageError(f"there is no run to resume in '{folder}'", "leave out --resume") from error
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise RunFileError(
            f"'{path}' is not the state of a fleet: {error}", "name another --folder"
        ) from error


def _read(folder: Path, document: dict[str, Any]) -> Ledger:
    if document["schema_version"] != VERSION:
        raise ValueError("its schema_version is not known")
    chosen = [Chosen(*(_text(entry[f.name]) for f in fields(Chosen))) for entry in document["chosen"]]
    attempts = {found.key: found for found in map(_attempt, document["attempts"])}
    spent = _amount(document["spent_usd"]) + sum(map(_amount, document["reserved_usd"].values()))
    if not {*attempts} <= {entry.key for entry in chosen}:
        raise ValueError("it has functions that were not chosen")
    return Ledger(folder, chosen, spent_usd=spent, attempts=attempts)


def _plain(attempt: Attempt) -> dict[str, Any]:
    values = asdict(attempt)
    del values["run_file"]
    return values


def _attempt(entry: dict[str, Any]) -> Attempt:
    return Attempt(
        key=_text(entry["key"]),
        ending=Ending(entry["ending"]),
        spent_usd=None if entry["spent_usd"] is None else _amount(entry["spent_usd"]),
        invocations=int(_amount(entry["invocations"])),
        memory_mb=_whole(entry["memory_mb"]),
        current_memory_mb=_whole(entry["current_memory_mb"]),
        timeout_s=_whole(entry["timeout_s"]),
        now=_estimate(entry["now"]),
        best=_estimate(entry["best"]),
        conclusive=entry["conclusive"] is True,
        message=None if entry["message"] is None else _text(entry["message"]),
        hint=None if entry["hint"] is None else _text(entry["hint"]),
    )


def _whole(value: Any) -> int | None:
    return None if value is None else int(_amount(value))


def _estimate(entry: dict[str, Any] | None) -> Estimate | None:
    return None if entry is None else Estimate(*(_amount(entry[name]) for name in ("mean", "low", "high")))


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"{str(value)[:80]} is no amount")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_MAX:
        raise ValueError("a text is missing")
    return value
