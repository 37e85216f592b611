"""A Dask cluster as workers: https://distributed.dask.org. Its workers need tuner installed too."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tuner.errors import UsageError
from tuner.fleet.campaign import Workers

_ASKED_EVERY_S = 1.0
_CONNECT_S = 10


class DaskSignal:
    """See `Signal`. Events of the scheduler carry word to the workers, and outlive any one of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._asked_at = float("-inf")
        self._stopped = False

    def stop(self) -> None:
        """See `Signal`."""
        from distributed import Event

        Event(self._name).set()

    def stopped(self) -> bool:
        """See `Signal`; the scheduler is asked once a second."""
        from distributed import Event

        now = time.monotonic()
        if not self._stopped and now - self._asked_at >= _ASKED_EVERY_S:
            self._asked_at = now
            self._stopped = bool(Event(self._name).is_set())
        return self._stopped

    def begun_before(self, key: str) -> bool:
        """See `Signal`: Dask gives the work of a dead worker to another one."""
        from distributed import Event

        begun = Event(f"{self._name} {key}")
        if begun.is_set():
            return True
        begun.set()
        return False


@contextmanager
def dask_workers(address: str) -> Iterator[Workers]:
    """The workers of the cluster at an address. Raises `UsageError` where there are none."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--dask needs Dask", "pip install 'tuner[dask]'") from error
    try:
        client = Client(address, timeout=_CONNECT_S)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"there is no Dask scheduler at {address}: {error}", "write --dask tcp://HOST:8786"
        ) from error
    try:
        threads = client.nthreads()
        if not threads:
            raise UsageError(f"the Dask cluster at {address} has no workers", "start dask worker")
        signal = DaskSignal(f"tuner-{uuid.uuid4()}")
        yield Workers(client.get_executor(pure=False), sum(threads.values()), signal, 1 / len(threads))
    finally:
        client.close()
