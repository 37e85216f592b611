"""What a platform must do so that a function on it can be measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from tuner.plans import Prediction
from tuner.records import Condition, FunctionSettings, Invocation, RunWarning


@dataclass(frozen=True, slots=True)
class TargetDescription:
    """What is known of a function before it is invoked.

    `measurable_mb` bounds the sizes that this platform can really run; sizes above are extrapolated.
    `warm_ups` is how many warm calls to discard in every new environment; `environments` over how many
    to spread the samples of a size, so that what one process happens to do (a JIT compiler's choices) does
    not pass for an effect of the size. `default_timeout_s` bounds an invocation where the function has no
    timeout of its own. `paid` says that each invocation is billed. `parallel` is how many memory sizes may
    be invoked at the same time. `changes` says in sentences what is changed at the function while it is
    measured. `usual_duration_ms` is what a call took lately at today's size. `conditions` go into the run
    file: whatever two runs must share to be comparable.
    """

    function: str
    platform: str
    architecture: str
    measurable_mb: tuple[int, int]
    current: FunctionSettings | None = None
    warm_ups: int = 0
    environments: int = 1
    default_timeout_s: int = 30
    relative: bool = False
    paid: bool = False
    parallel: int = 1
    changes: tuple[str, ...] = ()
    usual_duration_ms: float | None = None
    conditions: Mapping[str, Condition] = field(default_factory=dict)
    warnings: tuple[RunWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class InvocationRequest:
    """One call to make. `fresh` asks for a new execution environment, so that the call is cold."""

    memory_mb: int
    timeout_s: int
    payload: bytes = field(repr=False)
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Foresight:
    """A prediction with the calls that it rests on."""

    prediction: Prediction
    calls: tuple[Invocation, ...]


class Platform(Protocol):
    """A place where a function runs at a chosen memory size.

    A failed invocation is data: `invoke` returns it with its outcome. It raises `MeasurementError` only
    when no memory size could succeed: no runtime interface client, a handler that cannot be imported.
    Leaving the context stops and removes whatever the platform started.
    """

    def describe(self) -> TargetDescription:
        """Everything known without invoking.

        Raises `UsageError` for a target that is not there, `MeasurementError` when nothing here can run it.
        """
        ...

    def prepare(self, memory_sizes_mb: Sequence[int], *, timeout_s: int, cold_calls: int = 0) -> None:
        """Make these sizes ready to be invoked, together: it may mean changing the function for a while.

        `cold_calls` is how many more calls at each of them will ask for a fresh environment.
        """
        ...

    def invoke(self, request: InvocationRequest) -> Invocation:
        """Make one call and report it. Calls at different sizes may overlap where `parallel` allows it."""
        ...

    def predict(self, *, timeout_s: int, payload: bytes, memory_mb: Sequence[int]) -> Foresight | None:
        """What a few calls at full speed say of every memory size; None where they cannot be watched.

        Raises `MeasurementError` when the function cannot be started or a call failed.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
