"""The data plane: an invocation from the call to its answer, its log and its record."""

from __future__ import annotations

import base64
import itertools
import json
import random
import uuid
from dataclasses import dataclass, field
from typing import Any

from fake_lambda import eventstream
from fake_lambda.account import Account
from fake_lambda.behaviour import InvokeRequest, Run
from fake_lambda.environments import Environment, Environments
from fake_lambda.errors import ApiError, conflict, throttled
from fake_lambda.faults import FaultKind
from fake_lambda.functions import Function, Version
from fake_lambda.limits import Concurrency
from fake_lambda.logs import TAIL_BYTES, LogStyle, Report, error_of, log_text, report_of
from fake_lambda.messages import Answer
from fake_lambda.production import Trace
from fake_lambda.recording import InvocationRecord
from fake_lambda.routes import Call

_PAYLOAD_MAX_BYTES = 6 * 1024 * 1024
_STREAM_CHUNK_BYTES = 1024

# What a function that writes to the same stream may leave between whole lines.
_BROKEN_LINES = (
    '{"timestamp":"2026-01-01T00:00:00.000Z","level":"INFO","mess\n',
    '{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId"\n',
    "[1, 2\n",
    "null\n",
    "REPORT of the day\n",
)


@dataclass(slots=True)
class _Started:
    """An invocation between its start and its end; everything is as it was when it started."""

    function: Function
    qualifier: str | None
    request: InvokeRequest
    environment: Environment
    style: LogStyle


@dataclass(slots=True)
class Invoker:
    """Invokes functions. Only the start and the end hold the account's lock."""

    account: Account
    seed: int
    records: list[InvocationRecord] = field(default_factory=list)
    throttled_shares: dict[str, float] = field(default_factory=dict)  # by version
    environments: Environments = field(init=False)
    concurrency: Concurrency = field(init=False)
    _sequence: itertools.count[int] = field(default_factory=itertools.count)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.environments = Environments(self.seed)
        self.concurrency = Concurrency(self.account)
        self._random = random.Random(self.seed)

    def invoke(self, call: Call) -> Answer:
        """The answer to `Invoke`."""
        kind = call.parameters.get("InvocationType", "RequestResponse")
        started = self._start(call)
        headers = {
            "x-amzn-RequestId": started.request.request_id,
            "X-Amz-Executed-Version": started.request.version,
            "Content-Type": "application/json",
        }
        if kind == "DryRun":
            self._give_up(started)
            return Answer(204, b"", headers)
        run, error, log = self._run(started)
        if kind == "Event":
            return Answer(202, b"", headers)
        if error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if (tail := _tail(call, log)) is not None:
            headers["X-Amz-Log-Result"] = tail
        return Answer(200, json.dumps(error).encode() if error else run.payload, headers)

    def invoke_with_stream(self, call: Call) -> Answer:
        """The answer to `InvokeWithResponseStream`."""
        started = self._start(call)
        headers = {
            "x-amzn-RequestId": started.request.request_id,
            "X-Amz-Executed-Version": started.request.version,
            "Content-Type": eventstream.CONTENT_TYPE,
        }
        if call.parameters.get("InvocationType") == "DryRun":
            self._give_up(started)
            return Answer(204, b"", headers)
        run, error, log = self._run(started)
        completion: dict[str, Any] = {}
        if error:
            completion = {"ErrorCode": error.get("errorType", "Unhandled"), "ErrorDetails": json.dumps(error)}
        if (tail := _tail(call, log)) is not None:
            completion["LogResult"] = tail
        size = _STREAM_CHUNK_BYTES
        chunks = [run.payload[i : i + size] for i in range(0, len(run.payload), size)] if not error else []
        return Answer(200, eventstream.response_stream(chunks, completion), headers)

    def _start(self, call: Call) -> _Started:
        with self.account.lock:
            self.account.settle()
            function, qualifier = self.account.find(call.parameters, region=call.region)
            version = self._routed(function, qualifier)
            _check_payload(call.payload)
            _check_invocable(version)
            self._admit(function, qualifier, version)
            environment = self.environments.take(function, version)
            settings = version.running
            request = InvokeRequest(
                function=function.name,
                version=version.number,
                memory_mb=settings["MemorySize"],
                timeout_s=settings["Timeout"],
                variables=settings.get("Environment", {}).get("Variables", {}),
                cold=not environment.used,
                environment=environment.name,
                request_id=str(uuid.uuid4()),
                payload=call.payload,
            )
            style = LogStyle(
                format=settings["LoggingConfig"]["LogFormat"],
                status=function.log_style == "new",
                tracing=settings["TracingConfig"]["Mode"] == "Active",
                snap_start=version.snap_start,
                system_level=settings["LoggingConfig"].get("SystemLogLevel", "INFO"),
            )
            return _Started(function, qualifier, request, environment, style)

    def _run(self, started: _Started) -> tuple[Run, dict[str, Any] | None, str]:
        healthy = False
        try:
            run = started.function.behaviour.run(started.request, started.environment.rng)
            healthy = run.ending in ("ok", "error")
        finally:
            with self.account.lock:
                self.concurrency.end(started.function)
                self.environments.give_back(started.environment, healthy=healthy)
        report = report_of(started.request, run, started.style)
        self._record(started, run, report)
        moment = self.account.clock.moment()
        error = error_of(started.request, run, started.style, moment)
        log = log_text(started.request, run, report, started.style, moment)
        self._trace(
            started.function,
            started.qualifier,
            started.request.version,
            environment=started.request.environment,
            failed=error is not None,
            duration_ms=report.duration_ms,
            log=log,
        )
        return run, error, log

    def _give_up(self, started: _Started) -> None:
        """A dry run starts nothing: an environment taken for it is as it was."""
        with self.account.lock:
            self.concurrency.end(started.function)
            self.environments.put_back(started.environment)

    def _admit(self, function: Function, qualifier: str | None, version: Version) -> None:
        """Let an invocation in, or throttle it."""
        try:
            share = self.throttled_shares.get(version.number)
            if share is not None and self._random.random() < share:
                raise throttled("Rate Exceeded.", "ReservedFunctionConcurrentInvocationLimitExceeded")
            self.concurrency.start(function)
        except ApiError:
            self._trace(function, qualifier, version.number)
            raise

    def _trace(
        self,
        function: Function,
        qualifier: str | None,
        version: str,
        *,
        environment: str = "",
        failed: bool = False,
        duration_ms: float | None = None,
        log: str = "",
    ) -> None:
        at = self.account.clock.now()
        trace = Trace(at, function.name, qualifier, version, environment, failed, duration_ms, log)
        with self.account.lock:
            self.account.traces.append(trace)

    def _record(self, started: _Started, run: Run, report: Report) -> None:
        request = started.request
        with self.account.lock:
            record = InvocationRecord(
                sequence=next(self._sequence),
                function=request.function,
                qualifier=started.qualifier,
                version=request.version,
                memory_mb=request.memory_mb,
                timeout_s=request.timeout_s,
                environment=request.environment,
                cold=request.cold,
                ending=run.ending,
                duration_ms=report.duration_ms,
                billed_duration_ms=report.billed_duration_ms,
                init_duration_ms=report.init_duration_ms,
                restore_duration_ms=report.restore_duration_ms,
                variables=dict(request.variables),
                payload=request.payload,
            )
            self.records.append(record)

    def _routed(self, function: Function, qualifier: str | None) -> Version:
        """The version that answers; an alias with weights sends some calls to the other one."""
        alias = function.aliases.get(qualifier or "")
        draw = self._random.random() if alias and alias.routing else 1.0
        for number, weight in alias.routing.items() if alias else ():
            if draw < weight:
                return function.versions[number]
            draw -= weight
        return self.account.version(function, qualifier)


def _check_payload(payload: bytes) -> None:
    if len(payload) > _PAYLOAD_MAX_BYTES:
        raise ApiError(
            413,
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the RequestResponse invocation type "
            f"(limit {_PAYLOAD_MAX_BYTES} bytes)",
        )
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        raise ApiError(
            400, "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error


def _check_invocable(version: Version) -> None:
    if version.state != "Active":
        raise conflict(
            "The operation cannot be performed at this time. "
            f"The function is currently in the following state: {version.state}"
        )


def _tail(call: Call, log: str) -> str | None:
    """The end of the log as an answer carries it, if it was asked for; faults strike here."""
    kinds = {FaultKind(fault.kind) for fault in call.faults}
    if call.parameters.get("LogType") != "Tail" or FaultKind.NO_LOG in kinds:
        return None
    if FaultKind.BROKEN_LOG in kinds:
        *before, last = log.splitlines(keepends=True)
        log = "".join([*before, *_BROKEN_LINES, last])
    tail = log.encode()[-TAIL_BYTES:]
    if FaultKind.CUT_LOG in kinds:
        tail = tail[: max(tail.rfind(b"REPORT"), tail.rfind(b'"platform.report"')) + 3]
    return base64.b64encode(tail).decode()
