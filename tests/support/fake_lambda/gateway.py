"""The way of a request: faults and limits, the operation itself, the check of its answer, the record."""

from __future__ import annotations

import itertools
import json
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from botocore.model import OperationModel

from fake_lambda.account import ACCOUNT_ID, Account, split_name
from fake_lambda.control import FunctionControl, Handler
from fake_lambda.errors import ApiError
from fake_lambda.faults import Fault, FaultKind, Faults
from fake_lambda.invoke import Invoker
from fake_lambda.limits import DATA_PLANE, ControlRate
from fake_lambda.messages import Answer, Request
from fake_lambda.neighbours import Neighbours
from fake_lambda.protocols import action_name, denied_code, error_answer, operation_name
from fake_lambda.recording import RequestRecord
from fake_lambda.routes import Call, find_call
from fake_lambda.validation import check_input, output_problems

OnRequest = Callable[[str, str], None]


class ConnectionDropped(Exception):  # noqa: N818 - not an error of the fake
    """The client gets no answer."""


@dataclass(slots=True)
class Gateway:
    """Answers every request. Several threads use it; what they share is under a lock."""

    account: Account
    control: FunctionControl
    operations: Mapping[str, Handler]
    invoker: Invoker
    neighbours: Neighbours
    rate: ControlRate
    faults: Faults = field(default_factory=Faults)
    on_request: OnRequest | None = None
    records: list[RequestRecord] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    _sequence: itertools.count[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def handle(self, request: Request) -> Answer | None:
        """The answer to a request; None where the connection is to be dropped."""
        visit = _Visit(request, next(self._sequence))
        try:
            answer = self._lambda(visit) if request.service == "lambda" else self._neighbour(visit)
        except ApiError as error:
            visit.error = error.code
            answer = error_answer(request, visit.call.model if visit.call else None, error)
        except ConnectionDropped:
            answer = None
        except Exception:  # the fake itself is broken: the test must hear of it, not only its client
            answer = self._defect(visit, traceback.format_exc())
        self._record(visit, answer)
        if self.on_request:
            self.on_request(visit.operation, "after")
        return answer

    def _lambda(self, visit: _Visit) -> Answer:
        call = find_call(visit.request)
        if call is None:
            raise ApiError(404, "UnknownOperationException", f"There is no {visit.request.target} in Lambda")
        visit.call = call
        visit.operation = call.operation
        self._notify_before(visit)
        if call.operation not in DATA_PLANE:
            self.account.clock.tick()
        call.faults = self.faults.striking(call.operation, visit.function)
        self.rate.check(call.operation)
        self._strike_before(visit, call.faults)
        answer = self._perform(visit, call)
        _strike_after(call.faults)
        return answer

    def _perform(self, visit: _Visit, call: Call) -> Answer:
        check_input(call.model, call.parameters, memory_cap_mb=self.account.limits.memory_cap_mb)
        if call.operation == "Invoke":
            return self.invoker.invoke(call)
        if call.operation == "InvokeWithResponseStream":
            return self.invoker.invoke_with_stream(call)
        handler = self.operations.get(call.operation)
        if handler is None:
            return self._defect(visit, f"{call.operation} is not played by the fake")
        with self.account.lock:
            self.account.settle()
            document = handler(call)
            if problems := output_problems(call.model, document):
                return self._defect(visit, f"the answer to {call.operation} is not AWS's: {problems}")
        return _answer(call.model, document)

    def _neighbour(self, visit: _Visit) -> Answer:
        visit.operation = operation_name(visit.request)
        self._notify_before(visit)
        faults = self.faults.striking(visit.operation, None)
        self._strike_before(visit, faults)
        answer = self.neighbours.answer(visit.request, visit.operation)
        _strike_after(faults)
        return answer

    def _notify_before(self, visit: _Visit) -> None:
        if self.on_request:
            self.on_request(visit.operation, "before")

    def _strike_before(self, visit: _Visit, faults: tuple[Fault, ...]) -> None:
        for fault in faults:
            match fault.kind:
                case FaultKind.FOREIGN_CHANGE if visit.call:
                    with self.account.lock:
                        self.account.settle()
                        function, _ = self.account.find(visit.call.parameters, region=visit.call.region)
                        self.control.update(function, fault.change)
                        function.latest.settle(float("inf"))  # it was made a while ago
                case FaultKind.ERROR_BEFORE if fault.code == "AccessDeniedException" and not fault.message:
                    raise visit.denied()
                case FaultKind.ERROR_BEFORE:
                    _fail(fault)
                case FaultKind.DROP_BEFORE:
                    raise ConnectionDropped

    def _record(self, visit: _Visit, answer: Answer | None) -> None:
        call = visit.call
        record = RequestRecord(
            sequence=visit.sequence,
            service=visit.request.service,
            operation=visit.operation,
            status=answer.status if answer else None,
            error=visit.error,
            function=visit.function,
            qualifier=visit.qualifier,
            parameters=dict(call.parameters) if call else {},
            payload=call.payload if call else b"",
            at=self.account.clock.now(),
        )
        with self._lock:
            self.records.append(record)

    def _defect(self, visit: _Visit, text: str) -> Answer:
        with self._lock:
            self.defects.append(f"{visit.operation}: {text}")
        error = ApiError(500, "FakeLambdaDefect", text)
        visit.error = error.code
        return error_answer(visit.request, visit.call.model if visit.call else None, error)


@dataclass(slots=True)
class _Visit:
    """One request on its way, with what became known of it."""

    request: Request
    sequence: int
    operation: str = ""
    call: Call | None = None
    error: str | None = None

    @property
    def function(self) -> str | None:
        """The plain name of the function, whatever form the request has it in."""
        if self.call is None:
            return None
        return split_name(str(self.call.parameters.get("FunctionName") or ""))[0] or None

    @property
    def qualifier(self) -> str | None:
        """The version or alias asked for, in the name or beside it."""
        if self.call is None:
            return None
        in_name = split_name(str(self.call.parameters.get("FunctionName") or ""))[1]
        return self.call.parameters.get("Qualifier") or in_name

    def denied(self) -> ApiError:
        """What a user without a policy for this is told."""
        action = action_name(self.request.service, self.operation)
        resource = "*"
        if self.function:
            resource = f"arn:aws:lambda:{self.request.region}:{ACCOUNT_ID}:function:{self.function}"
            resource += f":{self.qualifier}" if self.qualifier else ""
        user = f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/ci/build"
        return ApiError(
            403,
            denied_code(self.request),
            f"User: {user} is not authorized to perform: {action} on resource: {resource} "
            f"because no identity-based policy allows the {action} action",
        )


def _strike_after(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        match fault.kind:
            case FaultKind.SLOW:
                time.sleep(fault.seconds)
            case FaultKind.ERROR_AFTER:
                _fail(fault)
            case FaultKind.DROP_AFTER:
                raise ConnectionDropped


def _fail(fault: Fault) -> NoReturn:
    raise ApiError(fault.status, fault.code, fault.message, **fault.members)


def _answer(model: OperationModel, document: dict[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
    status = int(document.pop("StatusCode", model.http["responseCode"]))
    return Answer(status, json.dumps(document).encode() if status != 204 else b"", headers)
