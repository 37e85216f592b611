"""A live view on stderr while something is measured: shown on a terminal only, gone when the command ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from tuner.cli import output

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live

MOST_COLUMNS = 80
REDRAWS_PER_SECOND = 8.0
_BURST = 2.0
"""Redraws at once after a quiet time: what a call said, and what comes next."""

EventT_contra = TypeVar("EventT_contra", contravariant=True)


class Board(Protocol[EventT_contra]):
    """What a view shows: it is told of events, and draws what it knows by then."""

    def observe(self, event: EventT_contra) -> None:
        """Take in an event; nothing is drawn here."""

    def draw(self, width: int, height: int, *, colour: bool) -> str:
        """At most `height` lines of at most `width` columns."""


@contextmanager
def watched(board: Board[EventT_contra]) -> Iterator[Callable[[EventT_contra], None]]:
    """An observer that shows a board on stderr; silent where nobody watches.

    It draws between calls, in the thread that makes them: what runs beside a call would disturb it.
    """
    if not _is_watched():
        yield lambda _: None
        return
    screen = _Screen(board)
    try:
        yield screen.observe
    finally:
        screen.close()


def _is_watched() -> bool:
    """A terminal that can move its cursor, and no build server that keeps a log of it."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


class _Screen(Generic[EventT_contra]):
    """The lines of a board at the foot of the terminal, redrawn so often and no more."""

    def __init__(self, board: Board[EventT_contra]) -> None:
        self._board = board
        self._live: Live | None = None
        self._colour = output.use_colour(sys.stderr)
        self._redraws_left, self._last_s = _BURST, time.monotonic()

    def observe(self, event: EventT_contra) -> None:
        """Pass an event on, and draw unless that was done just now."""
        self._board.observe(event)
        now = time.monotonic()
        earned = (now - self._last_s) * REDRAWS_PER_SECOND
        self._redraws_left, self._last_s = min(_BURST, self._redraws_left + earned), now
        if self._redraws_left >= 1:
            self._redraws_left -= 1
            self._started().refresh()

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._live:
            self._live.stop()

    def _started(self) -> Live:
        if self._live is None:  # only now, so that the plan and its question stand above it
            from rich.console import Console
            from rich.live import Live

            # What is printed to stdout is the result, and none of this console's business.
            self._live = Live(
                self,
                console=Console(stderr=True),
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
            )
            self._live.start()
        return self._live

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        width, height = min(MOST_COLUMNS, options.max_width), options.size.height - 1
        drawn = self._board.draw(width, height, colour=self._colour)
        yield Text.from_ansi(drawn, no_wrap=True, overflow="crop")
