"""Reading a file that somebody names: all of it, unless it is larger than such a file can be."""

from __future__ import annotations

from pathlib import Path

from tuner.errors import UsageError


def bounded_text(path: Path, most_bytes: int) -> str:
    """The UTF-8 text in a file, a byte order mark left out.

    Raises `UsageError` for a file that cannot be read, is larger (or has no end), or is no such text.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(most_bytes + 1)
    except OSError as error:
        raise UsageError(f"cannot read '{path}': {error.strerror}") from error
    if len(content) > most_bytes:
        raise UsageError(
            f"'{path}' is larger than {most_bytes // 1024**2} MB, so it is no file to be read here"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"'{path}' is not UTF-8 text", "save it as JSON or CSV in UTF-8") from None
