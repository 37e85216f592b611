"""What there is to read: files and folders, with what can be told before reading them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tuner.errors import UsageError


class Stream(Protocol):
    """Bytes that come one after the other, as of an open file."""

    def read(self, size: int, /) -> bytes:
        """At most so many; none at the end."""
        ...

    def readinto(self, buffer: bytearray, /) -> int | None:
        """As many as there are, at most so many as fit; 0 at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a log, or an object. `name` is where its function's name is looked for; `size` in bytes.

    What `open` opens is closed when the context ends; it raises `OSError` where it cannot be read.
    """

    name: str
    size: int
    open: Callable[[], AbstractContextManager[Stream]]
    path: Path | None = None
    """Where it is on this machine."""


def find_sources(paths: Iterable[Path]) -> tuple[Source, ...]:
    """Every file of these files and folders, in order, hidden ones apart. Raises `UsageError` for none."""
    found: dict[Path, Source] = {}
    for path in paths:
        if path.is_file():
            found.setdefault(path.resolve(), _source(path, path.parent))
        elif path.is_dir():
            files = (p for p in path.rglob("*") if p.is_file())
            shown = (p for p in files if not any(part.startswith(".") for part in p.relative_to(path).parts))
            for file in sorted(shown):
                found.setdefault(file.resolve(), _source(file, path))
        else:
            raise _not_there(path)
    if not found:
        raise UsageError(f"there is no file in {', '.join(repr(str(p)) for p in paths)}")
    return tuple(found.values())


def in_parts(sources: Iterable[Source], most_bytes: int, most_files: int) -> Iterator[tuple[Source, ...]]:
    """The sources in parts that are read in one go: many small ones, or a large one."""
    part: list[Source] = []
    size = 0
    for source in sources:
        if part and (size + source.size > most_bytes or len(part) >= most_files):
            yield tuple(part)
            part, size = [], 0
        part.append(source)
        size += source.size
    if part:
        yield tuple(part)


def _not_there(path: Path) -> UsageError:
    return UsageError(
        f"there is no file or folder '{path}'",
        "for the logs of a function on AWS give its name: tuner logs my-func --since 7d",
    )


def _source(path: Path, root: Path) -> Source:
    def opened() -> AbstractContextManager[Stream]:
        return path.open("rb", buffering=0)

    return Source(str(path.relative_to(root.parent)), path.stat().st_size, opened, path)
