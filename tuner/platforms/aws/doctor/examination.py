"""All checks in their order: each goes as far as the one before it lets it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tuner.errors import TunerError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.doctor.caller import Caller, account_findings, caller_findings, read_caller
from tuner.platforms.aws.doctor.evidence import Evidence, read_evidence
from tuner.platforms.aws.doctor.findings import Finding, Group, Severity, worst
from tuner.platforms.aws.doctor.first_call import call_finding
from tuner.platforms.aws.doctor.machine import journal_findings, price_finding, version_finding
from tuner.platforms.aws.doctor.permission_check import (
    Permission,
    Standing,
    check_permissions,
    permission_findings,
)
from tuner.platforms.aws.doctor.practices import audit
from tuner.platforms.aws.doctor.readiness import readiness_findings
from tuner.platforms.aws.invoking import Invoker
from tuner.platforms.aws.names import FunctionName
from tuner.platforms.aws.permissions import Mode
from tuner.records import Invocation


@dataclass(frozen=True, slots=True)
class FirstCall:
    """How the function is invoked once; `announce` is called just before."""

    payload: bytes = field(repr=False)
    streams: bool = False
    expected_errors: tuple[str, ...] = ()
    announce: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found; `function` is its ARN, where one was looked at."""

    function: str | None
    findings: tuple[Finding, ...]


def examine(
    connection: Connection, name: FunctionName | None, *, mode: Mode, first_call: FirstCall | None
) -> Examination:
    """Check the caller and the machine, and a function if one is named.

    Args:
        connection: who calls, and where.
        name: the function; None to look at the caller alone.
        mode: the calls of which the permission is checked.
        first_call: how to invoke it once; None not to.

    Raises:
        UsageError: there is no such function, or no region.
    """
    api = Api(connection)
    try:
        caller = read_caller(api)
    except AwsError as error:
        failed = _failed(Group.SETUP, "D-CREDENTIALS", error)
        return Examination(None, (failed, version_finding(), *journal_findings(None)))
    today = datetime.now(UTC).date()
    setup = (*caller_findings(caller), version_finding(), price_finding(caller.region, today))
    if name is None:
        return Examination(None, (*setup, *_account(api), *journal_findings(None)))
    try:
        evidence = read_evidence(api, name)
    except AwsError as error:
        group = Group.PERMISSIONS if error.denied else Group.FUNCTION
        return Examination(None, (*setup, *journal_findings(None), _failed(group, "D-UNREADABLE", error)))
    arn = evidence.function.arn
    account = account_findings(evidence.function.account) if evidence.function.account else ()
    setup = (*setup, *account, *journal_findings(arn))
    return Examination(arn, (*setup, *_of_function(api, caller, evidence, mode, first_call)))


def _of_function(
    api: Api, caller: Caller, evidence: Evidence, mode: Mode, first_call: FirstCall | None
) -> Iterator[Finding]:
    function = evidence.function
    client = api.connection.invoking_client(timeout_s=function.settings.timeout_s, parallel=1)
    permissions = check_permissions(api, client, evidence, caller, mode)
    yield from permission_findings(permissions, str(function.name), mode)
    readiness = tuple(readiness_findings(evidence))
    yield from readiness
    if first_call is None:
        yield Finding(Group.CALL, "D-CALL", Severity.NOTE, "not invoked, as asked")
    elif worst(readiness) is Severity.ERROR or _may_not_invoke(permissions):
        yield Finding(Group.CALL, "D-CALL", Severity.NOTE, "not invoked: that could not succeed, see above")
    else:
        outcome = _call(client, evidence, first_call)
        if isinstance(outcome, Invocation):
            evidence = replace(evidence, call=outcome)
            yield call_finding(outcome)
        else:
            yield _failed(Group.CALL, "D-CALL", outcome)
    yield from audit(evidence)


def _call(client: Any, evidence: Evidence, first_call: FirstCall) -> Invocation | TunerError:
    function = evidence.function
    first_call.announce()
    invoker = Invoker(
        client,
        function.arn,
        streams=first_call.streams or function.streams,
        expected_errors=first_call.expected_errors,
    )
    try:
        return invoker.invoke(function.name.qualifier, first_call.payload, function.settings.memory_mb)
    except TunerError as error:
        return error


def _may_not_invoke(permissions: Iterable[Permission]) -> bool:
    return any(p.call.operation == "Invoke" and p.standing is Standing.DENIED for p in permissions)


def _account(api: Api) -> Iterator[Finding]:
    try:
        yield from account_findings(api.call("GetAccountSettings"))
    except AwsError as error:
        text = f"the limits of the account are not checked: {error.message}"
        yield Finding(Group.SETUP, "D-ACCOUNT", Severity.NOTE, text)


def _failed(group: Group, code: str, error: TunerError) -> Finding:
    return Finding(group, code, Severity.ERROR, error.message, error.hint)
