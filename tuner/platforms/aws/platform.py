"""AWS Lambda as a platform: versions of one function, invoked with the caller's own credentials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from types import TracebackType
from typing import Any, Self

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from tuner.errors import NotRestoredError, TunerError, UsageError
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.concerns import notices, refuse_busy, refuse_other_kinds
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.deployed import Deployed, read_configuration, read_deployed
from tuner.platforms.aws.invoking import Invoker
from tuner.platforms.aws.latest import differing_fields
from tuner.platforms.aws.memory_cap import find_memory_cap
from tuner.platforms.aws.names import FunctionName, parse_function_name
from tuner.platforms.aws.sweep import Sweep
from tuner.platforms.base import InvocationRequest, TargetDescription
from tuner.records import FunctionSettings, Invocation, RunWarning

MOST_PARALLEL = 16
_WARM_UPS = {"nodejs": 1, "java": 3, "dotnet": 2}
"""Warm calls to discard, by runtime: those that compile hot code while it runs."""


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """How a function is to be invoked; `highest_mb` is the largest size that the run may ask for."""

    connection: Connection = field(default_factory=Connection)
    streams: bool = False
    expected_errors: tuple[str, ...] = ()
    highest_mb: int = 0


def warm_ups_of(runtime: str) -> int:
    """How many warm calls of a new environment are discarded."""
    return next((n for prefix, n in _WARM_UPS.items() if runtime.startswith(prefix)), 0)


def open_aws(text: str, options: AwsOptions) -> AwsPlatform:
    """The function that a name or ARN means, ready to be measured.

    Raises `UsageError` for what is no name, or another region than the one asked for.
    """
    name = parse_function_name(text)
    connection = options.connection
    if name.region and connection.region and name.region != connection.region:
        raise UsageError(
            f"the function is in {name.region}, and --region says {connection.region}",
            "leave out --region, or name another function",
        )
    if name.region:
        connection = replace(connection, region=name.region)
    if connection.found_region() is None:
        raise UsageError(
            f"'{text}' is no function of tuner.toml, and as no AWS region is set it is not looked for on AWS",
            "give --region or set AWS_REGION; or name another target: local:PATH:HANDLER, "
            "local:template.yaml:LogicalId, command:PATH, model:NAME or replay:FILE",
        )
    return AwsPlatform(name, replace(options, connection=connection))


class AwsPlatform:
    """One function on AWS; see `tuner.platforms.base.Platform`."""

    def __init__(self, name: FunctionName, options: AwsOptions) -> None:
        self._name = name
        self._options = options
        self._api = Api(options.connection)
        self._lock = Lock()
        self._sweep: Sweep | None = None
        self._ready: dict[int, list[str | None]] = {}  # versions not invoked yet, by memory size
        self._current: dict[int, str | None] = {}  # the version that is being invoked, by memory size
        self._published: dict[int, int] = {}  # how many versions, by memory size
        self._invoker: Invoker | None = None

    def describe(self) -> TargetDescription:
        """Everything known without invoking.

        Raises:
            UsageError: the function is not there, or of a kind that memory tuning does not apply to.
            MeasurementError: AWS cannot be asked, or the function cannot be invoked now.
        """
        return self._description

    def prepare(self, memory_sizes_mb: Sequence[int], *, timeout_s: int, cold_calls: int = 0) -> None:
        """Publish the versions that are missing, in one go, and set the function back; see `Platform`."""
        with self._lock:
            if self._is_as_it_is(memory_sizes_mb, timeout_s) and not cold_calls:
                for memory_mb in memory_sizes_mb:
                    self._current[memory_mb] = self._name.qualifier
                return
            wanted = []
            for memory_mb in memory_sizes_mb:
                needed = cold_calls or int(memory_mb not in self._current)
                missing = needed - len(self._ready.get(memory_mb, []))
                first = self._published.get(memory_mb, 0)
                wanted += [(memory_mb, first + copy) for copy in range(missing)]
            if not wanted:
                return
            for (memory_mb, copy), version in self._open_sweep(timeout_s).publish(wanted).items():
                self._ready.setdefault(memory_mb, []).append(version)
                self._published[memory_mb] = copy + 1

    def invoke(self, request: InvocationRequest) -> Invocation:
        """Invoke the version of a size; with `fresh`, one that has no environment yet."""
        memory_mb = request.memory_mb
        ready = self._ready.setdefault(memory_mb, [])
        if memory_mb not in self._current or (request.fresh and self._published.get(memory_mb)):
            if not ready:
                self.prepare([memory_mb], timeout_s=request.timeout_s, cold_calls=1)
            self._current[memory_mb] = ready.pop(0)
        return self._invoker_for(request.timeout_s).invoke(
            self._current[memory_mb], request.payload, memory_mb
        )

    def predict(self, *, timeout_s: int, payload: bytes, memory_mb: Sequence[int]) -> None:
        """What runs on AWS cannot be watched while it computes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the function as it was. Raises `NotRestoredError` where something is left."""
        if self._sweep is None:
            return
        try:
            self._sweep.close()
        except NotRestoredError as left:
            if isinstance(error, TunerError):
                left.message += f"; the run had ended because: {error.message}"
            raise

    @cached_property
    def _function(self) -> Deployed:
        """The function, or the version of it that was asked for."""
        function = read_deployed(self._api, self._name)
        refuse_other_kinds(function)
        refuse_busy(function)
        return function

    @cached_property
    def _latest(self) -> Deployed:
        """`$LATEST`, from which versions are published."""
        if self._name.qualifier is None:
            return self._function
        unqualified = replace(self._name, qualifier=None)
        latest = replace(
            self._function, name=unqualified, configuration=read_configuration(self._api, unqualified)
        )
        refuse_busy(latest)
        return latest

    @cached_property
    def _is_latest(self) -> bool:
        """Whether what was asked for does the same as `$LATEST`, so that other sizes of it can be made."""
        return not differing_fields(self._function.configuration, self._latest.configuration)

    @cached_property
    def _description(self) -> TargetDescription:
        function, settings = self._function, self._function.settings
        free = function.free_concurrency
        runtime = function.runtime
        warnings = list(notices(function))
        cap = find_memory_cap(self._api, self._latest, self._options.highest_mb)
        measurable_mb = (MEMORY_MIN_MB, cap)
        if cap < MEMORY_MAX_MB:
            warnings.append(_capped(cap))
        if not self._is_latest:
            measurable_mb = (settings.memory_mb, settings.memory_mb)
            warnings.append(_as_it_is(self._name))
        return TargetDescription(
            function=str(self._name),
            platform="aws",
            architecture=function.architecture,
            measurable_mb=measurable_mb,
            current=FunctionSettings(settings.memory_mb, settings.timeout_s),
            warm_ups=warm_ups_of(runtime),
            default_timeout_s=settings.timeout_s,
            paid=True,
            parallel=1 if free is None else max(1, min(MOST_PARALLEL, free // 2)),
            changes=_changes(self._name),
            usual_duration_ms=function.traffic.mean_duration_ms,
            conditions=_conditions(function),
            warnings=tuple(warnings),
        )

    def _is_as_it_is(self, memory_sizes_mb: Sequence[int], timeout_s: int) -> bool:
        """Whether these sizes need no version of their own: they are the one that is deployed."""
        settings = self._function.settings
        return (
            self._sweep is None
            and list(memory_sizes_mb) == [settings.memory_mb]
            and timeout_s == settings.timeout_s
        )

    def _open_sweep(self, timeout_s: int) -> Sweep:
        if not self._is_latest:
            raise UsageError(
                f"{self._name} is not what $LATEST is now, so no other version of it can be published",
                "leave out --timeout, --cold-starts and other memory sizes, or name the function alone",
            )
        if self._sweep is None:
            self._sweep = Sweep(self._api, self._latest, timeout_s=timeout_s)
        return self._sweep

    def _invoker_for(self, timeout_s: int) -> Invoker:
        with self._lock:
            if self._invoker is None:
                options, description = self._options, self._description
                client = self._api.connection.invoking_client(
                    timeout_s=timeout_s, parallel=description.parallel
                )
                self._invoker = Invoker(
                    client,
                    self._function.arn,
                    streams=options.streams or self._function.streams,
                    expected_errors=options.expected_errors,
                )
            return self._invoker


def _changes(name: FunctionName) -> tuple[str, ...]:
    return (
        f"{name.name} gets another memory size and description for some seconds, once for each size, and is "
        "set back before it is measured; one version for each size is published and deleted at the end",
    )


def _conditions(function: Deployed) -> Mapping[str, Any]:
    configuration = function.configuration
    return {
        "region": function.region,
        "runtime": function.runtime,
        "package_type": str(configuration.get("PackageType", "Zip")),
        "code_sha256": str(configuration.get("CodeSha256", "")),
        "snap_start": function.snap_start,
        "vpc": bool(configuration.get("VpcConfig", {}).get("VpcId")),
        "tracing": str(configuration.get("TracingConfig", {}).get("Mode", "PassThrough")),
        "log_format": function.log_format,
        "ephemeral_storage_mb": int(configuration.get("EphemeralStorage", {}).get("Size", 512)),
    }


def _capped(cap: int) -> RunWarning:
    return RunWarning(
        "W-MEMORY-CAP",
        f"this account may use at most {cap:,} MB, so larger sizes are left out",
        "ask AWS Support for a higher memory quota if the result is at that end",
    )


def _as_it_is(name: FunctionName) -> RunWarning:
    return RunWarning(
        "W-AS-IT-IS",
        f"{name} is not what $LATEST is now, so it is measured at its own memory size only",
        f"to tune $LATEST, name the function without '{name.qualifier}'",
    )
