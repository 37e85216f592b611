"""Whose log a file holds: the function and its version, from the names that CloudWatch Logs gives things."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

_GROUP = re.compile(r"(?:^|/)-?aws[-/]lambda[-/]([A-Za-z0-9_-]{1,140}?)(?=/|\.|$)")
FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,140}")
_VERSION = re.compile(r"\[(\$LATEST|[0-9]{1,12})\]")
_STREAM = re.compile(r"\d{4}[-/]\d{2}[-/]\d{2}|\[(?:\$LATEST|\d+)\]")
# What an export names things itself: numbered files, date folders, the id of the export task.
_NAMELESS = re.compile(r"\d*|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}|[0-9a-f]{32}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """The function of a log and its version; `certain` where the log group or the record names it."""

    function: str
    version: str | None = None
    certain: bool = True


def origin_of_path(path: str) -> Origin:
    """From a path such as `EXPORT/aws-lambda-my-func/2026-11-23-[12]0a1b/000000.gz`.

    Without a log group the nearest name that is no log stream and no number stands for the function.
    """
    version = version_of_stream(path)
    group = _GROUP.search(path)
    if group:
        return Origin(group[1], version)
    for part in reversed(PurePosixPath(path).parts):
        name = re.sub(r"(?:\.(?:gz|zst|log|txt|jsonl?|ndjson|out))+$", "", part)
        if not _STREAM.search(name) and not _NAMELESS.fullmatch(name) and name.strip("/."):
            return Origin(name, version, certain=False)
    return Origin("unknown", version, certain=False)


def function_of_group(log_group: str) -> str | None:
    """`my-func` from `/aws/lambda/my-func`, with or without an account in front; None for other groups."""
    _, found, name = log_group.rpartition("/aws/lambda/")
    return name if found and FUNCTION_NAME.fullmatch(name) else None


def version_of_stream(stream: str) -> str | None:
    """`12` from `2026/11/23/[12]0a1b`; None where the name holds no version."""
    found = _VERSION.search(stream)
    return found[1] if found else None
