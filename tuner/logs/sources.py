"""What there is to read: files and folders, with what can be told before reading them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from tuner.errors import UsageError
from tuner.logs.documents import is_document

HEAD = 65_536
PART_BYTES = 1024**3
PART_FILES = 2_000
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a log. `name` is where its functions' names are looked for."""

    path: Path
    size: int
    name: str

    @property
    def compression(self) -> str:
        """`gzip`, `zstd` or `none`, by its first bytes: a download may be unpacked and keep its name."""
        with self.path.open("rb") as stream:
            start = stream.read(4)
        return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "none")

    @property
    def is_document(self) -> bool:
        """Whether it is one JSON value, rather than lines."""
        try:
            with self.open() as stream:
                return is_document(stream.read(HEAD))
        except (OSError, EOFError, UsageError):
            return False

    def open(self) -> IO[str]:
        """Its text, whatever bytes it has. Raises `UsageError` where only the engine can unpack it."""
        compression = self.compression
        if compression == "zstd":
            raise UsageError(f"'{self.path}' cannot be read line by line", "decompress it first: zstd -d")
        opener = gzip.open if compression == "gzip" else open
        return cast("IO[str]", opener(self.path, "rt", encoding="utf-8", errors="replace", newline="\n"))


def find_sources(paths: Iterable[Path]) -> tuple[Source, ...]:
    """Every file of these files and folders, in order, hidden ones apart. Raises `UsageError` for none."""
    found: list[Source] = []
    for path in paths:
        if path.is_file():
            found.append(_source(path, path.parent))
        elif path.is_dir():
            files = (p for p in path.rglob("*") if p.is_file())
            shown = (p for p in files if not any(part.startswith(".") for part in p.relative_to(path).parts))
            found += [_source(p, path) for p in sorted(shown)]
        else:
            raise _not_there(path)
    if not found:
        raise UsageError(f"there is no file in {', '.join(repr(str(p)) for p in paths)}")
    return tuple({source.path.resolve(): source for source in found}.values())


def in_parts(sources: Sequence[Source]) -> Iterator[tuple[Source, ...]]:
    """The sources in parts of bounded size, each of which is read in one go."""
    part: list[Source] = []
    size = 0
    for source in sources:
        if part and (size + source.size > PART_BYTES or len(part) >= PART_FILES):
            yield tuple(part)
            part, size = [], 0
        part.append(source)
        size += source.size
    if part:
        yield tuple(part)


def _not_there(path: Path) -> UsageError:
    if path.parts[:1] == ("s3:",):
        return UsageError(
            "archives on S3 are read once they are here",
            f"aws s3 sync s3://{'/'.join(path.parts[1:])} FOLDER",
        )
    return UsageError(
        f"there is no file or folder '{path}'",
        f"for the logs of a function: aws logs tail /aws/lambda/{path.name} --since 7d > {path.name}.log",
    )


def _source(path: Path, root: Path) -> Source:
    return Source(path, path.stat().st_size, str(path.relative_to(root.parent)))
