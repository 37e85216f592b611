"""What a function does when it is invoked: a cost model answers for it, or the real local sandbox runs it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cost_models.workload import Workload
from cost_models.workload_file import load_workload

if TYPE_CHECKING:
    import numpy as np

    from tuner.platforms.local import LocalPlatform

Ending = Literal["ok", "error", "timeout", "out_of_memory"]

_ANSWER = b'{"statusCode": 200, "body": "ok"}'
_USED_MB = 40  # what AWS reports where a model does not say


class FunctionFailure(Exception):  # noqa: N818 - it is what a handler raises, named for the tests that raise it
    """Raised by a handler: the function's own error."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.message = message


@dataclass(frozen=True, slots=True)
class InvokeRequest:
    """One invocation as a function sees it; `cold` is its environment's first, `environment` its number."""

    function: str
    version: str
    memory_mb: int
    timeout_s: int
    variables: Mapping[str, str]
    cold: bool
    environment: str
    request_id: str
    payload: bytes = field(repr=False, default=b"")

    @property
    def event(self) -> Any:
        """The payload as the function gets it."""
        return json.loads(self.payload or b"{}")


@dataclass(frozen=True, slots=True)
class Run:
    """How one invocation went. Durations in ms, memory in MB; `payload` is the answer where it ended well."""

    ending: Ending
    duration_ms: float
    init_duration_ms: float | None
    max_memory_used_mb: int
    payload: bytes = field(repr=False, default=_ANSWER)
    error_type: str = ""
    error_message: str = ""
    log_lines: tuple[str, ...] = ()


Handler = Callable[[Any, int], Any]
LogLines = Callable[[InvokeRequest], list[str]]


class Behaviour(Protocol):
    """What stands behind a function."""

    def run(self, request: InvokeRequest, rng: np.random.Generator) -> Run:
        """Run it once; it may take real time."""
        ...

    def close(self) -> None:
        """Stop what was started."""
        ...


@dataclass(frozen=True, slots=True)
class ModelBehaviour:
    """A workload tells the durations, a handler the answer. `real_time` is how long it really takes: 0 not
    at all, 1 as long as it says.
    """

    workload: Workload
    handler: Handler | None = None
    log_lines: LogLines | None = None
    real_time: float = 0.0

    def run(self, request: InvokeRequest, rng: np.random.Generator) -> Run:
        """One invocation of the model."""
        call = self.workload.call(
            rng, memory_mb=request.memory_mb, timeout_ms=request.timeout_s * 1000, fresh=request.cold
        )
        if self.real_time:
            time.sleep((call.duration_ms + (call.init_duration_ms or 0.0)) / 1000 * self.real_time)
        lines = tuple(self.log_lines(request)) if self.log_lines else ()
        used = min(call.max_memory_used_mb or _USED_MB, request.memory_mb)
        ending, answer, failure = self._answer(request) if call.ending == "ok" else (call.ending, b"", None)
        return Run(
            ending,
            call.duration_ms,
            call.init_duration_ms,
            used,
            payload=answer,
            error_type=failure.error_type if failure else "",
            error_message=failure.message if failure else "",
            log_lines=lines,
        )

    def close(self) -> None:
        """Nothing was started."""

    def _answer(self, request: InvokeRequest) -> tuple[Ending, bytes, FunctionFailure | None]:
        if self.handler is None:
            return "ok", _ANSWER, None
        try:
            return "ok", json.dumps(self.handler(request.event, request.memory_mb)).encode(), None
        except FunctionFailure as failure:
            return "error", b"", failure


class SandboxBehaviour:
    """The function really runs, in the local sandbox, one call at a time."""

    def __init__(self, spec: str, root: Path, *, log_lines: LogLines | None = None) -> None:
        self._spec = spec
        self._root = root
        self._log_lines = log_lines
        self._lock = threading.Lock()
        self._platform: LocalPlatform | None = None

    def run(self, request: InvokeRequest, rng: np.random.Generator) -> Run:
        """One real invocation; memory above what this machine can show runs at the largest it can."""
        from tuner.platforms.base import InvocationRequest
        from tuner.records import Outcome

        endings: Mapping[Outcome, Ending] = {
            Outcome.OK: "ok",
            Outcome.TIMEOUT: "timeout",
            Outcome.OUT_OF_MEMORY: "out_of_memory",
        }
        with self._lock:
            platform = self._opened()
            memory_mb = min(request.memory_mb, platform.describe().measurable_mb[1])
            result = platform.invoke(
                InvocationRequest(memory_mb, request.timeout_s, request.payload or b"{}", fresh=request.cold)
            )
        return Run(
            endings.get(result.outcome, "error"),
            result.duration_ms or 0.0,
            result.init_duration_ms,
            min(result.max_memory_used_mb or _USED_MB, request.memory_mb),
            error_type=result.error_type or "",
            error_message=result.error_message or "",
            log_lines=tuple(self._log_lines(request)) if self._log_lines else (),
        )

    def close(self) -> None:
        """End the sandbox."""
        with self._lock:
            if self._platform is not None:
                self._platform.close()
            self._platform = None

    def _opened(self) -> LocalPlatform:
        if self._platform is None:
            from tuner.platforms.local import open_local

            self._platform = open_local(self._spec, root=self._root)
        return self._platform


def default_behaviour() -> Behaviour:
    """What a function does of which nothing was said."""
    return ModelBehaviour(load_workload("cpu-bound"))
