"""A table as text: rows under a header, parted by commas, semicolons or tabs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tuner.errors import UsageError
from tuner.runfile import MAX_INVOCATIONS

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Delimited:
    """The names in the header, and the rows as far as they have cells that are not empty."""

    header: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]


def header_of(text: str) -> tuple[str, ...]:
    """The names in the first line, as far as it is one of a table."""
    line = text.lstrip().partition("\n")[0]
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=_delimiter(line)), []))
    except csv.Error:
        return ()


def read_delimited(text: str) -> Delimited:
    """The rows under the header. Raises `UsageError` with the line that does not fit under it."""
    header = header_of(text)
    if len(set(header)) < len(header):
        twice = next(name for name in header if header.count(name) > 1)
        raise UsageError(f"the column {twice[:80]!r} stands twice in the header")
    try:
        return Delimited(header, tuple(_rows(text.lstrip(), header)))
    except csv.Error as error:
        raise UsageError(f"it is not a table of comma-separated values: {error}") from error


def _rows(text: str, header: tuple[str, ...]) -> Iterator[Mapping[str, str]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text.partition("\n")[0]))
    next(reader)
    for count, cells in enumerate(reader):
        if count >= MAX_INVOCATIONS:
            raise UsageError(f"it has more than {MAX_INVOCATIONS:,} rows")
        if len(cells) > len(header):
            raise UsageError(
                f"line {reader.line_num} has {len(cells)} cells under a header of {len(header)}",
                "put a cell with a comma in it in quotes; write a decimal point",
            )
        values = (cell.strip() for cell in cells)
        row = {name: value for name, value in zip(header, values, strict=False) if value}
        if row:
            yield row


def _delimiter(line: str) -> str:
    return max(_DELIMITERS, key=line.count)
