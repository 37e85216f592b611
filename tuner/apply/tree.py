"""A parsed file as a tree that remembers where everything stands in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str, ...]

MAX_NODES = 300_000
"""Aliases of aliases multiply; no template has as many values."""
MAX_DEPTH = 100


class Kind(StrEnum):
    """What a node is."""

    SCALAR = "scalar"
    MAP = "map"
    LIST = "list"


class UnreadableError(ValueError):
    """Why a text cannot be read, with the line where that is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A value at `start`..`end` of the text.

    `tag` is an intrinsic function or the like, by which the value is computed. `inner` is where the literal
    itself stands, inside its quotes; None where it cannot be replaced in place. `flow` is for maps in braces.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    tag: str | None = None
    inner: tuple[int, int] | None = None
    entries: tuple[Entry, ...] = ()
    items: tuple[Node, ...] = ()
    flow: bool = False

    def entry(self, key: str) -> Entry | None:
        """The entry of a map under this key."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def get(self, *path: str) -> Node | None:
        """The value at the end of a path of keys."""
        node: Node | None = self
        for key in path:
            found = node.entry(key) if node else None
            node = found.value if found else None
        return node

    @property
    def literal(self) -> str | None:
        """The text of a plain scalar; None for everything that is computed or holds more."""
        return self.text if self.kind is Kind.SCALAR and self.tag is None else None


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A key at `start`..`end` of the text, and its value."""

    key: str
    start: int
    end: int
    value: Node


def walk(root: Node) -> Iterator[tuple[Path, Node]]:
    """Every node with the way to it; one that has aliases comes once for each way.

    Raises `UnreadableError` when there are too many.
    """
    waiting: list[tuple[Path, Node]] = [((), root)]
    seen = 0
    while waiting:
        path, node = waiting.pop()
        seen += 1
        if seen > MAX_NODES or len(path) > MAX_DEPTH:
            raise UnreadableError("it is nested too deeply, or its aliases multiply")
        yield path, node
        waiting += [((*path, entry.key), entry.value) for entry in node.entries]
        waiting += [((*path, f"[{n}]"), item) for n, item in enumerate(node.items)]


def values(root: Node) -> dict[Path, tuple[str | None, str]]:
    """What a text says, without how it is written: every scalar and every empty collection by its path."""
    return {
        path: (node.tag, f"{node.kind}:{node.text}")
        for path, node in walk(root)
        if node.kind is Kind.SCALAR or node.tag or not (node.entries or node.items)
    }


def line_of(text: str, place: int) -> int:
    """The number of the line at a place of the text."""
    return text.count("\n", 0, place) + 1


def words(path: Path) -> str:
    """A path as one reads it: `Resources.Thumbnail.Properties.MemorySize`."""
    return ".".join(path)
