"""Which calls the caller may make, found out without making those that change or run something."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tuner.platforms.aws.api import Api, AwsError, explained
from tuner.platforms.aws.deployed import Deployed
from tuner.platforms.aws.doctor.caller import Caller
from tuner.platforms.aws.doctor.evidence import READ_WITH_FUNCTION, Evidence
from tuner.platforms.aws.doctor.findings import Finding, Group, Severity, lambda_guide
from tuner.platforms.aws.permissions import CALLS, ApiCall, Mode, Scope, calls_of, log_group_arn

_CHANGING = (Mode.MUTATE, Mode.ROLL_OUT)
_NEEDED_BY_A_SWEEP = ("GetFunction", "ListVersionsByFunction")
_HARDLY_NEEDED = ("GetProducts", "SimulatePrincipalPolicy")
_SOURCE = lambda_guide("lambda-api-permissions-ref")


class Standing(StrEnum):
    """Whether a call is allowed, as far as that can be known."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Permission:
    """One call of the table and its standing; `why` says why it could not be checked, or on what."""

    call: ApiCall
    standing: Standing
    why: str = ""


def check_permissions(
    api: Api, client: Any, evidence: Evidence, caller: Caller, mode: Mode
) -> tuple[Permission, ...]:
    """The standing of every call that a mode needs for this function.

    `client` is one that sends each invocation once.
    """
    found = [*_reads(evidence)]
    if mode is not Mode.READ:
        found.append(_dry_run(client, evidence.function))
    if mode in _CHANGING:
        found += _simulated(api, evidence.function, caller, mode)
    return tuple(found)


def _reads(evidence: Evidence) -> Iterator[Permission]:
    """The reads are known from having been tried."""
    for operation in dict.fromkeys((*READ_WITH_FUNCTION, *evidence.refusals)):
        call = CALLS[operation]
        if call.action in evidence.function.unread:
            yield Permission(call, Standing.DENIED)
        else:
            yield _tried(call, evidence.refusals.get(operation))


def _tried(call: ApiCall, refusal: AwsError | None, what: str = "") -> Permission:
    if refusal is None:
        return Permission(call, Standing.ALLOWED)
    if refusal.denied:
        return Permission(call, Standing.DENIED, what)
    return Permission(call, Standing.UNCHECKED, f"AWS answered {refusal.code}")


def _dry_run(client: Any, function: Deployed) -> Permission:
    """Whether it may be invoked: a dry run checks that and runs nothing.

    A permission for the ARN alone does not match its versions, and a run invokes both.
    """
    call = CALLS["Invoke"]
    for qualifier, what in ((function.name.qualifier, ""), ("$LATEST", "on its versions")):
        wanted = {"Qualifier": qualifier} if qualifier else {}
        try:
            with explained("Invoke"):
                client.invoke(FunctionName=function.arn, InvocationType="DryRun", **wanted)
        except AwsError as error:
            return _tried(call, error, what)
    return Permission(call, Standing.ALLOWED)


def _simulated(api: Api, function: Deployed, caller: Caller, mode: Mode) -> Iterator[Permission]:
    """The calls that change something are never tried: IAM is asked what it would say."""
    calls = [call for call in calls_of(mode) if call.mode in _CHANGING]
    simulation = CALLS["SimulatePrincipalPolicy"]
    if caller.principal_arn is None:
        why = f"{caller.arn} is no user or role whose policies IAM could simulate"
        yield from (Permission(call, Standing.UNCHECKED, why) for call in calls)
        return
    try:
        results = {call.operation: _simulate(api, function.arn, caller.principal_arn, call) for call in calls}
    except AwsError as error:
        refused = _tried(simulation, error)
        yield refused
        why = f"{simulation.action} is not allowed" if error.denied else refused.why
        yield from (Permission(call, Standing.UNCHECKED, why) for call in calls)
        return
    yield Permission(simulation, Standing.ALLOWED)
    yield from (_decided(call, results[call.operation]) for call in calls)


def _simulate(api: Api, function_arn: str, principal_arn: str, call: ApiCall) -> Mapping[str, Any]:
    others = {Scope.VERSIONS: f"{function_arn}:1", Scope.LOG_GROUP: log_group_arn(function_arn)}
    resource = others.get(call.scope, function_arn)
    answer = api.call(
        "SimulatePrincipalPolicy",
        PolicySourceArn=principal_arn,
        ActionNames=[call.action],
        ResourceArns=[resource],
    )
    result: Mapping[str, Any] = answer["EvaluationResults"][0]
    return result


def _decided(call: ApiCall, result: Mapping[str, Any]) -> Permission:
    """What a simulation says. It knows no values for the conditions in a policy, where those matter."""
    if result["EvalDecision"] == "allowed":
        return Permission(call, Standing.ALLOWED)
    details = (result, *result.get("ResourceSpecificResults", ()))
    if any(detail.get("MissingContextValues") for detail in details):
        return Permission(call, Standing.UNCHECKED, "a condition in a policy decides")
    return Permission(call, Standing.DENIED)


def permission_findings(permissions: Sequence[Permission], name: str, mode: Mode) -> Iterator[Finding]:
    """What is allowed in a line, then each thing that is not, then what could not be checked."""
    allowed = sum(permission.standing is Standing.ALLOWED for permission in permissions)
    text = f"{allowed} of {len(permissions)} actions of mode {mode} are known to be allowed"
    yield Finding(Group.PERMISSIONS, "D-ALLOWED", Severity.OK, text)
    for permission in permissions:
        if permission.standing is Standing.DENIED:
            yield _denied(permission, name, mode)
    yield from _unchecked(permissions)


def _denied(permission: Permission, name: str, mode: Mode) -> Finding:
    call = permission.call
    where = f" {permission.why}" if permission.why else ""
    hint = f"'tuner doctor {name} --policy --mode {mode}' prints a policy that allows it"
    if permission.why:
        hint += "; the ARN of a function does not match its versions, ARN:* does"
    text = f"{call.action} is not allowed{where}: it is needed to {call.purpose}"
    return Finding(Group.PERMISSIONS, "D-DENIED", _severity(call, mode), text, hint, _SOURCE)


def _severity(call: ApiCall, mode: Mode) -> Severity:
    """How much a missing permission keeps from working."""
    if call.operation in _HARDLY_NEEDED:
        return Severity.NOTE
    needed = call.mode is not Mode.READ or (mode in _CHANGING and call.operation in _NEEDED_BY_A_SWEEP)
    return Severity.ERROR if needed else Severity.WARNING


def _unchecked(permissions: Iterable[Permission]) -> Iterator[Finding]:
    by_reason = defaultdict(list)
    for permission in permissions:
        if permission.standing is Standing.UNCHECKED:
            by_reason[permission.why].append(permission.call.action)
    for why, actions in by_reason.items():
        text = f"not checked: {', '.join(actions)} ({why})"
        yield Finding(Group.PERMISSIONS, "D-UNCHECKED", Severity.NOTE, text, source=_SOURCE)
