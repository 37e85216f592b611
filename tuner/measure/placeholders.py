"""`{{uuid}}`, `{{index}}` and `{{memory_mb}}` in the text of an event: filled anew for every call."""

from __future__ import annotations

import difflib
import re
import uuid

PLACEHOLDERS = ("uuid", "index", "memory_mb")

_NEAR = 0.7
"""As alike as this is a slip: {{guid}}, {{idx}}, {{memory}}. {{id}} is not, and is somebody's own."""
_KNOWN = re.compile("{{(" + "|".join(PLACEHOLDERS) + ")}}")
_ANY = re.compile("{{([^{}\\n]{1,40})}}")


def placeholders_in(text: str) -> tuple[str, ...]:
    """The placeholders that a text has, each once."""
    used = {found[1] for found in _KNOWN.finditer(text)}
    return tuple(word for word in PLACEHOLDERS if word in used)


def fill(text: str, *, index: int, memory_mb: int) -> str:
    """The text for one call: its number in the run, its memory size, and one random UUID of version 4."""
    values = {"uuid": str(uuid.uuid4()), "index": str(index), "memory_mb": str(memory_mb)}
    return _KNOWN.sub(lambda found: values[found[1]], text)


def stand_in(text: str) -> str:
    """The text with placeholders filled to their own length, so that every place in it stays where it was."""
    digits = {"uuid": "0", "index": "1", "memory_mb": "1"}
    return _KNOWN.sub(lambda found: digits[found[1]].ljust(len(found[0]), "0"), text)


def near_miss(text: str) -> tuple[str, str] | None:
    """The first placeholder that is nearly one of ours, with the one that is meant."""
    for word in dict.fromkeys(_ANY.findall(text)):
        meant = difflib.get_close_matches(word.strip().lower(), PLACEHOLDERS, n=1, cutoff=_NEAR)
        if meant and word not in PLACEHOLDERS:
            return word, meant[0]
    return None
