"""Bars on stderr while something is read or worked through: shown on a terminal only, gone when it ends."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

    from tuner.logs.findings import ReadSoFar

Show = Callable[[str, float, float], None]
"""What is done now, how much of it, and of how much."""


@contextmanager
def log_progress() -> Iterator[Callable[[ReadSoFar], None]]:
    """An observer that draws what was read, how fast, and how long the rest takes."""
    with _bar(_bytes) as show:
        yield lambda read: show("reading", read.bytes_read, read.bytes)


@contextmanager
def count_progress() -> Iterator[Show]:
    """Draws how many things are done, how many a minute, and how long the rest takes."""
    with _bar(_counts) as show:
        yield show


@contextmanager
def _bar(columns: Callable[[], list[ProgressColumn]]) -> Iterator[Show]:
    if not sys.stderr.isatty():
        yield lambda _what, _done, _total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        get_time=time.monotonic,
    )
    task = bar.add_task("", total=None)
    with bar:
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


def _bytes() -> list[ProgressColumn]:
    from rich.progress import DownloadColumn, TransferSpeedColumn

    return [DownloadColumn(), TransferSpeedColumn()]


def _counts() -> list[ProgressColumn]:
    from rich.progress import MofNCompleteColumn, ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{task.speed * 60:,.0f}/min" if task.speed else "")

    return [MofNCompleteColumn(), Rate()]
