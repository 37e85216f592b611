"""A table of a TOML file, read strictly: every key known, every value of its kind and in its range."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from cost_models.errors import did_you_mean
from tuner.errors import SettingsError
from tuner.option_values import read_share
from tuner.units import parse_duration_ms

_Value = TypeVar("_Value")


class Section:
    """The table at a place. Raises `SettingsError`, with the place, for whatever is wrong with it."""

    def __init__(self, values: Any, where: str, known: Iterable[str]) -> None:
        if not isinstance(values, dict):
            raise SettingsError(f"{where} must be a table")
        self._values: Mapping[str, Any] = values
        self._where = where
        for key in values:
            if key not in (allowed := tuple(known)):
                raise SettingsError(f"{where}: unknown key '{key}'", did_you_mean(key, allowed))

    def has(self, key: str) -> bool:
        """Whether the key is given."""
        return key in self._values

    def fail(self, message: str, hint: str | None = None) -> SettingsError:
        """An error about this table."""
        return SettingsError(f"{self._where}: {message}", hint)

    def table(self, key: str) -> Any:
        """A table in this one; empty where it is missing."""
        return self._values.get(key, {})

    def number(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A number in a range."""

        def read(value: Any) -> float:
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise ValueError(f"must be a number from {low:,g} to {high:,g}, not {value!r}")
            return float(value)

        return self.read(key, read, default)

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number in a range."""

        def read(value: Any) -> int:
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise ValueError(f"must be a whole number from {low:,} to {high:,}, not {value!r}")
            return value

        return self.read(key, read, default)

    def seconds(self, key: str, low: float, high: float, default: float | None = None) -> float:
        """A time in a range [s], written with its unit."""

        def read(value: Any) -> float:
            if not isinstance(value, str):
                raise ValueError(f"must be a time with its unit, as in '250ms' or '10m', not {value!r}")
            found = parse_duration_ms(value) / 1000
            if not low <= found <= high:
                raise ValueError(f"must be from {low:,g} s to {high:,g} s, not {value}")
            return found

        return self.read(key, read, default)

    def share(self, key: str, default: float | None = None) -> float:
        """A share from 0 to 1, written in percent."""
        return self.read(key, read_share, default)

    def choice(self, key: str, known: Iterable[str], default: str | None = None) -> str:
        """One of some words."""

        def read(value: Any) -> str:
            if value not in (words := tuple(known)):
                raise ValueError(f"unknown value {value!r}; {did_you_mean(str(value), words)}")
            return str(value)

        return self.read(key, read, default)

    def text(self, key: str, default: str | None = None) -> str:
        """Text that is neither empty nor long."""

        def read(value: Any) -> str:
            if not isinstance(value, str) or not 0 < len(value.strip()) <= 200:
                raise ValueError(f"must be text of 1 to 200 characters, not {value!r}"[:300])
            return value

        return self.read(key, read, default)

    def read(self, key: str, reader: Callable[[Any], _Value], default: _Value | None = None) -> _Value:
        """The value as a reader understands it; a key without a default must be given."""
        if key not in self._values:
            if default is None:
                raise self.fail(f"{key} is missing")
            return default
        try:
            return reader(self._values[key])
        except ValueError as error:
            raise self.fail(f"{key}: {error}") from error
