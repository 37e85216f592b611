"""One account in one region: its functions, its limits, and how a name leads to a function."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fake_lambda.athena import AthenaQueries
from fake_lambda.clock import FakeClock
from fake_lambda.errors import invalid_parameter, not_found
from fake_lambda.functions import LATEST, Alias, Function, Version
from fake_lambda.log_groups import LogQueries

if TYPE_CHECKING:
    from fake_lambda.production import Trace

ACCOUNT_ID = "123456789012"

_NAME = re.compile(
    r"(?:arn:aws:lambda:(?P<region>[^:]+):)?(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[\w-]+)(?::(?P<qualifier>[\w$-]+))?"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The quotas of the account, and how long [s, on the fake's clock] what does not happen at once takes.

    A new account has `concurrency_limit` 10 and `memory_cap_mb` 3008. `control_rate` is how many calls a
    second the control plane allows, None for no limit. `page_size` is how much one page of a list holds.
    `update_seconds` is how long a change of `$LATEST` is in progress, `publish_seconds` how long a new
    version is pending, `snap_start_seconds` the same where it is made into a snapshot.
    """

    concurrency_limit: int = 1000
    memory_cap_mb: int = 10240
    control_rate: float | None = 15.0
    update_seconds: float = 0.0
    publish_seconds: float = 0.0
    snap_start_seconds: float = 60.0
    provisioned_seconds: float = 60.0
    page_size: int = 50

    @property
    def unreserved_floor(self) -> int:
        """How much concurrency cannot be reserved."""
        return min(100, self.concurrency_limit)


def split_name(text: str) -> tuple[str, str | None]:
    """The plain name and the qualifier in a function's name or ARN, whole or partial."""
    found = _NAME.fullmatch(text)
    return (found["name"], found["qualifier"]) if found else (text, None)


@dataclass(slots=True)
class Account:
    """Everything that is changed under one lock. `traces` are all calls, also those that were throttled."""

    region: str
    limits: Limits
    clock: FakeClock
    functions: dict[str, Function] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)
    athena: AthenaQueries = field(default_factory=AthenaQueries)
    log_queries: LogQueries = field(default_factory=LogQueries)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def arn(self, name: str) -> str:
        """The ARN of a function of this account."""
        return f"arn:aws:lambda:{self.region}:{ACCOUNT_ID}:function:{name}"

    def timestamp(self) -> str:
        """Now, as Lambda writes it."""
        return self.clock.moment().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

    def settle(self) -> None:
        """Let everything end whose time has come."""
        now = self.clock.now()
        for function in self.functions.values():
            for version in (function.latest, *function.versions.values()):
                version.settle(now)

    def find(self, parameters: dict[str, Any], *, region: str = "") -> tuple[Function, str | None]:
        """The function and the qualifier that a request names, in the name itself or beside it.

        Raises:
            ApiError: there is no such function here, or two qualifiers that differ.
        """
        text = parameters["FunctionName"]
        found = _NAME.fullmatch(text)
        if found is None:
            raise invalid_parameter(f"Invalid function name: {text}")
        qualifier = parameters.get("Qualifier")
        if qualifier and found["qualifier"] and qualifier != found["qualifier"]:
            raise invalid_parameter(
                "The derived qualifier from the function name does not match the specified qualifier."
            )
        qualifier = qualifier or found["qualifier"]
        asked_region = found["region"] or region or self.region
        function = self.functions.get(found["name"])
        foreign = asked_region != self.region or (found["account"] or ACCOUNT_ID) != ACCOUNT_ID
        if function is None or foreign:
            arn = self.arn(found["name"]).replace(self.region, asked_region)
            raise not_found(f"{arn}:{qualifier}" if qualifier else arn)
        return function, qualifier

    def unqualified(self, parameters: dict[str, Any], *, region: str = "") -> Function:
        """The function where only a whole function can be meant.

        Raises:
            ApiError: there is no such function here, or a version was named.
        """
        function, qualifier = self.find(parameters, region=region)
        if qualifier not in (None, LATEST):
            raise invalid_parameter("This operation is permitted on Lambda functions only.")
        return function

    def version(self, function: Function, qualifier: str | None) -> Version:
        """The version behind a qualifier; for an alias with weights the main one.

        Raises:
            ApiError: there is no such version or alias.
        """
        if qualifier is None or qualifier == LATEST:
            return function.latest
        alias = function.aliases.get(qualifier)
        number = alias.version if alias else qualifier
        if number == LATEST:
            return function.latest
        if number not in function.versions:
            raise not_found(f"{function.arn}:{qualifier}")
        return function.versions[number]

    def alias(self, function: Function, name: str) -> Alias:
        """An alias by its name.

        Raises:
            ApiError: there is none.
        """
        if name not in function.aliases:
            raise not_found(f"{function.arn}:{name}")
        return function.aliases[name]
