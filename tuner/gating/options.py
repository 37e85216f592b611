"""The options of a gate beside those that it shares with a run: what to compare with, and by which rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cost_models.errors import did_you_mean
from tuner.errors import SettingsError
from tuner.gate import Rules, read_rules
from tuner.option_values import one_of, read_count, read_fraction, read_memory, read_text

GATE_KEYS = ("against", "memory", "max_pairs", "setup", "comment", "min_change", "fail", "warn", "budget")
"""What a `gate` table of tuner.toml may hold."""

COMMENTS = ("always", "on-change")


@dataclass(frozen=True, slots=True)
class GateOptions:
    """What a gate compares with, and by which rules. `None` is "not set".

    `memory` is a size [MB], or "best" for the one that is recommended for each version. `setup` is a command
    that is run in the other revision's folder before it is measured; `min_change` is
    the least change that is worth a comment.
    """

    rules: Rules
    against: str | None = None
    memory: int | Literal["best"] | None = None
    max_pairs: int | None = None
    setup: str | None = None
    comment: str = "always"
    min_change: float = 0.02


def read_gate_memory(value: Any) -> int | Literal["best"]:
    """A memory size [MB], or the word "best"."""
    if value == "best":
        return "best"
    try:
        return read_memory(value)
    except ValueError as error:
        raise ValueError(f"{error}, or 'best' for the recommended one of each version") from error


def read_gate_options(raw: Mapping[str, tuple[Any, str]]) -> GateOptions:
    """Options from values with the place they came from. Raises `SettingsError` naming that place."""
    readers = {
        "against": read_text,
        "memory": read_gate_memory,
        "max_pairs": read_count,
        "setup": read_text,
        "comment": one_of(*COMMENTS),
        "min_change": read_fraction,
    }
    values: dict[str, Any] = {}
    for name, (value, source) in raw.items():
        if name not in GATE_KEYS:
            raise SettingsError(f"{source}: unknown key '{name}'", did_you_mean(name, GATE_KEYS))
        if name in readers:
            try:
                values[name] = readers[name](value)
            except ValueError as error:
                raise SettingsError(f"{source}: {error}") from error
    tables = {name: raw[name][0] for name in ("fail", "warn", "budget") if name in raw}
    for name, table in tables.items():
        if not isinstance(table, Mapping):
            raise SettingsError(f"{raw[name][1]} must be a table", f'write {name} = {{cost = "10%"}}')
    try:
        rules = read_rules(**tables)
    except ValueError as error:
        places = ", ".join(raw[name][1] for name in tables) or "the usual rules"
        raise SettingsError(f"{places}: {error}") from error
    return GateOptions(rules=rules, **values)
