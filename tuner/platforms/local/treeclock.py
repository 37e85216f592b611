"""The CPU time of a process tree, to the nanosecond and without privileges."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field

from tuner.platforms.local import processes

_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


@dataclass
class TreeClock:
    """CPU time of every process below `supervisor`, the dead included; `root` is the function's own."""

    root: int = 0
    supervisor: int = field(default_factory=os.getpid)
    seen: dict[int, int] = field(default_factory=dict)
    dead_ns: int = 0
    waited_ns: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def scan(self) -> list[int]:
        """Look for new processes; returns all that are known to run."""
        found = processes.descendants(self.supervisor)
        waited = processes.waited_children_ticks(self.root) * _TICK_NS
        with self._lock:
            for pid in found:
                self.seen.setdefault(pid, 0)
            self.waited_ns = max(self.waited_ns, waited)
        return found

    def read_ns(self) -> int:
        """CPU time so far [ns]; never falls."""
        with self._lock:
            for pid, last in list(self.seen.items()):
                now = processes.cpu_ns(pid)
                if now is None:
                    self.dead_ns += last
                    del self.seen[pid]
                else:
                    self.seen[pid] = now
            return sum(self.seen.values()) + max(self.dead_ns, self.waited_ns)
