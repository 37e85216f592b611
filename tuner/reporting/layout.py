"""Text for a terminal: wrapped lines, lists, columns of equal width, colour where it is wanted."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

# A number and its unit stay on one line.
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|MB|GB|vCPU)(?!\w))")
_NO_BREAK = "\u00a0"
BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"


def paint(text: str, style: str, colour: bool) -> str:
    """Every line in an ANSI style, or the text as it is without colour."""
    return "\n".join(f"\033[{style}m{line}\033[0m" for line in text.splitlines()) if colour else text


def wrapped(text: str, width: int, indent: str = "") -> str:
    """The text in lines of `width` columns; those after the first are indented."""
    kept = _UNIT.sub(_NO_BREAK, text)
    filled = textwrap.fill(kept, max(width, 20), subsequent_indent=indent, break_on_hyphens=False)
    return filled.replace(_NO_BREAK, " ")


def titled(title: str, body: str, colour: bool) -> str:
    """A title in bold above its text."""
    return f"{paint(title, BOLD, colour)}\n{body}"


def bulleted(title: str, lines: Iterable[str], width: int, colour: bool) -> str:
    """A titled list; nothing where there is no line."""
    items = [wrapped(f"- {line}", width, indent="  ") for line in lines]
    return titled(title, "\n".join(items), colour) if items else ""


def aligned(cells: Sequence[str], *, numeric: bool) -> list[str]:
    """The cells of a column in its width: numbers to the right, words to the left."""
    width = max(map(len, cells))
    return [cell.rjust(width) if numeric else cell.ljust(width) for cell in cells]


def side_by_side(columns: Sequence[Sequence[str]]) -> list[str]:
    """Columns of equally many cells as lines."""
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
