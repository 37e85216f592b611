"""Writing files so that nothing a user has is lost: a temporary name first, then a rename."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tuner.errors import UsageError


def write_atomically(path: Path, content: str | bytes, *, durable: bool = False) -> None:
    """Replace `path` by a text in one step; a reader sees the old file or the new one, never half of it.

    A `durable` file is on disk when this returns, and only its owner can read it.
    """
    ensure_writable_folder(path.parent)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content.encode("utf-8") if isinstance(content, str) else content)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        if not durable:
            # mkstemp makes private files; a report is read by others: it gets what open() would give.
            Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
        if durable:
            _sync_folder(path.parent)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def ensure_writable_folder(folder: Path) -> None:
    """Create the folder when it is missing. Raises `UsageError` when files cannot be created in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(
            f"cannot write to the folder '{folder}': {error.strerror}",
            "name another folder (--report-dir, --save-run), or leave the file out (--no-report)",
        ) from error


def _sync_folder(folder: Path) -> None:
    """A rename is on disk once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
