"""CloudWatch metrics as series of time, and what reading them costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from tuner.platforms.aws.api import Api

USD_PER_METRIC = 0.01 / 1000
"""What GetMetricData costs (https://aws.amazon.com/cloudwatch/pricing/), however long the period is."""
QUERIES_PER_REQUEST = 500
POINTS_PER_REQUEST = 100_800

Series = Mapping[float, float]
"""Values by the start of their period [s since 1970]; a period without a value is not there."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of Lambda with a statistic, as `Sum`, and the dimensions that it is counted by."""

    name: str
    statistic: str
    dimensions: Mapping[str, str]


def read_metrics(
    api: Api, wanted: Mapping[str, Metric], start: datetime, end: datetime, *, period_s: int
) -> dict[str, Series]:
    """The values of each metric from a time on. Raises `AwsError`.

    Args:
        api: whom to ask.
        wanted: the metrics by names of the caller's own.
        start: the beginning, a whole number of periods since 1970.
        end: what comes before it is read.
        period_s: the seconds of a value; values of a minute are kept for 15 days.
    """
    found: dict[str, dict[float, float]] = {key: {} for key in wanted}
    keys = list(wanted)
    remaining = iter(enumerate(keys))
    while batch := list(islice(remaining, QUERIES_PER_REQUEST)):
        results = api.pages(
            "GetMetricData",
            "MetricDataResults",
            MetricDataQueries=[_query(number, wanted[key], period_s) for number, key in batch],
            StartTime=start,
            EndTime=end,
        )
        for result in results:  # a long series goes on in the next page
            series = found[keys[int(result["Id"][1:])]]
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                series[moment.timestamp()] = value
    return dict(found)


def metrics_usd(metrics: int, start: datetime, end: datetime, period_s: int) -> float:
    """What reading so many metrics costs at most: each page of an answer counts."""
    points = metrics * math.ceil((end - start).total_seconds() / period_s)
    return metrics * math.ceil(points / POINTS_PER_REQUEST) * USD_PER_METRIC


def _query(number: int, metric: Metric, period_s: int) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    named = {"Namespace": "AWS/Lambda", "MetricName": metric.name, "Dimensions": dimensions}
    return {
        "Id": f"m{number}",
        "MetricStat": {"Metric": named, "Period": period_s, "Stat": metric.statistic},
    }
