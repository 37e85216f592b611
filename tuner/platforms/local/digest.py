"""What the code and the machine are: the conditions two runs must share to be comparable."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from pathlib import Path

_SKIPPED = {".git", "node_modules", "__pycache__", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
_FILES_LIMIT = 5_000
_BYTES_LIMIT = 256 * 1024 * 1024


def code_sha256(folder: Path) -> str:
    """SHA-256 over names and contents below a folder.

    After 5,000 files or 256 MB only names and sizes count, so that a wrong folder does not take minutes.
    """
    digest = hashlib.sha256()
    files = spent = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - _SKIPPED)
        for name in sorted(names):
            path = Path(place, name)
            with contextlib.suppress(OSError):
                size = path.stat().st_size
                digest.update(f"{path.relative_to(folder)}\0{size}\0".encode("utf-8", "surrogateescape"))
                files, spent = files + 1, spent + size
                if files <= _FILES_LIMIT and spent <= _BYTES_LIMIT and path.is_file():
                    digest.update(path.read_bytes())
        if files > 10 * _FILES_LIMIT:
            break
    return digest.hexdigest()


def cpu_model() -> str:
    """The processor's name, or the architecture where the kernel does not say."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def available_bytes() -> int | None:
    """Memory that can be used without swapping (MemAvailable), or `None` where the kernel does not say."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return None
