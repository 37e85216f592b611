"""Lanes into the archive: each extracts the records of marked lines on a core of its own."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuner.logs.lines import lines_of, recorded

if TYPE_CHECKING:
    import duckdb

LANES_MOST = 8
BATCH_CHARACTERS = 32 * 1024**2
"""Planning a query takes as long as reading a few thousand lines, so that many are extracted at once."""


@dataclass(frozen=True, slots=True)
class Text:
    """Marked lines of a log of a function, which has a number in the archive."""

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
        self._idle: queue.SimpleQueue[duckdb.DuckDBPyConnection] = queue.SimpleQueue()
        for _ in range(count):
            self._idle.put(connect())
        self._pool = ThreadPoolExecutor(count)
        self._room = threading.Semaphore(count + 1)
        self._lock = threading.Lock()
        self._batch: list[Text] = []
        self._characters = 0
        self._failure: BaseException | None = None

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._batch:
            self._submit(self._batch)
        self._pool.shutdown()
        while not self._idle.empty():
            self._idle.get().close()
        if self._failure:
            raise self._failure

    def put(self, text: Text) -> None:
        """Have the records of a text extracted, together with others; waits while much is waiting already."""
        with self._lock:
            self._batch.append(text)
            self._characters += len(text.text)
            if self._characters < BATCH_CHARACTERS:
                return
            full, self._batch, self._characters = self._batch, [], 0
        self._submit(full)

    def _submit(self, texts: Sequence[Text]) -> None:
        self._room.acquire()
        self._pool.submit(self._extract, texts).add_done_callback(self._done)

    def _extract(self, texts: Sequence[Text]) -> None:
        import numpy as np

        columns = {
            "function": np.array([text.function for text in texts], dtype=np.int32),
            "version": np.array([text.version for text in texts], dtype=object),
            "text": np.array([text.text for text in texts], dtype=object),
        }
        connection = self._idle.get()
        try:
            connection.register("texts", columns)
            connection.execute(f"INSERT INTO record BY NAME {recorded(lines_of('texts'))}")
            connection.unregister("texts")
        finally:
            self._idle.put(connection)

    def _done(self, extracted: Future[None]) -> None:
        self._failure = self._failure or extracted.exception()
        self._room.release()
