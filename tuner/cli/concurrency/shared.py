"""What the subcommands of `tuner concurrency` share: how values are read, and how an answer is shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tuner.cli import output
from tuner.option_values import read_count, read_share
from tuner.units import parse_duration_ms

if TYPE_CHECKING:
    from tuner.reporting.concurrency.page import Page

_Function = TypeVar("_Function", bound=Callable[..., Any])

FILE = click.Path(dir_okay=False, path_type=Path)


class Quantity(click.ParamType[Any]):
    """A value that one of the readers of option values understands."""

    name = "quantity"

    def __init__(self, read: Callable[[Any], Any]) -> None:
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value that was meant, or the reader's own sentence."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _read_rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 1e-6 <= rate <= 1e7:
        raise ValueError(f"'{text}' is not a rate; write requests a second, as in 40 or 0.5")
    return rate


def read_duration(text: str) -> float:
    duration_ms = parse_duration_ms(text)
    if not 0 < duration_ms <= 900_000:
        raise ValueError(f"'{text}' is not a duration of a function; it is above 0 and at most 15m")
    return duration_ms


def _read_above_zero(text: str) -> float:
    share = read_share(text)
    if share <= 0:
        raise ValueError("no finite concurrency makes it zero; write a percentage above zero, as in 0.01%")
    return share


RATE, DURATION, COUNT = Quantity(_read_rate), Quantity(read_duration), Quantity(read_count)
SHARE, TARGET_SHARE = Quantity(read_share), Quantity(_read_above_zero)
WHOLE = click.IntRange(0, 1_000_000)

_SHARES = (
    click.option("--cold-share", type=SHARE, metavar="1%", help="The share of calls that are cold today."),
    click.option(
        "--max-cold",
        type=TARGET_SHARE,
        metavar="1%",
        default="1%",
        help="Provision for no more cold starts.  [default: 1%]",
    ),
    click.option(
        "--max-throttled",
        type=TARGET_SHARE,
        metavar="0.01%",
        default="0.01%",
        help="Reserve for no more throttled requests.  [default: 0.01%]",
    ),
)


def share_options(command: _Function) -> _Function:
    """The options that say which share of calls is cold, and which may be cold or throttled."""
    for option in reversed(_SHARES):
        command = option(command)
    return command


def show(page: Page, document: dict[str, Any] | None) -> None:
    output.warnings(page.warnings)
    if document is not None:
        output.document(document)
        return
    from tuner.reporting.concurrency.terminal import render_terminal

    text = render_terminal(page, width=output.terminal_width(), colour=output.use_colour(sys.stdout))
    output.result(text.rstrip("\n"))


def write_markdown(page: Page, path: Path | None) -> None:
    if path is None:
        return
    from tuner.files import write_atomically
    from tuner.reporting.concurrency.markdown import render_markdown

    write_atomically(path, render_markdown(page))
    output.note(f"report: {path}")
