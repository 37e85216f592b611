"""What a function is asked to carry: its settings, the account's limits, and its metrics by the minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tuner.platforms.aws.api import Api
from tuner.platforms.aws.deployed import Deployed, read_deployed
from tuner.platforms.aws.metrics import Metric, Series, metrics_usd, read_metrics
from tuner.platforms.aws.names import FunctionName

PERIOD_S = 60
_STATISTICS = {
    "invocations": ("Invocations", "Sum"),
    "duration_ms": ("Duration", "Sum"),
    "concurrency": ("ConcurrentExecutions", "Maximum"),
    "spillover": ("ProvisionedConcurrencySpilloverInvocations", "Sum"),
    "throttles": ("Throttles", "Sum"),
}


@dataclass(frozen=True, slots=True)
class Demand:
    """The minutes of a function: calls, their durations together [ms], the highest concurrency, and more."""

    function: Deployed
    invocations: Series
    duration_ms: Series
    concurrency: Series
    spillover: Series
    throttles: Series


def demand_usd(length: timedelta) -> float:
    """What it costs to read the metrics of so long a time."""
    start = datetime(2000, 1, 1, tzinfo=UTC)
    return metrics_usd(len(_STATISTICS), start, start + length, PERIOD_S)


def read_demand(api: Api, name: FunctionName, length: timedelta) -> Demand:
    """The settings of a function, and its metrics until now.

    Raises `UsageError` for a function that is not there, `AwsError` for what may not be read.
    """
    function = read_deployed(api, name)
    now = datetime.now(UTC)
    start = (now - length).replace(second=0, microsecond=0)
    dimensions = {"FunctionName": name.name}
    if name.qualifier:
        dimensions["Resource"] = str(name)
    wanted = {
        key: Metric(metric, statistic, PERIOD_S, dimensions)
        for key, (metric, statistic) in _STATISTICS.items()
    }
    found = read_metrics(api, wanted, start, now)
    return Demand(function, **{key: found.get(key, {}) for key in wanted})
