"""The event that every invocation gets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tuner.errors import UsageError

PAYLOAD_MAX_BYTES = 6 * 1024 * 1024  # the synchronous limit (Lambda quotas)


def load_payload(text: str | None, root: Path) -> bytes:
    """The payload's bytes, from JSON text or `@FILE` (relative to `root`); `{}` when none is given.

    Raises:
        UsageError: a file that cannot be read, is not JSON, or is larger than 6 MB.
    """
    if text is None:
        return b"{}"
    if not text.startswith("@"):
        return _checked(text.encode(), "the payload")
    path = root / text[1:]
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read the payload file '{path}': {error.strerror}") from error
    try:
        json.loads(content)
    except ValueError as error:
        raise UsageError(f"the payload file '{path}' is not JSON: {error}") from error
    return _checked(content, f"the payload file '{path}'")


def fingerprint(payload: bytes) -> str:
    """What may be said of a payload in a run file: its SHA-256, never its content."""
    return hashlib.sha256(payload).hexdigest()


def _checked(content: bytes, what: str) -> bytes:
    if len(content) > PAYLOAD_MAX_BYTES:
        raise UsageError(f"{what} has {len(content):,} bytes; a synchronous event has at most 6 MB")
    return content
