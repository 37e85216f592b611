"""Streams and colour: the result goes to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

import click

import tuner
from tuner.document import SCHEMA_VERSION

if TYPE_CHECKING:
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


def content(made: str | bytes) -> None:
    """Write what would be the content of a file to stdout, as it is."""
    click.echo(made, nl=False)


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
