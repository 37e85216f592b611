"""The least policy for one function, as far as it can be written before anything is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.doctor.caller import read_caller
from tuner.platforms.aws.doctor.evidence import service_of
from tuner.platforms.aws.names import FunctionName
from tuner.platforms.aws.permissions import Mode, policy


@dataclass(frozen=True, slots=True)
class LeastPolicy:
    """An IAM policy document; `queues_known` is whether the queues that invoke the function are in it."""

    document: dict[str, Any]
    queues_known: bool


def policy_for_arn(arn: str, mode: Mode) -> LeastPolicy:
    """The policy for a function named by its whole ARN, with or without a qualifier: AWS is not asked."""
    return LeastPolicy(policy(mode, ":".join(arn.split(":")[:7])), queues_known=False)


def policy_for_name(connection: Connection, name: FunctionName, mode: Mode) -> LeastPolicy:
    """The policy for a function of the caller's account, which need not be readable yet.

    Raises `AwsError` when the account cannot be told, `UsageError` without a region.
    """
    api = Api(connection)
    caller = read_caller(api)
    account = name.account or caller.account
    arn = f"arn:{caller.partition}:lambda:{caller.region}:{account}:function:{name.name}"
    try:
        sources = api.pages("ListEventSourceMappings", "EventSourceMappings", FunctionName=arn)
    except AwsError:
        return LeastPolicy(policy(mode, arn), queues_known=False)
    queues = sorted({str(s["EventSourceArn"]) for s in sources if service_of(s) == "sqs"})
    return LeastPolicy(policy(mode, arn, queue_arns=queues), queues_known=True)
