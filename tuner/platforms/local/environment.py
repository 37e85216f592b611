"""One execution environment: started, initialised, invoked, frozen, and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import uuid
from dataclasses import dataclass
from math import ceil

from tuner.errors import MeasurementError
from tuner.platforms.local import quiet
from tuner.platforms.local.runtime_api import Event, EventKind, RuntimeApi
from tuner.platforms.local.supervisor.client import SupervisorClient
from tuner.platforms.local.supervisor.config import SandboxConfig
from tuner.records import Excluded, Invocation, Outcome

INIT_LIMIT_S = 10  # Lambda guide, "Understanding the Lambda execution environment lifecycle"
_NS = 1_000_000_000
_MB = 1024 * 1024
_TOO_LARGE = "Function.ResponseSizeTooLarge"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an environment ended or a call failed; `trace` and `log` may be empty."""

    outcome: Outcome
    error_type: str
    message: str
    trace: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class _Call:
    """How the client answered one event."""

    duration_ms: float
    cpu_ms: float | None = None
    failure: Failure | None = None
    excluded: Excluded | None = None


class Environment:
    """A function's process at one memory size. After `failed` is set it can only be closed.

    `pid` is that process; `window_ns` is when the latest answered call began and ended (`time.monotonic_ns`).
    """

    def __init__(
        self, config: SandboxConfig, api: RuntimeApi, *, memory_mb: int, arn: str, gate: quiet.QuietGate
    ) -> None:
        self.memory_mb = memory_mb
        self.name = config.marker
        self.failed: Failure | None = None
        self.calls = 0
        self.peak_bytes = 0
        self.init_ms: float | None = None
        self.pid = 0
        self.window_ns = (0, 0)
        self._arn = arn
        self._gate = gate
        self._share = config.share
        self._cpus_needed = min(max(1, ceil(config.share)), config.cpus)
        self._api = api
        self._exit_fd: int | None = None
        self._supervisor = SupervisorClient(config)

    @property
    def supervisor_pid(self) -> int:
        """The process above everything that the function starts."""
        return self._supervisor.pid

    @property
    def usable(self) -> bool:
        """Whether the client waits for an event."""
        return self._api.ready

    def initialise(self) -> Failure | None:
        """Start the process and wait until it asks for its first event; why that failed, if it did."""
        started = self._supervisor.request("start")
        spawned_ns = int(started["spawned_ns"])
        self.pid = int(started["pid"])
        try:
            self._exit_fd = os.pidfd_open(self.pid)
        except ProcessLookupError:  # ended and collected already
            self.failed = self._exit_failure()
            return self.failed
        self._api.watch_exit(self._exit_fd)
        event = self._wait(spawned_ns + INIT_LIMIT_S * _NS)
        if event is None:
            text = f"init took longer than {INIT_LIMIT_S} s"
            self.failed = Failure(Outcome.TIMEOUT, "Sandbox.Timedout", text, log=self._log())
        elif event.kind is EventKind.NEXT:
            self.init_ms = (event.at_ns - spawned_ns) / 1e6
            # As on Lambda, init ran with full CPU; the share applies from here on.
            self._supervisor.request("throttle")
            self._supervisor.request("freeze")
        elif event.kind is EventKind.INIT_ERROR:
            kind, message, trace = event.error()
            self.failed = Failure(Outcome.FUNCTION_ERROR, kind, message, trace)
            self._api.acknowledge(event)
        elif event.kind is EventKind.EXITED:
            self.failed = self._exit_failure()
        else:
            text = "the runtime answered before it had an event"
            self.failed = Failure(Outcome.FUNCTION_ERROR, "Runtime.InvalidState", text)
        return self.failed

    def invoke(self, payload: bytes, timeout_s: int) -> Invocation:
        """Make one call. Must not be used once `failed` is set."""
        self._gate.wait(self._cpus_needed)
        try:
            self._supervisor.request("wake")
            call = self._call(payload, timeout_s)
        except BaseException:
            # Interrupted half way, it may still owe an answer: never use it again.
            self.failed = Failure(Outcome.FUNCTION_ERROR, "Sandbox.Interrupted", "the call was interrupted")
            raise
        cold, self.calls = self.calls == 0, self.calls + 1
        init_ms = self.init_ms if cold else None
        failure = call.failure
        peak_mb = ceil(self.peak_bytes / _MB) if self.peak_bytes else None
        if failure and failure.outcome is Outcome.OUT_OF_MEMORY:
            peak_mb = self.memory_mb
        return Invocation(
            memory_mb=self.memory_mb,
            outcome=failure.outcome if failure else Outcome.OK,
            duration_ms=call.duration_ms,
            # Init is billed since 2025-08-01 (AWS compute blog, "standardizes billing for INIT phase").
            billed_duration_ms=ceil(call.duration_ms + (init_ms or 0.0)),
            init_duration_ms=init_ms,
            max_memory_used_mb=peak_mb if peak_mb is None else min(peak_mb, self.memory_mb),
            cpu_time_ms=call.cpu_ms,
            environment=self.name,
            error_type=failure.error_type if failure else None,
            error_message=failure.message if failure else None,
            excluded=call.excluded,
        )

    def close(self) -> None:
        """End the process and everything it started, and remove the sandbox. May be called twice."""
        self._api.close()
        if self._exit_fd is not None:
            with contextlib.suppress(OSError):
                os.close(self._exit_fd)
            self._exit_fd = None
        self._supervisor.close()

    def _call(self, payload: bytes, timeout_s: int) -> _Call:
        before = self._reading()
        deadline_ms = int((time.time() + timeout_s) * 1000)
        headers = {
            "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": _trace_id(),
        }
        sent_ns = time.monotonic_ns()
        until_ns = sent_ns + timeout_s * _NS
        sent = self._api.send_event(str(uuid.uuid4()), payload, headers, timeout_s)
        event = self._wait(until_ns)
        while sent and event is not None and event.kind is EventKind.NEXT:
            # The client asks again without having answered: the event is lost, the call can only time out.
            event = self._wait(until_ns)
        if event is None:
            return self._timed_out(timeout_s)
        self.window_ns = (sent_ns, event.at_ns)
        duration_ms = (event.at_ns - sent_ns) / 1e6
        if event.kind is EventKind.EXITED:
            self.failed = self._exit_failure()
            return _Call(duration_ms, failure=self.failed)
        # The client waits for our acknowledgement, so its work after the response is not in the counters.
        after = self._reading()
        cpu_ms = (after.sandbox_ns - before.sandbox_ns) / 1e6
        excluded = Excluded.DISTURBED if quiet.disturbed(before, after, self._share) else None
        failure = self._answer_failure(event)
        if event.error_type == _TOO_LARGE and failure:
            self._api.refuse(event, failure.error_type, failure.message)
        else:
            self._api.acknowledge(event)
        self._settle(until_ns)
        return _Call(duration_ms, cpu_ms, failure, excluded)

    def _answer_failure(self, event: Event) -> Failure | None:
        if event.error_type == _TOO_LARGE:
            text = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
            return Failure(Outcome.FUNCTION_ERROR, _TOO_LARGE, text)
        if event.kind is EventKind.RESPONSE:
            return None
        kind, message, trace = event.error()
        return Failure(Outcome.FUNCTION_ERROR, kind, message, trace)

    def _settle(self, until_ns: int) -> None:
        """Wait until the client asks for the next event, then freeze it; the answer of the call is known."""
        while True:
            event = self._wait(until_ns)
            if event is None or event.kind is EventKind.EXITED:
                status = Outcome.TIMEOUT if event is None else Outcome.FUNCTION_ERROR
                self.failed = Failure(status, "Runtime.ExitError", "ended after its response")
                return
            if event.kind is EventKind.NEXT:
                self._supervisor.request("freeze")
                return
            self._api.acknowledge(event)

    def _timed_out(self, timeout_s: int) -> _Call:
        self._reading()  # for the peak
        text = f"Task timed out after {timeout_s:.2f} seconds"
        self.failed = Failure(Outcome.TIMEOUT, "Sandbox.Timedout", text)
        return _Call(timeout_s * 1000.0, failure=self.failed)

    def _wait(self, until_ns: int) -> Event | None:
        return self._api.wait(until_ns)

    def _reading(self) -> quiet.Reading:
        counters = self._supervisor.request("read")
        self.peak_bytes = max(self.peak_bytes, int(counters["peak_bytes"]))
        cpu, waited = int(counters["cpu_ns"]), int(counters["waited_ns"])
        return quiet.take_reading(cpu, waited, self._supervisor.pid)

    def _exit_failure(self) -> Failure:
        status = self._supervisor.request("status")
        self.peak_bytes = max(self.peak_bytes, int(status["peak_bytes"]))
        log, code = str(status["log_tail"]), status["returncode"]
        message = _exit_message(code)
        if status["out_of_memory"] and code in (-signal.SIGKILL, 137, None):
            return Failure(Outcome.OUT_OF_MEMORY, "Runtime.OutOfMemory", message, log=log)
        return Failure(Outcome.FUNCTION_ERROR, "Runtime.ExitError", message, log=log)

    def _log(self) -> str:
        with contextlib.suppress(MeasurementError):
            return str(self._supervisor.request("log")["log_tail"])
        return ""


def _exit_message(code: int | None) -> str:
    """The service's own words for how a runtime ended."""
    if code == 0 or code is None:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    # The service says "signal: killed", as Go's os.ProcessState does.
    return f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"


def _trace_id() -> str:
    random = uuid.uuid4().hex
    return f"Root=1-{int(time.time()):08x}-{random[:24]};Parent={random[16:]};Sampled=0"
