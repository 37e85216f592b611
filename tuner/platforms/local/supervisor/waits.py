"""How long a sandbox's threads waited for a CPU, those included that ended before anyone asked."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field

from tuner.platforms.local import processes

_INTERVAL_S = 0.02


@dataclass
class WaitClock:
    """The kernel keeps a thread's run delay only as long as the thread; this looks at it now and then."""

    _seen: dict[int, int] = field(default_factory=dict)
    _awake: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin to watch, in a thread that sleeps while the sandbox is frozen."""
        threading.Thread(target=self._watch, daemon=True).start()

    def resume(self) -> None:
        """The sandbox runs."""
        self._awake.set()

    def pause(self) -> None:
        """The sandbox is frozen."""
        self._awake.clear()

    def read_ns(self) -> int:
        """Time runnable without running, over all threads so far [ns]."""
        with self._lock:
            for pid in processes.descendants(os.getpid()):
                self._seen.update(processes.run_delays_ns(pid))
            return sum(self._seen.values())

    def _watch(self) -> None:
        while True:
            self._awake.wait()
            self.read_ns()
            time.sleep(_INTERVAL_S)
