"""GetMetricData, asked for any number of metrics through the real boto3."""

from datetime import UTC, datetime, timedelta

import pytest
from aws_account import STEADY
from botocore.stub import Stubber

from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.metrics import Metric, read_metrics

START = datetime(2026, 11, 23, tzinfo=UTC)
END = START + timedelta(hours=1)


@pytest.fixture
def api(aws):
    return Api(Connection(region="eu-central-1"))


def minutely(name, metric="Invocations"):
    return Metric(metric, "Sum", 60, {"FunctionName": name})


def test_more_metrics_than_a_request_may_have_come_under_the_keys_of_the_caller(aws, api):
    names = [f"f{number}" for number in range(502)]
    for number in (0, 499, 500, 501):
        counts = {"Invocations": {START.timestamp(): number + 1}}
        aws.add_function(names[number], memory_mb=512, timeout_s=30, workload=STEADY, metrics=counts)
    asked = []
    found = read_metrics(api, {(name,): minutely(name) for name in names}, START, END, observer=asked.append)
    assert [500, 502] == asked
    assert {("f0",): 1, ("f499",): 500, ("f500",): 501, ("f501",): 502} == {
        key: series[START.timestamp()] for key, series in found.items() if series
    }
    assert 502 == len(found)


def test_a_series_goes_on_in_the_next_page_and_what_failed_is_not_known(api):
    def page(*results, **token):
        keys = ("Id", "StatusCode", "Timestamps", "Values")
        return {"MetricDataResults": [dict(zip(keys, result, strict=True)) for result in results], **token}

    later = START + timedelta(minutes=1)
    with Stubber(api.client("GetMetricData")) as stubber:
        first = page(("m0", "PartialData", [later], [2.0]), ("m1", "InternalError", [], []), NextToken="more")
        stubber.add_response("get_metric_data", first)
        stubber.add_response("get_metric_data", page(("m0", "Complete", [START], [1.0])))
        wanted = {"calls": minutely("my-func"), "errors": minutely("my-func", "Errors")}
        found = read_metrics(api, wanted, START, END)
    assert {"calls": {START.timestamp(): 1.0, later.timestamp(): 2.0}} == found
