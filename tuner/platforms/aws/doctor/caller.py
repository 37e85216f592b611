"""Who calls AWS, and what the account allows: what holds for every function of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tuner.concurrency.quotas import UNRESERVED_FLOOR
from tuner.errors import UsageError
from tuner.platforms.aws.api import Api, explained
from tuner.platforms.aws.concerns import NEW_ACCOUNT_CONCURRENCY
from tuner.platforms.aws.doctor.findings import Finding, Group, Severity, lambda_guide

TIGHT = 0.1
"""Up to this share of an account's concurrency, or what AWS keeps back at least, is little to share."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose credentials are used, and in which region."""

    account: str
    arn: str
    region: str

    @property
    def partition(self) -> str:
        """aws, aws-cn, ..."""
        return self.arn.split(":")[1]

    @property
    def principal_arn(self) -> str | None:
        """The IAM user or role whose policies decide; None for the root user and for federated ones.

        The ARN of an assumed role's session lacks the role's path, so a role with one is not found by it.
        """
        _, partition, service, _, account, resource = self.arn.split(":", 5)
        kind, _, rest = resource.partition("/")
        if (service, kind) == ("sts", "assumed-role"):
            return f"arn:{partition}:iam::{account}:role/{rest.partition('/')[0]}"
        return self.arn if service == "iam" and kind in ("user", "role") else None


def read_caller(api: Api) -> Caller:
    """GetCallerIdentity, which needs no permission. Raises `AwsError`, and `UsageError` without a region."""
    with explained("GetCallerIdentity"):
        region = api.connection.found_region()
    if region is None:
        raise UsageError("no AWS region is set", "give --region, or set AWS_REGION")
    answer = api.call("GetCallerIdentity")
    return Caller(str(answer["Account"]), str(answer["Arn"]), region)


def caller_findings(caller: Caller) -> Iterator[Finding]:
    """The credentials and the region in force."""
    text = f"credentials of {caller.arn}; account {caller.account}, region {caller.region}"
    yield Finding(Group.SETUP, "D-CREDENTIALS", Severity.OK, text)


def account_findings(account: Mapping[str, Any]) -> Iterator[Finding]:
    """What an account's limits mean; `account` is the answer of GetAccountSettings."""
    limits = account.get("AccountLimit", {})
    concurrency = int(limits.get("ConcurrentExecutions", 0))
    source = lambda_guide("gettingstarted-limits")
    if concurrency > NEW_ACCOUNT_CONCURRENCY:
        free = int(limits.get("UnreservedConcurrentExecutions", concurrency))
        text = f"the account may run {concurrency:,} environments at once, {free:,} of them not reserved"
        tight = free < concurrency and free <= max(UNRESERVED_FLOOR, concurrency * TIGHT)
        if tight:
            text += ": every function without a reservation shares those"
        yield Finding(
            Group.SETUP,
            "D-ACCOUNT",
            Severity.WARNING if tight else Severity.OK,
            text,
            "reserve less, or ask for a higher quota; 'tuner concurrency' says what a function needs"
            if tight
            else None,
            source,
        )
        return
    yield Finding(
        Group.SETUP,
        "D-ACCOUNT",
        Severity.WARNING,
        f"the account may run only {concurrency} environments at once, all functions together: it is new, or "
        "little used",
        "none of them can be reserved; AWS raises the quota with use, or on request in Service Quotas",
        source,
    )
