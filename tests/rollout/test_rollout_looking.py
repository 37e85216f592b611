"""What is known of two versions, through the real boto3."""

import pytest
from botocore.stub import Stubber

from tuner.errors import MeasurementError
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.rollout.looking import METRICS_A_LOOK, Log, Lookout, Watched

NOW_S = 1_795_428_000.0


def test_a_count_that_cloudwatch_could_not_make_is_not_a_count_of_none(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    api = Api(Connection(region="eu-central-1"))
    results = [
        {
            "Id": f"m{n}",
            "StatusCode": "InternalError" if n == 1 else "Complete",
            "Timestamps": [],
            "Values": [],
        }
        for n in range(METRICS_A_LOOK)
    ]
    lookout = Lookout(api, "my-func", "live", Log("/aws/lambda/my-func", "Text", "my-func"))
    with Stubber(api.client("GetMetricData")) as stubber:
        stubber.add_response("get_metric_data", {"MetricDataResults": results})
        with pytest.raises(MeasurementError, match="could not count errors of version 1"):
            lookout.look(Watched("1", NOW_S - 60), Watched("2", NOW_S - 60), until=NOW_S)
