"""Several sizes at the same time, in threads that never outlive their purpose."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TypeVar

_T = TypeVar("_T")


def in_lanes(work: Callable[[_T], None], items: Iterable[_T], lanes: int) -> None:
    """Work on every item, on at most so many at a time; with one lane, in this very thread.

    The first error is raised when every lane has finished its item; no further item is begun. Ctrl-C does
    not wait: the threads are daemons, so an invocation under way does not keep the process alive.
    """
    waiting = deque(items)
    if lanes == 1 or len(waiting) == 1:
        for item in waiting:
            work(item)
        return
    errors: list[BaseException] = []

    def lane() -> None:
        while waiting and not errors:
            try:
                work(waiting.popleft())
            except IndexError:
                return
            except BaseException as error:
                errors.append(error)

    threads = [Thread(target=lane, daemon=True) for _ in range(min(lanes, len(waiting)))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:
        errors.append(error)
        raise
    if errors:
        raise errors[0]
