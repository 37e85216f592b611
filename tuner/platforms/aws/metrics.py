"""CloudWatch metrics as series of time, and what reading them costs: the one door to GetMetricData."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from tuner.platforms.aws.api import Api

_Key = TypeVar("_Key", bound=Hashable)

USD_PER_METRIC = 0.01 / 1000
"""What GetMetricData costs (https://aws.amazon.com/cloudwatch/pricing/), however long the period is."""
MINUTES_KEPT = timedelta(days=15)
"""How long values of a minute are kept; then those of five minutes, and later those of an hour."""
QUERIES_PER_REQUEST = 500
POINTS_PER_REQUEST = 100_800
_FAILED = ("InternalError", "Forbidden")

Series = Mapping[float, float]
"""Values by the start of their period [s since 1970]; a period without a value is not there."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with a statistic of each period, as `Sum`, and the dimensions that it is counted by."""

    name: str
    statistic: str
    period_s: int
    dimensions: Mapping[str, str]
    namespace: str = "AWS/Lambda"


def read_metrics(
    api: Api,
    wanted: Mapping[_Key, Metric],
    start: datetime,
    end: datetime,
    *,
    observer: Callable[[int], None] = lambda _: None,
) -> dict[_Key, Series]:
    """The values of each metric from a time on, without the metrics that CloudWatch failed to read.

    Raises `AwsError`.

    Args:
        api: whom to ask.
        wanted: the metrics by keys of the caller's own.
        start: the beginning, best a whole number of periods since 1970.
        end: what comes before it is read.
        observer: is told after each request how many of the metrics have been asked for.
    """
    found: dict[_Key, dict[float, float]] = {}
    failed = set()
    keys = list(wanted)
    remaining = iter(enumerate(keys))
    while batch := list(islice(remaining, QUERIES_PER_REQUEST)):
        results = api.pages(
            "GetMetricData",
            "MetricDataResults",
            MetricDataQueries=[_query(number, wanted[key]) for number, key in batch],
            StartTime=start,
            EndTime=end,
        )
        for result in results:  # a long series goes on in the next page
            key = keys[int(result["Id"][1:])]
            if result.get("StatusCode") in _FAILED:
                failed.add(key)
            series = found.setdefault(key, {})
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                series[moment.timestamp()] = value
        observer(batch[-1][0] + 1)
    return {key: series for key, series in found.items() if key not in failed}


def metrics_usd(metrics: int, start: datetime, end: datetime, period_s: int) -> float:
    """What reading so many metrics costs at most: each page of an answer counts."""
    points = metrics * math.ceil((end - start).total_seconds() / period_s)
    return metrics * math.ceil(points / POINTS_PER_REQUEST) * USD_PER_METRIC


def _query(number: int, metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    named = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {
        "Id": f"m{number}",
        "MetricStat": {"Metric": named, "Period": metric.period_s, "Stat": metric.statistic},
    }
