"""A page about concurrency: the answer, facts, tables and lists, with every number a string already."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.records import RunWarning
from tuner.reporting.headline import Fact, Span


@dataclass(frozen=True, slots=True)
class PageTable:
    """A titled table. The first `names` columns are words, the others numbers."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    names: int = 0

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Which columns are aligned to the right."""
        return tuple(index >= self.names for index in range(len(self.headers)))


@dataclass(frozen=True, slots=True)
class Section:
    """A titled list of sentences."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """A titled list of commands to copy; one may have several lines."""

    title: str
    commands: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What there is to say, in the order of reading; `method` explains the numbers."""

    answer: tuple[Span, ...]
    facts: tuple[Fact, ...] = ()
    tables: tuple[PageTable, ...] = ()
    sections: tuple[Section, ...] = ()
    scripts: tuple[Script, ...] = ()
    warnings: tuple[RunWarning, ...] = ()
    method: tuple[str, ...] = ()
    chart_description: str | None = None
