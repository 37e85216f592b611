"""What can go wrong on purpose, at which request, and how often."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class FaultKind(StrEnum):
    """What goes wrong. *Before* and *after* are told from the moment when the request takes effect."""

    ERROR_BEFORE = "error_before"
    ERROR_AFTER = "error_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    SLOW = "slow"
    NO_LOG = "no_log"
    CUT_LOG = "cut_log"
    BROKEN_LOG = "broken_log"
    LONG_UPDATE = "long_update"
    FAILED_UPDATE = "failed_update"
    FOREIGN_CHANGE = "foreign_change"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    It strikes the `nth` request of `operation` ("*" for any) and the ones after it, `times` in all (None for
    ever); with a `probability` each of those only by chance, from `seed`. `status`, `code` and `message` are
    the error's, `seconds` how long an answer takes, or an update longer. A foreign change is what somebody
    else sets just before: the members of `UpdateFunctionConfiguration`, or a new `ZipFile`.
    """

    operation: str
    kind: FaultKind | str = FaultKind.ERROR_BEFORE
    nth: int = 1
    times: int | None = 1
    probability: float | None = None
    seed: int = 0
    function: str | None = None
    status: int = 500
    code: str = "ServiceException"
    message: str = "An internal error occurred."
    members: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    change: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        FaultKind(self.kind)

    @classmethod
    def throttled(cls, operation: str, **options: Any) -> Self:
        """The answer of an account that calls too often."""
        return cls(
            operation,
            status=429,
            code="TooManyRequestsException",
            message="Rate exceeded",
            members={"Reason": "CallerRateLimitExceeded"},
            **options,
        )

    @classmethod
    def denied(cls, operation: str, **options: Any) -> Self:
        """The answer to a user whom no policy allows this; for ever, as policies are."""
        return cls(
            operation, status=403, code="AccessDeniedException", message="", **{"times": None, **options}
        )


class Faults:
    """The faults of a fake. Several threads may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def add(self, fault: Fault) -> None:
        """From now on; requests before it are not counted."""
        with self._lock:
            self._armed.append(_Armed(fault))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._armed.clear()

    def striking(self, operation: str, function: str | None) -> tuple[Fault, ...]:
        """Count a request, and tell what goes wrong with it."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed if armed.strikes(operation, function))


class _Armed:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._seen = 0
        self._struck = 0
        self._random = random.Random(fault.seed)

    def strikes(self, operation: str, function: str | None) -> bool:
        fault = self.fault
        if fault.operation not in ("*", operation) or fault.function not in (None, function):
            return False
        self._seen += 1
        if self._seen < fault.nth or (fault.times is not None and self._struck >= fault.times):
            return False
        if fault.probability is not None and self._random.random() >= fault.probability:
            return False
        self._struck += 1
        return True
