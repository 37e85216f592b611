"""All functions of one account and region: their settings and tags, and what CloudWatch counted of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.metrics import USD_PER_METRIC, Metric, Series, read_metrics
from tuner.records import RunWarning

QUERIES = {
    "invocations": ("Invocations", "Sum"),
    "failed": ("Errors", "Sum"),
    "throttled": ("Throttles", "Sum"),
    "total_ms": ("Duration", "Sum"),
    "p95_ms": ("Duration", "p95"),
    "max_ms": ("Duration", "Maximum"),
    "peak_concurrency": ("ConcurrentExecutions", "Maximum"),
}
DAYS_MAX = 455
"""CloudWatch keeps daily values for 15 months."""
_AT_ONCE = 8
_PERIOD_S = 86_400

Progress = Callable[[str, int, int], None]
"""What is being read, how many functions of it are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Counts, the time of all calls [ms], the worst day's p95, and extremes; None is not known."""

    invocations: int | None = None
    failed: int | None = None
    throttled: int | None = None
    total_ms: float | None = None
    p95_ms: float | None = None
    max_ms: float | None = None
    peak_concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One function as AWS lists it, with what takes calls of its own; None is what may not be read."""

    configuration: Mapping[str, Any]
    tags: Mapping[str, str] | None = None
    reserved_concurrency: int | None = None
    provisioned_environments: int | None = None
    metrics: Metrics = field(default=Metrics())

    @property
    def name(self) -> str:
        """The plain name."""
        return str(self.configuration["FunctionName"])


def list_functions(api: Api) -> list[Listed]:
    """Every function with its settings. Raises `AwsError`."""
    return [Listed(configuration) for configuration in api.pages("ListFunctions", "Functions")]


def read_settings(
    api: Api, functions: Sequence[Listed], progress: Progress
) -> tuple[list[Listed], list[RunWarning]]:
    """The functions with their tags and concurrency; those deleted by now are left out."""
    refused: dict[str, int] = defaultdict(int)

    def read(function: Listed) -> Listed | None:
        try:
            answer = _permitted(api, refused, "GetFunction", FunctionName=function.name)
            configs = _provisioned(api, refused, function.name)
        except AwsError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise
        reserved = (answer or {}).get("Concurrency", {}).get("ReservedConcurrentExecutions")
        return Listed(
            configuration=function.configuration,
            tags=None if answer is None else dict(answer.get("Tags", {})),
            reserved_concurrency=None if reserved is None else int(reserved),
            provisioned_environments=configs,
        )

    found: list[Listed] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for done, function in enumerate(pool.map(read, functions), start=1):
                found += [function] if function else []
                progress("settings", done, len(functions))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return found, [
        RunWarning("W-UNREAD", f"{action} is not allowed, so it is not known of {count:,} functions")
        for action, count in refused.items()
    ]


def read_use(api: Api, names: Sequence[str], *, days: int, progress: Progress) -> dict[str, Metrics]:
    """What CloudWatch counted of each function over so many days. Raises `AwsError`."""
    end = datetime.now(UTC)
    wanted = {
        (name, key): Metric(metric, statistic, _PERIOD_S, {"FunctionName": name})
        for name in names
        for key, (metric, statistic) in QUERIES.items()
    }

    def observer(done: int) -> None:
        progress("metrics", done // len(QUERIES), len(names))

    found = read_metrics(api, wanted, end - timedelta(days=days), end, observer=observer)
    return {name: Metrics(**dict(_aggregated(name, found))) for name in names}


def use_usd(functions: int) -> float:
    """What it costs to read the metrics of so many functions."""
    return functions * len(QUERIES) * USD_PER_METRIC


def _aggregated(name: str, found: Mapping[tuple[str, str], Series]) -> Iterator[tuple[str, Any]]:
    """The days together: sums, or extremes. A sum without a value is zero, all else without is not known."""
    for key, (_, statistic) in QUERIES.items():
        daily = found.get((name, key))
        if daily is None or (not daily and statistic != "Sum"):
            continue
        together = sum(daily.values()) if statistic == "Sum" else max(daily.values())
        yield key, together if key.endswith("_ms") else round(together)


def _provisioned(api: Api, refused: dict[str, int], name: str) -> int | None:
    try:
        configs = api.pages(
            "ListProvisionedConcurrencyConfigs", "ProvisionedConcurrencyConfigs", FunctionName=name
        )
    except AwsError as error:
        if not error.denied:
            raise
        refused[error.call.action] += 1
        return None
    return sum(int(config["RequestedProvisionedConcurrentExecutions"]) for config in configs)


def _permitted(api: Api, refused: dict[str, int], operation: str, **parameters: Any) -> dict[str, Any] | None:
    """The answer, None where the caller may not ask."""
    try:
        return api.call(operation, **parameters)
    except AwsError as error:
        if not error.denied:
            raise
        refused[error.call.action] += 1
        return None
