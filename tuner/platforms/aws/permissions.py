"""Every call that is made to AWS, with the permission it needs: the policy is written from this table.

`Api` makes no other call than these, so the printed policy and the code cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """What a caller may do; each mode includes those before it."""

    READ = "read-only"
    INVOKE = "invoke"
    MUTATE = "mutate"
    ROLL_OUT = "roll-out"


class Scope(StrEnum):
    """What a permission is given on. An unqualified function ARN does not match a call for a version."""

    ANY = "any"  # the service knows no resource for it
    FUNCTION = "function"
    VERSIONS = "versions"  # versions and aliases only: without the right to the function itself
    FUNCTION_AND_VERSIONS = "function and versions"
    QUEUE = "queue"
    OBJECT = "object"
    LOGS = "logs"
    LOG_GROUP = "log group"
    FLEET = "fleet"  # every function of the account: not for the policy of one
    NONE = "none"  # needs no permission


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One operation of the AWS API and what it takes to be allowed to call it."""

    service: str
    operation: str
    action: str
    mode: Mode
    scope: Scope
    purpose: str


def _read(service: str, operation: str, scope: Scope, purpose: str, action: str | None = None) -> ApiCall:
    return ApiCall(service, operation, action or f"{service}:{operation}", Mode.READ, scope, purpose)


def _lambda(mode: Mode, operation: str, scope: Scope, purpose: str, action: str | None = None) -> ApiCall:
    return ApiCall("lambda", operation, f"lambda:{action or operation}", mode, scope, purpose)


CALLS = {
    call.operation: call
    for call in (
        _read(
            "lambda",
            "GetFunctionConfiguration",
            Scope.FUNCTION_AND_VERSIONS,
            "read the settings and whether a change has arrived",
        ),
        _read("lambda", "GetFunction", Scope.FUNCTION_AND_VERSIONS, "wait until a change has arrived"),
        _read("lambda", "ListFunctions", Scope.FLEET, "see which functions there are"),
        _read("lambda", "ListVersionsByFunction", Scope.FUNCTION, "find the versions of this run again"),
        _read("lambda", "ListAliases", Scope.FUNCTION, "see which versions are in use"),
        _read("lambda", "GetFunctionConcurrency", Scope.FUNCTION, "stay within the reserved concurrency"),
        _read("lambda", "ListProvisionedConcurrencyConfigs", Scope.FUNCTION, "see provisioned concurrency"),
        _read("lambda", "GetPolicy", Scope.FUNCTION_AND_VERSIONS, "see who invokes the function"),
        _read("lambda", "ListFunctionUrlConfigs", Scope.FUNCTION, "see whether a URL streams its answers"),
        _read(
            "lambda",
            "GetFunctionEventInvokeConfig",
            Scope.FUNCTION_AND_VERSIONS,
            "check where failed events go",
        ),
        _read("lambda", "GetFunctionRecursionConfig", Scope.FUNCTION, "check loop detection"),
        _read("lambda", "ListEventSourceMappings", Scope.ANY, "see which queues and streams invoke it"),
        _read("lambda", "GetAccountSettings", Scope.ANY, "stay within the account's concurrency"),
        _read("cloudwatch", "GetMetricData", Scope.ANY, "see whether $LATEST has traffic"),
        _read("sqs", "GetQueueAttributes", Scope.QUEUE, "compare visibility timeouts with the function's"),
        _read("pricing", "GetProducts", Scope.ANY, "refresh prices"),
        _read("s3", "GetObject", Scope.OBJECT, "read a payload or a result from s3://"),
        _read("s3", "ListObjectsV2", Scope.LOGS, "see which logs there are", "s3:ListBucket"),
        _read("logs", "StartQuery", Scope.LOGS, "count the calls in its logs"),
        _read("logs", "GetQueryResults", Scope.LOGS, "fetch what was counted"),
        _read("logs", "StopQuery", Scope.LOGS, "stop a query that is not wanted any more"),
        _read("athena", "StartQueryExecution", Scope.LOGS, "count the calls in an archive of logs"),
        _read("athena", "GetQueryExecution", Scope.LOGS, "see whether a query has ended"),
        _read("athena", "StopQueryExecution", Scope.LOGS, "stop a query that is not wanted any more"),
        _read("sts", "GetCallerIdentity", Scope.NONE, "say who is calling"),
        _read(
            "iam",
            "SimulatePrincipalPolicy",
            Scope.ANY,
            "check permissions without using them",
        ),
        _lambda(Mode.INVOKE, "Invoke", Scope.FUNCTION_AND_VERSIONS, "invoke the function", "InvokeFunction"),
        _lambda(
            Mode.INVOKE,
            "InvokeWithResponseStream",
            Scope.FUNCTION_AND_VERSIONS,
            "invoke a function that streams its answer",
            "InvokeFunction",
        ),
        _lambda(
            Mode.MUTATE,
            "UpdateFunctionConfiguration",
            Scope.FUNCTION,
            "set a memory size for a moment, and set it back",
        ),
        _lambda(Mode.MUTATE, "PublishVersion", Scope.FUNCTION, "publish a version with that memory size"),
        _lambda(Mode.ROLL_OUT, "GetAlias", Scope.FUNCTION_AND_VERSIONS, "see where the alias goes"),
        _lambda(Mode.ROLL_OUT, "UpdateAlias", Scope.FUNCTION_AND_VERSIONS, "shift traffic, and back"),
        _lambda(Mode.ROLL_OUT, "PutFunctionConcurrency", Scope.FUNCTION, "set a reserved concurrency"),
        _lambda(Mode.ROLL_OUT, "DeleteFunctionConcurrency", Scope.FUNCTION, "take it away again"),
        ApiCall(
            "logs",
            "FilterLogEvents",
            "logs:FilterLogEvents",
            Mode.ROLL_OUT,
            Scope.LOG_GROUP,
            "read the REPORT lines of both versions",
        ),
        # Given on versions only, so that deleting the function itself stays denied.
        _lambda(Mode.MUTATE, "DeleteFunction", Scope.VERSIONS, "delete the versions that were published"),
    )
}


def calls_of(mode: Mode) -> tuple[ApiCall, ...]:
    """The calls of a mode, those of the modes that it includes among them."""
    included = list(Mode)[: list(Mode).index(mode) + 1]
    return tuple(call for call in CALLS.values() if call.mode in included and call.scope is not Scope.NONE)


def policy(mode: Mode, function_arn: str, *, queue_arns: Iterable[str] = ()) -> dict[str, Any]:
    """The least policy for a mode on one function, as an IAM policy document.

    Args:
        mode: what the holder may do.
        function_arn: the unqualified ARN.
        queue_arns: the queues that invoke the function, for checks of their visibility timeout.
    """
    resources = {
        Scope.ANY: ["*"],
        Scope.FUNCTION: [function_arn],
        Scope.VERSIONS: [f"{function_arn}:*"],
        Scope.FUNCTION_AND_VERSIONS: [function_arn, f"{function_arn}:*"],
        Scope.QUEUE: list(queue_arns),
        Scope.OBJECT: [],  # named by the user, a payload at a time
        Scope.LOGS: [],  # only tuner logs asks for them, of a log group or a table that the user names
        Scope.LOG_GROUP: [log_group_arn(function_arn)],
        Scope.FLEET: [],  # only tuner fleet asks for it
    }
    statements = []
    for scope, resource in resources.items():
        actions = sorted({call.action for call in calls_of(mode) if call.scope is scope})
        if actions and resource:
            name = "".join(word.capitalize() for word in scope.split())
            statements.append(
                {"Sid": f"Tuner{name}", "Effect": "Allow", "Action": actions, "Resource": resource}
            )
    return {"Version": "2012-10-17", "Statement": statements}


def log_group_arn(function_arn: str) -> str:
    """The log group that a function has unless it is given another one."""
    partition, _, rest = function_arn.partition(":lambda:")
    place, _, name = rest.partition(":function:")
    return f"{partition}:logs:{place}:log-group:/aws/lambda/{name}:*"
