"""The lines worth a look, out of bytes of a log. Most lines are an application's own, and go no further."""

from __future__ import annotations

from functools import cache
from typing import Any

from tuner.errors import UsageError
from tuner.logs.fields import MARKERS


def marked_lines(text: bytes | bytearray | memoryview) -> list[memoryview]:
    """The lines that hold a record or a note, in order, each once and without its end; views of `text`."""
    searched, bounds = _stringzilla().Str(text), set()
    for marker in MARKERS:
        at = searched.find(marker)
        while at >= 0:
            begin = searched.rfind("\n", 0, at) + 1
            end = searched.find("\n", at)
            if end < 0:
                end = len(searched)
            bounds.add((begin, end))
            at = searched.find(marker, end)
    view = memoryview(text)
    return [view[begin:end] for begin, end in sorted(bounds)]


@cache
def _stringzilla() -> Any:
    try:
        import stringzilla
    except ImportError as error:
        raise UsageError("reading logs needs StringZilla", "pip install 'tuner[logs]'") from error
    return stringzilla
