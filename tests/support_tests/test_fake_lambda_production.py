"""What production leaves behind in the stand-in: counts by alias and version, and REPORT lines in streams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fake_lambda import FakeLambda, FunctionFailure

REPORTS = '"REPORT RequestId"'


@pytest.fixture
def weighted(aws: FakeLambda, client: Any) -> FakeLambda:
    """`halves:live`, half of whose calls go to version 2, at 1,024 MB, where every one fails."""

    def handler(event: Any, memory_mb: int) -> dict[str, Any]:
        if memory_mb == 1024:
            raise FunctionFailure("KeyError", "'name'")
        return {}

    aws.add_function("halves", memory_mb=512, handler=handler)
    client.publish_version(FunctionName="halves")
    client.update_function_configuration(FunctionName="halves", MemorySize=1024)
    client.publish_version(FunctionName="halves")
    routing = {"AdditionalVersionWeights": {"2": 0.5}}
    client.create_alias(FunctionName="halves", Name="live", FunctionVersion="1", RoutingConfig=routing)
    return aws


def counted(aws: FakeLambda, metric: str, version: str, statistic: str = "Sum") -> list[float]:
    dimensions = {"FunctionName": "halves", "Resource": "halves:live", "ExecutedVersion": version}
    named = {
        "Namespace": "AWS/Lambda",
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    now = datetime.fromtimestamp(aws.clock.now(), UTC)
    query = {"Id": "m", "MetricStat": {"Metric": named, "Period": 60, "Stat": statistic}}
    answer = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query],
        StartTime=(now - timedelta(minutes=10)).replace(second=0, microsecond=0),
        EndTime=now + timedelta(minutes=1),
    )
    values: list[float] = answer["MetricDataResults"][0]["Values"]
    return values


def test_calls_through_an_alias_are_counted_by_version_and_minute(weighted: FakeLambda) -> None:
    weighted.call("halves:live", times=100)
    weighted.clock.advance(60)
    weighted.call("halves:live", times=50, throttled={"2": 1.0})
    weighted.call("halves", times=7)
    old, new = counted(weighted, "Invocations", "1"), counted(weighted, "Invocations", "2")
    throttles = counted(weighted, "Throttles", "2")
    assert (2, 1, 1) == (len(old), len(new), len(throttles))
    assert 150 == sum(old) + sum(new) + sum(throttles)
    assert ([0.0, 0.0], new) == (counted(weighted, "Errors", "1"), counted(weighted, "Errors", "2"))
    assert all(value > 0 for value in counted(weighted, "Duration", "1", "p95"))


def test_the_report_lines_of_a_version_are_in_its_streams(weighted: FakeLambda) -> None:
    weighted.call("halves:live", times=1200)
    day = datetime.fromtimestamp(weighted.clock.now(), UTC)
    asked = {
        "logGroupName": "/aws/lambda/halves",
        "filterPattern": REPORTS,
        "logStreamNamePrefix": f"{day:%Y/%m/%d}/[2]",
        "startTime": 0,
        "endTime": int((weighted.clock.now() + 60) * 1000),
    }
    pages = list(weighted.client("logs").get_paginator("filter_log_events").paginate(**asked))
    lines = [event["message"] for page in pages for event in page["events"]]
    assert len(pages) > 1
    assert sum(counted(weighted, "Invocations", "2")) == len(lines)
    assert all("Memory Size: 1024 MB" in line and "Status: error" in line for line in lines)
