"""A function as AWS describes it: everything that matters to a run, read before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from tuner.errors import UsageError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.journal import LatestSettings
from tuner.platforms.aws.metrics import Metric, read_metrics
from tuner.platforms.aws.names import FunctionName

_T = TypeVar("_T")

RECENT = timedelta(hours=1)
USUAL = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Unqualified invocations, from the function's metrics; None where no metric was there."""

    recent: int | None = None  # in the last hour
    mean_duration_ms: float | None = None  # over the last two weeks, cold starts left out


@dataclass(frozen=True, slots=True)
class Deployed:
    """One function, or one version of it.

    `configuration` is AWS's own answer for the qualifier that was asked for. What the caller may not read
    is None, and its action is in `unread`.
    """

    name: FunctionName
    region: str
    configuration: Mapping[str, Any]
    aliases: tuple[Mapping[str, Any], ...] | None = None
    provisioned: tuple[Mapping[str, Any], ...] | None = None
    event_sources: tuple[Mapping[str, Any], ...] | None = None
    urls: tuple[Mapping[str, Any], ...] | None = None
    reserved_concurrency: int | None = None
    account: Mapping[str, Any] | None = None
    policy: str | None = None
    traffic: Traffic = Traffic()
    unread: tuple[str, ...] = field(default=())

    @property
    def arn(self) -> str:
        """The unqualified ARN."""
        arn = str(self.configuration["FunctionArn"])
        return ":".join(arn.split(":")[:7])

    @property
    def settings(self) -> LatestSettings:
        """Memory, timeout and description."""
        return latest_settings(self.configuration)

    @property
    def architecture(self) -> str:
        """x86_64 or arm64."""
        return str((self.configuration.get("Architectures") or ["x86_64"])[0])

    @property
    def runtime(self) -> str:
        """The runtime's identifier; of an image there is none."""
        return str(self.configuration.get("Runtime") or "container image")

    @property
    def snap_start(self) -> bool:
        """Whether publishing a version takes a snapshot."""
        return str(self.configuration.get("SnapStart", {}).get("ApplyOn", "None")) != "None"

    @property
    def log_format(self) -> str:
        """Text or JSON."""
        return str(self.configuration.get("LoggingConfig", {}).get("LogFormat", "Text"))

    @property
    def free_concurrency(self) -> int | None:
        """How many environments may run at once: reserved, else what the account leaves unreserved."""
        if self.reserved_concurrency is not None:
            return self.reserved_concurrency
        if self.account is None:
            return None
        limits = self.account.get("AccountLimit", {})
        found = limits.get("UnreservedConcurrentExecutions", limits.get("ConcurrentExecutions"))
        return None if found is None else int(found)

    @property
    def streams(self) -> bool:
        """Whether a function URL answers in a stream."""
        return any(url.get("InvokeMode") == "RESPONSE_STREAM" for url in self.urls or ())


def latest_settings(configuration: Mapping[str, Any]) -> LatestSettings:
    """The settings that a run changes, out of a configuration."""
    return LatestSettings(
        int(configuration["MemorySize"]),
        int(configuration["Timeout"]),
        str(configuration.get("Description", "")),
    )


def read_configuration(api: Api, name: FunctionName, qualifier: str | None = None) -> dict[str, Any]:
    """GetFunctionConfiguration. Raises `UsageError` for a function that is not there, else `AwsError`."""
    wanted = {"Qualifier": qualifier} if qualifier else {}
    try:
        answer = api.call("GetFunctionConfiguration", FunctionName=name.identifier, **wanted)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        what = f"{name.name}:{qualifier}" if qualifier else name.name
        raise UsageError(
            f"there is no function '{what}' in {api.connection.found_region()}",
            "check the name, --region and --profile; 'aws lambda list-functions' lists what is there",
        ) from error
    answer.pop("ResponseMetadata", None)
    return answer


def read_deployed(api: Api, name: FunctionName) -> Deployed:
    """Everything that is known of a function, by reading alone.

    Raises `UsageError` for a function that is not there, `AwsError` when AWS cannot be asked.
    """
    identifier = {"FunctionName": name.identifier}
    configuration = read_configuration(api, name, name.qualifier)
    unread: list[str] = []

    def read(make: Callable[[], _T]) -> _T | None:
        """What may be missing: unknown is not zero, so a refusal is remembered."""
        try:
            return make()
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            if not error.denied:
                raise
            unread.append(error.call.action)
            return None

    def pages(operation: str, key: str) -> tuple[Mapping[str, Any], ...] | None:
        return read(lambda: tuple(api.pages(operation, key, **identifier)))

    def call(operation: str, **parameters: Any) -> dict[str, Any] | None:
        return read(lambda: api.call(operation, **parameters))

    policy = call("GetPolicy", **identifier)
    reserved = (call("GetFunctionConcurrency", **identifier) or {}).get("ReservedConcurrentExecutions")
    return Deployed(
        name=name,
        region=str(configuration["FunctionArn"]).split(":")[3],
        configuration=configuration,
        aliases=pages("ListAliases", "Aliases"),
        provisioned=pages("ListProvisionedConcurrencyConfigs", "ProvisionedConcurrencyConfigs"),
        event_sources=pages("ListEventSourceMappings", "EventSourceMappings"),
        urls=pages("ListFunctionUrlConfigs", "FunctionUrlConfigs"),
        reserved_concurrency=None if reserved is None else int(reserved),
        account=call("GetAccountSettings"),
        policy=None if policy is None else str(policy.get("Policy", "")),
        traffic=read(lambda: _read_traffic(api, name)) or Traffic(),
        unread=tuple(dict.fromkeys(unread)),
    )


def _read_traffic(api: Api, name: FunctionName) -> Traffic:
    """Of unqualified invocations the `Resource` is the bare name."""
    now = datetime.now(UTC)
    dimensions = {"FunctionName": name.name, "Resource": str(name)}
    wanted = {
        "invocations": Metric("Invocations", "Sum", int(RECENT.total_seconds()), dimensions),
        "duration": Metric("Duration", "Average", int(USUAL.total_seconds()), dimensions),
    }
    found = read_metrics(api, wanted, now - USUAL, now)
    since = (now - RECENT - timedelta(minutes=5)).timestamp()
    sums, means = found.get("invocations"), found.get("duration")
    return Traffic(
        recent=None if sums is None else int(sum(value for at, value in sums.items() if at >= since)),
        mean_duration_ms=means[max(means)] if means else None,
    )
