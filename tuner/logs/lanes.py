"""Lanes into the archive: each extracts the records of texts on a core of its own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuner.logs.lines import bare_lines, marked_lines, recorded

if TYPE_CHECKING:
    import duckdb

LANES_MOST = 8
STAGED_LINES = 120_000
"""Planning a query takes as long as reading a few thousand lines, so that many are extracted at once."""
STAGED_BYTES = 128 * 1024**2
"""No more text than this is staged, however long its lines are."""


@dataclass(frozen=True, slots=True)
class Text:
    """Whole lines of a log of a function, which has a number in the archive."""

    function: int
    version: str | None
    text: str


def cores() -> int:
    """How many threads can work at once."""
    return os.cpu_count() or 1


class Lanes:
    """Takes texts from several threads and hands them to lanes; a context manager that ends with the last."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        count = min(LANES_MOST, cores())
        self._lanes = [_Lane(connect()) for _ in range(count)]
        self._idle: queue.SimpleQueue[_Lane] = queue.SimpleQueue()
        for lane in self._lanes:
            self._idle.put(lane)
        self._pool = ThreadPoolExecutor(count)
        self._room = threading.Semaphore(2 * count)
        self._failure: BaseException | None = None

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown()
        with ThreadPoolExecutor(len(self._lanes)) as pool:
            list(pool.map(_Lane.finish, self._lanes))
        if self._failure:
            raise self._failure

    def put(self, texts: Sequence[Text]) -> None:
        """Have the records of texts extracted; waits while much is waiting already."""
        self._room.acquire()
        self._pool.submit(self._stage, texts).add_done_callback(self._done)

    def _stage(self, texts: Sequence[Text]) -> None:
        lane = self._idle.get()
        try:
            lane.stage(texts)
        finally:
            self._idle.put(lane)

    def _done(self, staged: Future[None]) -> None:
        self._failure = self._failure or staged.exception()
        self._room.release()


class _Lane:
    """A connection with lines that wait until they are worth a query."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._lines = self._bytes = 0
        self._clear()

    def stage(self, texts: Sequence[Text]) -> None:
        import numpy as np

        columns = {
            "function": np.array([text.function for text in texts], dtype=np.int32),
            "version": np.array([text.version for text in texts], dtype=object),
            "text": np.array([text.text for text in texts], dtype=object),
        }
        self._connection.register("texts", columns)
        marked = self._connection.execute(f"INSERT INTO staged {marked_lines('texts')}").fetchone()
        self._lines += marked[0] if marked else 0
        self._bytes += sum(len(text.text) for text in texts)
        if self._lines >= STAGED_LINES or self._bytes >= STAGED_BYTES:
            self._extract()

    def finish(self) -> None:
        """Extract what is left."""
        self._extract()
        self._connection.close()

    def _extract(self) -> None:
        self._connection.execute(f"INSERT INTO record BY NAME {recorded(bare_lines('staged'))}")
        self._clear()

    def _clear(self) -> None:
        self._connection.execute(
            "CREATE OR REPLACE TEMP TABLE staged (function INTEGER, version VARCHAR, line VARCHAR)"
        )
        self._lines = self._bytes = 0
