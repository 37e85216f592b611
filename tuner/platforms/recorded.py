"""A version that was measured before: its recorded calls answer again, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from tuner.errors import MeasurementError
from tuner.platforms.base import InvocationRequest, TargetDescription
from tuner.records import Excluded, Invocation, MeasurementSet

_UNKNOWN = "recorded"
"""The environment of calls that do not say in which they ran."""


class RecordedPlatform:
    """The calls of one memory size of a measurement; see `Platform`.

    A fresh environment begins with the next recorded cold start, or where these are used up with a call that
    states no init. Warm-ups are left out: what follows them is what a warm environment does.
    """

    def __init__(self, measurements: MeasurementSet, memory_mb: int) -> None:
        self.calls = calls = measurements.at(memory_mb)
        self.measurements = measurements
        self._memory_mb = memory_mb
        self._cold = deque(call for call in calls if call.cold)
        self._warm = deque(c for c in calls if not c.cold and c.excluded is not Excluded.WARM_UP)
        self.warm_calls = len(self._warm)

    def describe(self) -> TargetDescription:
        """What the measurement says of itself."""
        found = self.measurements
        return TargetDescription(
            function=found.function,
            platform=found.platform,
            architecture=str(found.conditions.get("architecture") or "x86_64"),
            measurable_mb=(self._memory_mb, self._memory_mb),
            current=found.current,
            relative=found.relative,
            conditions=found.conditions,
        )

    def prepare(self, memory_sizes_mb: Sequence[int], *, timeout_s: int, cold_calls: int = 0) -> None:
        """A recording is ready."""

    def invoke(self, request: InvocationRequest) -> Invocation:
        """The next recorded call. Raises `MeasurementError` at the end of the recording."""
        if request.fresh and self._cold:
            return _placed(self._cold.popleft())
        if not self._warm:
            raise MeasurementError("the recording is at its end", "record more calls")
        # The first call of an environment whose cold start was not recorded is no sample either.
        call = self._warm[0] if request.fresh else self._warm.popleft()
        return _placed(call)

    def predict(self, *, timeout_s: int, payload: bytes, memory_mb: Sequence[int]) -> None:
        """A recording does not compute."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was started."""


def _placed(call: Invocation) -> Invocation:
    return call if call.environment else replace(call, environment=_UNKNOWN)
