"""One invocation through boto3, and what its log says of it."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from tuner.errors import MeasurementError
from tuner.measure.out_of_memory import ERROR_NAMES, FULL
from tuner.measure.report_line import Report, find_report
from tuner.platforms.aws.api import AwsError, explained
from tuner.records import Invocation, Outcome

PATIENCE_S = 60.0
"""How long a throttled or refused invocation is tried again, before the size is given up."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0
NOT_STARTED = (
    "TooManyRequestsException",
    "ServiceException",
    "EC2ThrottledException",
    "EC2UnexpectedException",
    "ENILimitReachedException",
    "SubnetIPAddressLimitReachedException",
    "ResourceNotReadyException",
    "ResourceConflictException",
    "SnapStartNotReadyException",
    "InternalError",
)
"""Refusals before the function was started: trying again invokes it once all the same."""
THROTTLED = "TooManyRequestsException"
MESSAGE_MAX = 300  # characters of the function's own error message
_KILLED = ("signal: killed", "JavaScript heap out of memory")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back of one invocation: never its payload, of which only a failure's own words are kept."""

    request_id: str
    log: str
    failed: bool
    error_type: str | None = None
    error_message: str | None = None


class Invoker:
    """Invokes versions of one function, each exactly once. Safe to use from several threads."""

    def __init__(
        self, client: Any, function: str, *, streams: bool, expected_errors: Collection[str] = ()
    ) -> None:
        self._client = client
        self._function = function
        self._streams = streams
        self._expected = frozenset(expected_errors)

    def invoke(self, qualifier: str | None, payload: bytes, memory_mb: int) -> Invocation:
        """Invoke, waiting where AWS throttles, and classify.

        Raises:
            AwsError: AWS refused for a reason that another call would not change.
            MeasurementError: another memory size than `memory_mb` answered.
        """
        environment = qualifier or "$LATEST"
        deadline = time.monotonic() + PATIENCE_S
        pause = FIRST_PAUSE_S
        while True:
            try:
                answer = self._ask(qualifier, payload)
                break
            except AwsError as error:
                if _is_lost(error):
                    return Invocation(
                        memory_mb,
                        Outcome.UNREADABLE_LOG,
                        environment=environment,
                        error_type=error.code,
                        error_message="the connection was lost before the answer came",
                    )
                if error.code not in NOT_STARTED and error.status < 500:
                    raise
                if time.monotonic() + pause > deadline:
                    if error.code != THROTTLED:
                        raise
                    return Invocation(
                        memory_mb, Outcome.THROTTLED, environment=environment, error_type=error.code
                    )
            time.sleep(pause * random.uniform(0.5, 1.0))  # callers that were throttled together part
            pause = min(LONGEST_PAUSE_S, pause * 2)
        return classify(answer, memory_mb, environment, self._expected)

    def _ask(self, qualifier: str | None, payload: bytes) -> Answer:
        parameters: dict[str, Any] = {"FunctionName": self._function, "Payload": payload, "LogType": "Tail"}
        if qualifier:
            parameters["Qualifier"] = qualifier
        if self._streams:
            with explained("InvokeWithResponseStream"):
                return _streamed(self._client.invoke_with_response_stream(**parameters))
        with explained("Invoke"):
            return _buffered(self._client.invoke(**parameters))


def classify(answer: Answer, memory_mb: int, environment: str, expected: Collection[str] = ()) -> Invocation:
    """What an answer and its log say of an invocation.

    A log without this invocation's own record says nothing of its duration: it is unreadable, not 0 ms.
    Raises `MeasurementError` where the record is of another memory size.
    """
    report = find_report(answer.log, answer.request_id)
    if report is None or report.billed_duration_ms is None:
        return Invocation(
            memory_mb,
            Outcome.UNREADABLE_LOG,
            environment=environment,
            error_type=answer.error_type,
            error_message=answer.error_message,
        )
    if report.memory_mb not in (None, memory_mb):
        raise MeasurementError(
            f"an environment of {report.memory_mb} MB answered where {memory_mb} MB was invoked",
            "somebody else changed the version or alias during the run; run again",
        )
    return Invocation(
        memory_mb=memory_mb,
        outcome=_outcome(answer, report, memory_mb, expected),
        duration_ms=report.duration_ms,
        billed_duration_ms=report.billed_duration_ms,
        init_duration_ms=report.init_duration_ms,
        restore_duration_ms=report.restore_duration_ms,
        max_memory_used_mb=report.max_memory_used_mb,
        environment=environment,
        error_type=report.error_type or answer.error_type,
        error_message=answer.error_message,
    )


def _outcome(answer: Answer, report: Report, memory_mb: int, expected: Collection[str]) -> Outcome:
    """How it ended. Out of memory has many faces: by name, killed, or a timeout with every MB in use."""
    if not answer.failed and report.status in (None, "success"):
        return Outcome.OK
    if answer.error_type in expected:
        return Outcome.OK
    kinds = (report.error_type or "", answer.error_type or "")
    message = answer.error_message or ""
    full = (report.max_memory_used_mb or 0) >= FULL * memory_mb
    timed_out = report.status == "timeout" or "Task timed out after" in message
    if any(kind.endswith(ERROR_NAMES) for kind in kinds) or any(words in message for words in _KILLED):
        return Outcome.OUT_OF_MEMORY
    if full and (timed_out or "Runtime.ExitError" in kinds):
        return Outcome.OUT_OF_MEMORY
    return Outcome.TIMEOUT if timed_out else Outcome.FUNCTION_ERROR


def _buffered(response: dict[str, Any]) -> Answer:
    payload = response["Payload"].read()
    failed = "FunctionError" in response
    kind, message = _failure(payload) if failed else (None, None)
    return Answer(_request_id(response), _log(response.get("LogResult")), failed, kind, message)


def _streamed(response: dict[str, Any]) -> Answer:
    """The end of a streamed answer; its content is read and dropped."""
    end: dict[str, Any] = {}
    for event in response["EventStream"]:
        end = event.get("InvokeComplete", end)
    failed = bool(end.get("ErrorCode"))
    message = str(end.get("ErrorDetails", ""))[:MESSAGE_MAX] or None
    kind = str(end["ErrorCode"]) if failed else None
    if failed and message:
        named, said = _failure(message.encode())
        kind, message = named or kind, said or message
    return Answer(_request_id(response), _log(end.get("LogResult")), failed, kind, message)


def _failure(payload: bytes) -> tuple[str | None, str | None]:
    """The type and message of an error, as every runtime reports them."""
    try:
        document = json.loads(payload)
    except ValueError:
        return None, None
    if not isinstance(document, dict):
        return None, None
    kind, message = document.get("errorType"), document.get("errorMessage")
    return (
        kind if isinstance(kind, str) else None,
        message[:MESSAGE_MAX] if isinstance(message, str) else None,
    )


def _log(encoded: str | None) -> str:
    try:
        return base64.b64decode(encoded or "").decode("utf-8", "replace")
    except ValueError:
        return ""


def _request_id(response: dict[str, Any]) -> str:
    return str(response["ResponseMetadata"].get("RequestId", ""))


def _is_lost(error: AwsError) -> bool:
    """Whether the function may have run although no answer came."""
    return error.status == 0 and error.code in (
        "ReadTimeoutError",
        "ConnectionClosedError",
        "ResponseStreamingError",
        "IncompleteReadError",
    )
