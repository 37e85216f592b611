"""A pace for control-plane calls, kept for each account and region by all of a process.

Lambda allows 15 a second there, together and for everybody, deployments included; GetFunction has a quota of
its own (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). Many functions at a time
have to keep below both, so every request to the control plane waits for its turn, retries and polls too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

CONTROL_RATE = 10.0
"""Calls a second: a third of the quota stays with deployments."""
GET_FUNCTION_RATE = 60.0
_BURST_S = 0.5
"""After a pause so much of a second's calls may come at once."""
_OWN_QUOTA = "GetFunction"


class TokenBucket:
    """Hands out turns at a rate; whoever comes early sleeps. Safe to use from several threads."""

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap_s = 1 / rate
        self._clock, self._sleep = clock, sleep
        self._next_s = clock() - _BURST_S
        self._lock = Lock()

    def take(self) -> None:
        """Return when it is this caller's turn."""
        with self._lock:
            now = self._clock()
            turn = max(self._next_s, now - _BURST_S)
            self._next_s = turn + self._gap_s
        if turn > now:
            self._sleep(turn - now)


_lock = Lock()
_shares: list[float] = []
_buckets: dict[tuple[str, float], TokenBucket] = {}


@contextmanager
def paced(share: float = 1.0) -> Iterator[None]:
    """Inside, every control-plane call of this process keeps this share of the rates; it may be nested.

    Several processes that call the same account divide the rate by each taking a share of it.
    """
    _shares.append(share)
    try:
        yield
    finally:
        _shares.remove(share)


def keep_pace(client: Any, place: Callable[[], str]) -> None:
    """Make a Lambda client wait for its turn wherever a pace is in force; `place` is account and region."""

    def wait(event_name: str, **_: Any) -> None:
        share = min(_shares, default=None)
        if share is not None:
            own = event_name.endswith(f".{_OWN_QUOTA}")
            rate = share * (GET_FUNCTION_RATE if own else CONTROL_RATE)
            _bucket(f"{place()} {_OWN_QUOTA if own else 'other'}", rate).take()

    client.meta.events.register("before-send.lambda", wait)


def _bucket(name: str, rate: float) -> TokenBucket:
    with _lock:
        return _buckets.setdefault((name, rate), TokenBucket(rate))
