"""The time that the fake lives in."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class FakeClock:
    """Seconds since 1970: real time plus everything advanced. Several threads may use it.

    With `follow_real_time` off it moves only when it is advanced. `tick_seconds` is what every control-plane
    request adds, so that a test need not wait for an update to settle.
    """

    def __init__(self, *, follow_real_time: bool = True, tick_seconds: float = 0.0) -> None:
        self.tick_seconds = tick_seconds
        self._follow = follow_real_time
        self._start = time.time()
        self._started = time.monotonic()
        self._advanced = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """The time [s since 1970]."""
        with self._lock:
            passed = time.monotonic() - self._started if self._follow else 0.0
            return self._start + passed + self._advanced

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        with self._lock:
            self._advanced += seconds

    def tick(self) -> None:
        """What one control-plane request takes."""
        self.advance(self.tick_seconds)

    def moment(self) -> datetime:
        """The time with its zone."""
        return datetime.fromtimestamp(self.now(), UTC)
