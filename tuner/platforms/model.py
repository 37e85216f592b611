"""`model:NAME` and `model:FILE.toml`: a cost model stands in for the function. Seeded, instant, exact."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from cost_models.pricing import billed_duration_ms
from cost_models.workload import Workload
from tuner.platforms.base import InvocationRequest, TargetDescription
from tuner.records import FunctionSettings, Invocation, Outcome
from tuner.units import TIMEOUT_MAX_S

if TYPE_CHECKING:
    import numpy as np

_OUTCOMES = {"ok": Outcome.OK, "timeout": Outcome.TIMEOUT, "out_of_memory": Outcome.OUT_OF_MEMORY}
_ERROR_TYPES = {"timeout": "Sandbox.Timedout", "out_of_memory": "Runtime.OutOfMemory"}


class ModelPlatform:
    """Runs a workload model. One random stream a memory size, so that the order of sizes changes nothing."""

    def __init__(self, workload: Workload, *, seed: int, current: FunctionSettings | None = None) -> None:
        self._workload = workload
        self._seed = seed
        self._current = current
        self._streams: dict[int, np.random.Generator] = {}
        self._started: dict[int, int] = {}  # environments started, by memory size
        self._idle: set[int] = set()  # the sizes that have a running environment

    def describe(self) -> TargetDescription:
        """The model's name and architecture; every size can be measured."""
        return TargetDescription(
            function=self._workload.name,
            platform="model",
            architecture=self._workload.architecture,
            measurable_mb=(MEMORY_MIN_MB, MEMORY_MAX_MB),
            current=self._current,
            default_timeout_s=TIMEOUT_MAX_S,  # nobody waits for a model
            conditions={"workload": self._workload.name, "seed": self._seed},
        )

    def prepare(self, memory_sizes_mb: Sequence[int], *, timeout_s: int, cold_calls: int = 0) -> None:
        """A model is always ready."""

    def invoke(self, request: InvocationRequest) -> Invocation:
        """One call, without waiting for it."""
        memory_mb = request.memory_mb
        fresh = request.fresh or memory_mb not in self._idle
        if fresh:
            self._started[memory_mb] = self._started.get(memory_mb, 0) + 1
            self._idle.add(memory_mb)
        call = self._workload.call(
            self._stream(memory_mb), memory_mb=memory_mb, timeout_ms=request.timeout_s * 1000, fresh=fresh
        )
        if call.ending != "ok":
            self._idle.discard(memory_mb)  # a failed environment is not used again
        return Invocation(
            memory_mb=memory_mb,
            outcome=_OUTCOMES[call.ending],
            duration_ms=call.duration_ms,
            billed_duration_ms=billed_duration_ms(call.duration_ms, call.init_duration_ms or 0.0),
            init_duration_ms=call.init_duration_ms,
            max_memory_used_mb=call.max_memory_used_mb,
            environment=f"{memory_mb}-{self._started[memory_mb]}",
            error_type=_ERROR_TYPES.get(call.ending),
        )

    def predict(self, *, timeout_s: int, payload: bytes, memory_mb: Sequence[int]) -> None:
        """A model does not compute, so there is nothing to watch."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was started, so nothing is left."""

    def _stream(self, memory_mb: int) -> np.random.Generator:
        if memory_mb not in self._streams:
            import numpy as np

            self._streams[memory_mb] = np.random.default_rng([self._seed, memory_mb])
        return self._streams[memory_mb]
