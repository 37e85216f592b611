"""What was asked of the fake, for tests to look at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request and how it was answered; `status` is None where the connection was dropped.

    `parameters` are parsed, without the payload. `at` is the fake's time [s since 1970].
    """

    sequence: int
    service: str
    operation: str
    status: int | None
    error: str | None = None
    function: str | None = None
    qualifier: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    payload: bytes = field(repr=False, default=b"")
    at: float = 0.0

    @property
    def payload_sha256(self) -> str:
        """The payload's digest."""
        return hashlib.sha256(self.payload).hexdigest()


@dataclass(frozen=True, slots=True)
class InvocationRecord:
    """One invocation that ran, with what was reported of it."""

    sequence: int
    function: str
    qualifier: str | None
    version: str
    memory_mb: int
    timeout_s: int
    environment: str
    cold: bool
    ending: str
    duration_ms: float
    billed_duration_ms: int
    init_duration_ms: float | None
    restore_duration_ms: float | None
    variables: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = field(repr=False, default=b"")

    @property
    def payload_sha256(self) -> str:
        """The payload's digest."""
        return hashlib.sha256(self.payload).hexdigest()
