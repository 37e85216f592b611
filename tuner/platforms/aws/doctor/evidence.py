"""What is read of a function before it is judged; what cannot be read is remembered as such."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.deployed import Deployed, read_configuration, read_deployed
from tuner.platforms.aws.names import FunctionName
from tuner.platforms.aws.takeback import versions_of
from tuner.records import Invocation

_T = TypeVar("_T")

READ_WITH_FUNCTION = (
    "GetFunctionConfiguration",
    "ListAliases",
    "GetFunctionConcurrency",
    "ListProvisionedConcurrencyConfigs",
    "GetPolicy",
    "ListFunctionUrlConfigs",
    "ListEventSourceMappings",
    "GetAccountSettings",
    "GetMetricData",
)
"""The calls of `read_deployed`, whose refusals are in `Deployed.unread`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One function as it is; what could not be read is None.

    `policy`, `event_sources` and `failure_handling` are those of the version or alias that was named, which
    has its own; `failure_handling` is empty where none is configured. `latest` is the configuration of
    `$LATEST`. `queues` are the attributes of the queues among the event sources, by ARN. `leftovers` are the
    versions with a run's mark, with their descriptions. `refusals` says of each read after the first why it
    failed, by operation; None for one that did not. `call` is an invocation, if one was made.
    """

    function: Deployed
    latest: Mapping[str, Any]
    policy: str | None = None
    event_sources: tuple[Mapping[str, Any], ...] = ()
    failure_handling: Mapping[str, Any] | None = None
    recursive_loop: str | None = None
    queues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    leftovers: Mapping[str, str] | None = None
    refusals: Mapping[str, AwsError | None] = field(default_factory=dict)
    call: Invocation | None = None
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    @property
    def services(self) -> frozenset[str]:
        """The services that may invoke the function, as its policy calls them; empty where it is unknown."""
        return invoking_services(self.policy)

    def sources_of(self, *services: str) -> Iterator[Mapping[str, Any]]:
        """The event sources of these services that are not switched off."""
        for source in self.event_sources:
            if service_of(source) in services and source.get("State") != "Disabled":
                yield source


def invoking_services(policy: str | None) -> frozenset[str]:
    """The services in the principals of a function's policy, as `sns.amazonaws.com`."""
    try:
        statements = json.loads(policy or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return frozenset()
    principals = [
        s.get("Principal") for s in statements if isinstance(s, dict) and s.get("Effect") == "Allow"
    ]
    named = [p.get("Service", []) for p in principals if isinstance(p, dict)]
    return frozenset(service for names in named for service in ([names] if isinstance(names, str) else names))


def service_of(source: Mapping[str, Any]) -> str:
    """The service of an event source, as its ARN calls it; empty for a source without one."""
    return str(source.get("EventSourceArn", "::")).split(":")[2]


def source_name(source: Mapping[str, Any]) -> str:
    """The queue, stream or table that an event source is."""
    resource = str(source["EventSourceArn"]).split(":", 5)[-1]
    return resource.split("/")[1] if "/" in resource else resource


def read_evidence(api: Api, name: FunctionName) -> Evidence:
    """Everything that the checks need, by reading alone.

    Raises `UsageError` for a function that is not there, `AwsError` when it cannot be read at all.
    """
    function = read_deployed(api, name)
    reader = _Reader(api)
    whole = {"FunctionName": name.identifier}
    named = whole | ({"Qualifier": name.qualifier} if name.qualifier else {})
    policy, sources, latest = function.policy, function.event_sources, function.configuration
    if name.qualifier:
        policy = (reader.call("GetPolicy", **named) or {}).get("Policy")
        sources = reader.sources(f"{name.identifier}:{name.qualifier}")
        latest = read_configuration(api, replace(name, qualifier=None))
    reader.call("GetFunction", **named)
    reader.call("GetProducts", ServiceCode="AWSLambda", MaxResults=1)
    return Evidence(
        function=function,
        latest=latest,
        policy=policy,
        event_sources=sources or (),
        failure_handling=reader.call("GetFunctionEventInvokeConfig", **named),
        recursive_loop=(reader.call("GetFunctionRecursionConfig", **whole) or {}).get("RecursiveLoop"),
        queues=reader.queues(sources or ()),
        leftovers=reader.read(
            "ListVersionsByFunction", lambda: versions_of(api, function.arn), missing=dict[str, str]()
        ),
        refusals=reader.refusals,
    )


class _Reader:
    """Makes reads that may fail, and keeps why."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self.refusals: dict[str, AwsError | None] = {}

    def call(self, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """The answer; empty for what is not there, None for what could not be read."""
        return self.read(operation, lambda: self._api.call(operation, **parameters), missing=dict[str, Any]())

    def read(self, operation: str, make: Callable[[], _T], *, missing: _T) -> _T | None:
        """What `make` reads with an operation; `missing` for what is not there."""
        self.refusals.setdefault(operation, None)
        try:
            return make()
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return missing
            self.refusals[operation] = error
            return None

    def sources(self, function: str) -> tuple[Mapping[str, Any], ...] | None:
        """The queues and streams that invoke a function, or a version or alias of it."""
        operation, key = "ListEventSourceMappings", "EventSourceMappings"
        return self.read(
            operation, lambda: tuple(self._api.pages(operation, key, FunctionName=function)), missing=()
        )

    def queues(self, sources: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, str]]:
        """The attributes of the queues among event sources, by ARN, as far as they can be read."""
        found = {}
        for arn in {str(source["EventSourceArn"]) for source in sources if service_of(source) == "sqs"}:
            endpoint = self._api.client("GetQueueAttributes").meta.endpoint_url
            account, queue = arn.split(":")[4:]
            answer = self.call(
                "GetQueueAttributes",
                QueueUrl=f"{endpoint}/{account}/{queue}",
                AttributeNames=["VisibilityTimeout", "RedrivePolicy"],
            )
            if answer is not None:
                found[arn] = answer.get("Attributes", {})
        return found
