"""What stands around a function, and the services beside Lambda."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.loaders import create_loader
from fake_lambda import FakeLambda
from fake_lambda_cases import ONCE, Open, plain, refused

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:my-func"


@pytest.fixture
def queue(aws: FakeLambda) -> str:
    """The ARN of a queue."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "45"})["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "45" == attributes["VisibilityTimeout"]
    return str(attributes["QueueArn"])


def test_a_mapping_is_for_the_function_or_for_an_alias(aws: FakeLambda, client: Any, queue: str) -> None:
    client.publish_version(FunctionName="my-func")
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="1")
    plain_one = client.create_event_source_mapping(FunctionName="my-func", EventSourceArn=queue, BatchSize=5)
    aliased = client.create_event_source_mapping(FunctionName=f"{ARN}:prod", EventSourceArn=queue)
    assert (ARN, f"{ARN}:prod") == (plain_one["FunctionArn"], aliased["FunctionArn"])

    def listed(**options: str) -> list[str]:
        found = client.list_event_source_mappings(**options)["EventSourceMappings"]
        return [mapping["UUID"] for mapping in found]

    assert [plain_one["UUID"], aliased["UUID"]] == listed(EventSourceArn=queue)
    assert [plain_one["UUID"]] == listed(FunctionName="my-func")
    assert [aliased["UUID"]] == listed(FunctionName="my-func:prod")
    assert 5 == client.get_event_source_mapping(UUID=plain_one["UUID"])["BatchSize"]
    updated = client.update_event_source_mapping(UUID=plain_one["UUID"], BatchSize=7)
    assert (7, ARN) == (updated["BatchSize"], updated["FunctionArn"])
    assert "Deleting" == client.delete_event_source_mapping(UUID=aliased["UUID"])["State"]
    assert [] == listed(FunctionName="my-func:prod")


def test_mappings_need_their_function_and_their_source(client: Any, queue: str) -> None:
    with refused("ResourceNotFoundException", 404):
        client.create_event_source_mapping(FunctionName="other", EventSourceArn=queue)
    with refused("ResourceNotFoundException", 400):
        client.create_event_source_mapping(FunctionName="my-func", EventSourceArn=f"{queue}-none")
    assert [] == client.list_event_source_mappings()["EventSourceMappings"]


def test_a_policy_belongs_to_its_qualifier(client: Any) -> None:
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="$LATEST")
    permission = {
        "StatementId": "api",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:eu-central-1:123456789012:abc/*",
    }
    client.add_permission(FunctionName="my-func", Qualifier="prod", **permission)
    with refused("ResourceNotFoundException", 404):
        client.get_policy(FunctionName="my-func")
    found = client.get_policy(FunctionName="my-func", Qualifier="prod")["Policy"]
    (statement,) = json.loads(found)["Statement"]
    assert (f"{ARN}:prod", {"Service": "apigateway.amazonaws.com"}) == (
        statement["Resource"],
        statement["Principal"],
    )
    with refused("ResourceConflictException", 409):
        client.add_permission(FunctionName="my-func", Qualifier="prod", **permission)
    client.remove_permission(FunctionName="my-func", Qualifier="prod", StatementId="api")
    with refused("ResourceNotFoundException", 404):
        client.get_policy(FunctionName="my-func", Qualifier="prod")


def test_a_url_is_listed_with_what_it_calls(client: Any) -> None:
    assert [] == client.list_function_url_configs(FunctionName="my-func")["FunctionUrlConfigs"]
    made = client.create_function_url_config(FunctionName="my-func", AuthType="NONE")
    (listed,) = client.list_function_url_configs(FunctionName="my-func")["FunctionUrlConfigs"]
    assert (ARN, "NONE", made["FunctionUrl"]) == (
        listed["FunctionArn"],
        listed["AuthType"],
        listed["FunctionUrl"],
    )
    assert plain(client.get_function_url_config(FunctionName="my-func")) == listed
    client.delete_function_url_config(FunctionName="my-func")
    with refused("ResourceNotFoundException", 404):
        client.get_function_url_config(FunctionName="my-func")


def test_asynchronous_settings_are_kept_by_moto(client: Any) -> None:
    with refused("ResourceNotFoundException", 404):
        client.get_function_event_invoke_config(FunctionName="my-func")
    client.put_function_event_invoke_config(FunctionName="my-func", MaximumRetryAttempts=1)
    assert 1 == client.get_function_event_invoke_config(FunctionName="my-func")["MaximumRetryAttempts"]
    client.delete_function_event_invoke_config(FunctionName="my-func")
    listed = client.list_function_event_invoke_configs(FunctionName="my-func")
    assert [] == listed["FunctionEventInvokeConfigs"]


def test_recursion_and_tags(client: Any) -> None:
    assert "Terminate" == client.get_function_recursion_config(FunctionName="my-func")["RecursiveLoop"]
    client.put_function_recursion_config(FunctionName="my-func", RecursiveLoop="Allow")
    assert "Allow" == client.get_function_recursion_config(FunctionName="my-func")["RecursiveLoop"]
    client.tag_resource(Resource=ARN, Tags={"a": "1", "b": "2"})
    client.untag_resource(Resource=ARN, TagKeys=["a"])
    assert {"b": "2"} == client.list_tags(Resource=ARN)["Tags"]


def test_s3_keeps_objects(aws: FakeLambda) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="payloads", CreateBucketConfiguration={"LocationConstraint": aws.region})
    body = b'{"n": 1}' * 100_000  # large enough for botocore to ask whether it may send it
    s3.put_object(Bucket="payloads", Key="folder/a b.json", Body=body)
    assert len(body) == s3.head_object(Bucket="payloads", Key="folder/a b.json")["ContentLength"]
    assert body == s3.get_object(Bucket="payloads", Key="folder/a b.json")["Body"].read()
    with refused("NoSuchKey", 404):
        s3.get_object(Bucket="payloads", Key="none")
    assert ["PutObject", "HeadObject", "GetObject", "GetObject"] == [r.operation for r in aws.requests][-4:]


def test_sts_knows_who_asks_and_hands_out_roles(aws: FakeLambda) -> None:
    sts = aws.client("sts")
    assert "123456789012" == sts.get_caller_identity()["Account"]
    assumed = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/ci", RoleSessionName="build")
    assert assumed["Credentials"]["SessionToken"]


def asked_for(function: str, *, resource: str | None = None, hours_ago: int = 0) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": function}]
    if resource:
        dimensions.append({"Name": "Resource", "Value": resource})
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Invocations", "Dimensions": dimensions}
    end = datetime.now(UTC) - timedelta(hours=hours_ago)
    return {
        "MetricDataQueries": [{"Id": "m1", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}],
        "StartTime": end - timedelta(hours=1),
        "EndTime": end,
    }


def cloudwatch(aws: FakeLambda, protocol: str) -> Any:
    """A client that speaks one protocol, as SDKs of different age do."""
    session = botocore.session.Session()
    session.register_component("data_loader", create_loader())  # its own, because the model is changed
    model = session.get_component("data_loader").load_service_model("cloudwatch", "service-2")
    assert protocol in model["metadata"]["protocols"]
    model["metadata"] |= {"protocol": protocol, "protocols": [protocol]}
    keys = {"aws_access_key_id": "fake", "aws_secret_access_key": "fake"}
    return session.create_client("cloudwatch", aws.region, endpoint_url=aws.endpoint_url, **keys)


@pytest.mark.parametrize("protocol", ["json", "query"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (asked_for("my-func"), [42.0]),
        (asked_for("my-func", resource="my-func"), [42.0]),
        (asked_for("my-func", resource="my-func:prod"), []),
        (asked_for("my-func", hours_ago=2), []),
        (asked_for("other"), []),
    ],
)
def test_cloudwatch_knows_recent_invocations(
    open_fake: Open, protocol: str, query: dict[str, Any], expected: list[float]
) -> None:
    aws = open_fake()
    aws.add_function("my-func", recent_invocations=42)
    (result,) = cloudwatch(aws, protocol).get_metric_data(**query)["MetricDataResults"]
    assert ("m1", "Invocations", expected) == (result["Id"], result["Label"], result["Values"])
    assert len(expected) == len(result["Timestamps"])
    assert all(query["StartTime"] <= moment <= query["EndTime"] for moment in result["Timestamps"])
    assert "GetMetricData" == aws.requests[-1].operation


def test_boto3_s_own_choice_of_protocol_works(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", recent_invocations=7)
    (result,) = aws.client("cloudwatch").get_metric_data(**asked_for("my-func"))["MetricDataResults"]
    assert [7.0] == result["Values"]


def test_a_series_of_a_metric_is_answered_as_far_as_it_is_asked_for(open_fake: Open) -> None:
    aws = open_fake()
    query = asked_for("my-func")
    start = query["StartTime"].timestamp()
    aws.add_function("my-func", metrics={"Invocations Sum": {start - 60: 1, start + 60: 2, start + 120: 3}})
    (result,) = aws.client("cloudwatch").get_metric_data(**query)["MetricDataResults"]
    assert [3.0, 2.0] == result["Values"]  # the newest comes first, as CloudWatch has it
    assert [start + 120, start + 60] == [moment.timestamp() for moment in result["Timestamps"]]


def test_a_metric_may_differ_by_statistic_and_a_request_has_at_most_500(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", metrics={"Duration p95": 90.0, "Duration": 40.0})
    query = asked_for("my-func")
    (template,) = query["MetricDataQueries"]
    metric = template["MetricStat"]["Metric"] | {"MetricName": "Duration"}

    def asked(statistic: str, times: int = 1) -> list[dict[str, Any]]:
        stat = template["MetricStat"] | {"Metric": metric, "Stat": statistic}
        return [{"Id": f"m{number}", "MetricStat": stat} for number in range(times)]

    client = aws.client("cloudwatch")
    for statistic, expected in (("p95", 90.0), ("Average", 40.0)):
        found = client.get_metric_data(**query | {"MetricDataQueries": asked(statistic)})
        assert [expected] == found["MetricDataResults"][0]["Values"]
    with refused("ValidationError", 400):
        client.get_metric_data(**query | {"MetricDataQueries": asked("p95", 501)})


def test_in_another_region_there_are_no_functions(aws: FakeLambda, client: Any) -> None:
    elsewhere = aws.client("lambda", region_name="us-east-1", config=ONCE)
    assert [["my-func"], []] == [
        [function["FunctionName"] for function in each.list_functions()["Functions"]]
        for each in (client, elsewhere)
    ]


PRODUCT = json.dumps(
    {
        "product": {"productFamily": "Serverless", "attributes": {"regionCode": "eu-central-1"}},
        "serviceCode": "AWSLambda",
        "terms": {},
    }
)


@pytest.mark.parametrize(
    ("service", "filters", "expected"),
    [
        ("AWSLambda", [], [PRODUCT]),
        ("AWSLambda", [("regionCode", "eu-central-1"), ("productFamily", "Serverless")], [PRODUCT]),
        ("AWSLambda", [("regionCode", "us-east-1")], []),
        ("AmazonEC2", [], []),
    ],
)
def test_the_price_list_is_what_the_test_says(
    aws: FakeLambda, service: str, filters: list[tuple[str, str]], expected: list[str]
) -> None:
    aws.price_list.append(PRODUCT)
    asked = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in filters]
    found = aws.client("pricing").get_products(ServiceCode=service, Filters=asked)
    assert expected == found["PriceList"]


def test_the_price_list_is_empty_at_first(aws: FakeLambda) -> None:
    assert [] == aws.client("pricing", config=ONCE).get_products(ServiceCode="AWSLambda")["PriceList"]
