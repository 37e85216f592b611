"""JSON documents of any length, one element at a time: telemetry arrays, and answers of FilterLogEvents."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

ELEMENT_MAX = 1 << 24
"""An element that is longer [characters] is no log event."""
_LIST = re.compile(r'(?:\A\s*|"(?:events|logEvents)"\s*:\s*)\[')
_KEY_MAX = 64
_BETWEEN = re.compile(r"[\s,]*")


def is_document(head: str) -> bool:
    """Whether a file that begins so is one JSON value over many lines, or one long list."""
    start = head.lstrip()
    line, _, rest = start.partition("\n")
    if start[:1] not in ("{", "[") or _is_json(line):
        return False
    if start[:1] == "[":
        return start[1:].lstrip()[:1] in ("{", "]", "")
    return bool(rest.strip()) and '"' in rest and line.strip() in ("{", '{"events": [', '{"events":[')


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True


def elements(chunks: Iterator[str]) -> Iterator[Any]:
    """The members of every list of events, in order. Stops where the JSON is broken, by `ValueError`."""
    decoder = json.JSONDecoder()
    buffer, at, inside, ended = "", 0, False, False
    while True:
        if not inside:
            found = _LIST.search(buffer, at)
            inside, at = found is not None, found.end() if found else max(at, len(buffer) - _KEY_MAX)
        while inside:
            at = _BETWEEN.match(buffer, at).end()  # type: ignore[union-attr]  # it matches the empty text too
            if buffer[at : at + 1] == "]":
                inside, at = False, at + 1
                break
            try:
                element, at = decoder.raw_decode(buffer, at)
            except (ValueError, RecursionError):
                if (ended and at < len(buffer)) or len(buffer) - at > ELEMENT_MAX:
                    raise ValueError("the JSON is cut or broken") from None
                break
            yield element
        if not inside and _LIST.search(buffer, at):
            continue
        if ended:
            return
        more = next(chunks, "")
        ended = not more
        buffer, at = buffer[at:] + more, 0
