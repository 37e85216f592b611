"""Streams, colour and progress: the result goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

import tuner
from tuner.document import SCHEMA_VERSION

if TYPE_CHECKING:
    from tuner.measure.session import Observer, Progress
    from tuner.records import RunWarning


def use_colour(stream: IO[str]) -> bool:
    """Colour only on a terminal, never with NO_COLOR or TERM=dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int:
    """The width to render for: the terminal's, at most 120 columns; 80 where there is none."""
    if not sys.stdout.isatty():
        return 80
    return min(120, os.get_terminal_size(sys.stdout.fileno()).columns or 80)


def result(text: str) -> None:
    """Print a result to stdout."""
    click.echo(text)


def note(text: str) -> None:
    """Print something about the run to stderr."""
    click.echo(text, err=True)


def document(values: Mapping[str, Any]) -> None:
    """Print the one JSON document of `--json` to stdout."""
    click.echo(json.dumps(values, indent=2, allow_nan=False))


def failure(message: str, hint: str | None, *, kind: str, exit_code: int, as_json: bool) -> None:
    """Say what happened and what to do: to stderr, and with `--json` as the document on stdout too."""
    styled = click.style("error:", fg="red", bold=True) if use_colour(sys.stderr) else "error:"
    note(f"{styled} {message}")
    if hint:
        note(f"  {hint}")
    if as_json:
        error = {"type": kind, "message": message, "hint": hint, "exit_code": exit_code}
        document({"schema_version": SCHEMA_VERSION, "tool_version": tuner.__version__, "error": error})


def warnings(found: Iterable[RunWarning]) -> None:
    """Print warnings to stderr, each with what to do about it."""
    for warning in found:
        styled = click.style("warning:", fg="yellow") if use_colour(sys.stderr) else "warning:"
        hint = f" ({warning.hint})" if warning.hint else ""
        note(f"{styled} {warning.message}{hint} [{warning.code}]")


@contextmanager
def progress() -> Iterator[Observer]:
    """An observer that draws a progress bar on stderr; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("measuring"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    bar = Bar(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None)

    def observe(event: Progress) -> None:
        bar.start()  # only now, so that the plan is printed above it
        bar.update(task, completed=event.done, total=event.planned, description=_describe(event))

    try:
        yield observe
    finally:
        bar.stop()


def _describe(event: Progress) -> str:
    from tuner.units import format_duration, format_memory

    invocation = event.invocation
    took = format_duration(invocation.duration_ms) if invocation.duration_ms else ""
    failed = "" if invocation.outcome == "ok" else f" {invocation.outcome}"
    return f"{format_memory(invocation.memory_mb)} {took}{failed}"
