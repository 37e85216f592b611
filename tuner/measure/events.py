"""The event of each call: chosen or filled in for it, between the hooks that surround the call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from tuner.measure.hooks import Hook, HookCall
from tuner.measure.payloads import NO_PAYLOAD, Payloads
from tuner.records import Outcome


@dataclass(slots=True)
class Event:
    """What one call sends; `outcome` is set once the call has ended, for the hook after it."""

    payload: bytes = field(repr=False)
    outcome: Outcome | None = None


class Events:
    """The events of a run. Its hooks run one at a time, also where sizes overlap: they may share things."""

    def __init__(
        self, payloads: Payloads = NO_PAYLOAD, *, before: Hook | None = None, after: Hook | None = None
    ) -> None:
        self._payloads = payloads
        self._before = before
        self._after = after
        self._hooks = Lock()

    @contextmanager
    def event(self, *, index: int, nth: int, memory_mb: int) -> Iterator[Event]:
        """The event of call `index` of the run, the `nth` at its size; the block makes the call.

        The hook after it runs however the call ended, unless it could not be made at all.
        """
        found = Event(self._payloads.event(index=index, nth=nth, memory_mb=memory_mb))
        if self._before is not None:
            with self._hooks:
                found.payload = self._before.before(found.payload, HookCall(memory_mb, index, None))
        yield found
        if self._after is not None:
            with self._hooks:
                outcome = None if found.outcome is None else str(found.outcome)
                self._after.after(found.payload, HookCall(memory_mb, index, outcome))
