"""Each kind of fault strikes where it says, as often as it says."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from fake_lambda import FakeLambda, Fault, FaultKind
from fake_lambda_cases import ONCE, Open, log_of, plain, refused


def outcomes(client: Any, calls: int) -> str:
    """A letter a call: answered or not."""
    letters = []
    for _ in range(calls):
        try:
            client.get_function_configuration(FunctionName="my-func")
            letters.append("y")
        except ClientError:
            letters.append("n")
    return "".join(letters)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("GetFunctionConfiguration"), "nyyyyy"),
        (Fault("GetFunctionConfiguration", nth=3), "yynyyy"),
        (Fault("GetFunctionConfiguration", nth=2, times=3), "ynnnyy"),
        (Fault("GetFunctionConfiguration", nth=4, times=None), "yyynnn"),
        (Fault("*", times=2), "nnyyyy"),
        (Fault("PublishVersion", times=None), "yyyyyy"),
        (Fault("*", function="other", times=None), "yyyyyy"),
        (Fault("*", function="my-func"), "nyyyyy"),
    ],
)
def test_a_fault_strikes_the_requests_it_is_for(
    aws: FakeLambda, client: Any, fault: Fault, expected: str
) -> None:
    aws.faults.add(fault)
    assert expected == outcomes(client, 6)


def test_chance_follows_from_the_seed(aws: FakeLambda, client: Any) -> None:
    found = []
    for seed in (1, 1, 2):
        aws.faults.clear()
        aws.faults.add(Fault("*", probability=0.5, times=None, seed=seed))
        found.append(outcomes(client, 20))
    assert found[0] == found[1] != found[2]
    assert {"y", "n"} == set(found[0])


def test_an_error_before_changes_nothing(aws: FakeLambda, client: Any) -> None:
    before = aws.configuration("my-func")
    aws.faults.add(Fault("UpdateFunctionConfiguration"))
    with refused("ServiceException", 500):
        client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    assert before == aws.configuration("my-func")


def test_an_error_after_has_changed_everything(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("UpdateFunctionConfiguration", FaultKind.ERROR_AFTER))
    with refused("ServiceException", 500):
        client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    assert 1024 == aws.configuration("my-func")["MemorySize"]


def test_a_dropped_connection_leaves_the_change_and_no_answer(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("PublishVersion", "drop_after"))
    with pytest.raises(ConnectionClosedError):
        client.publish_version(FunctionName="my-func", Description="made")
    assert [("1", "made", 512)] == aws.versions("my-func")
    assert [("PublishVersion", None)] == [(r.operation, r.status) for r in aws.requests]
    assert 200 == client.get_function(FunctionName="my-func")["ResponseMetadata"]["HTTPStatusCode"]


def test_a_connection_can_be_dropped_before_anything_happens(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("PublishVersion", FaultKind.DROP_BEFORE))
    with pytest.raises(ConnectionClosedError):
        client.publish_version(FunctionName="my-func")
    assert [] == aws.versions("my-func")


def test_botocore_repeats_a_call_whose_answer_was_lost(aws: FakeLambda) -> None:
    aws.faults.add(Fault("Invoke", FaultKind.DROP_AFTER))
    aws.client("lambda").invoke(FunctionName="my-func")
    assert 2 == len(aws.invocations)


def test_throttling_looks_like_that_of_the_account(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault.throttled("PublishVersion", nth=2))
    client.publish_version(FunctionName="my-func")
    with pytest.raises(ClientError) as caught:
        client.publish_version(FunctionName="my-func")
    answer = caught.value.response
    assert ("TooManyRequestsException", "CallerRateLimitExceeded") == (
        answer["Error"]["Code"],
        answer["Reason"],
    )


@pytest.mark.parametrize(
    ("operation", "call", "message"),
    [
        (
            "PublishVersion",
            lambda c: c.publish_version(FunctionName="my-func"),
            r"not authorized to perform: lambda:PublishVersion on resource: "
            r"arn:aws:lambda:eu-central-1:123456789012:function:my-func because no identity-based policy",
        ),
        (
            "Invoke",
            lambda c: c.invoke(FunctionName="my-func:$LATEST"),
            r"lambda:InvokeFunction on resource: .*:function:my-func:\$LATEST because",
        ),
        ("GetAccountSettings", lambda c: c.get_account_settings(), r"resource: \* because"),
    ],
)
def test_a_missing_permission_is_told_in_aws_s_words(
    aws: FakeLambda, client: Any, operation: str, call: Any, message: str
) -> None:
    aws.faults.add(Fault.denied(operation))
    for _ in range(2):
        with refused("AccessDeniedException", 403, message):
            call(client)


@pytest.mark.parametrize(
    ("service", "operation", "call", "code"),
    [
        ("sts", "GetCallerIdentity", lambda c: c.get_caller_identity(), "AccessDenied"),
        ("s3", "GetObject", lambda c: c.get_object(Bucket="b", Key="k"), "AccessDenied"),
        (
            "pricing",
            "GetProducts",
            lambda c: c.get_products(ServiceCode="AWSLambda"),
            "AccessDeniedException",
        ),
        (
            "sqs",
            "GetQueueAttributes",
            lambda c: c.get_queue_attributes(QueueUrl="q"),
            "AccessDeniedException",
        ),
    ],
)
def test_other_services_can_be_denied_too(
    aws: FakeLambda, service: str, operation: str, call: Any, code: str
) -> None:
    aws.faults.add(Fault.denied(operation))
    with refused(code, 403, f"{service}:{operation}"):
        call(aws.client(service, config=ONCE))


def test_a_slow_answer_comes_late(aws: FakeLambda) -> None:
    aws.faults.add(Fault("PublishVersion", FaultKind.SLOW, seconds=1.0))
    config = Config(read_timeout=0.2, retries={"total_max_attempts": 1})
    with pytest.raises(ReadTimeoutError):
        aws.client("lambda", config=config).publish_version(FunctionName="my-func")
    assert 1 == len(aws.versions("my-func"))
    aws.faults.add(Fault("GetFunction", FaultKind.SLOW, seconds=0.2))
    started = time.monotonic()
    aws.client("lambda").get_function(FunctionName="my-func")
    assert 0.2 <= time.monotonic() - started


def tail(aws: FakeLambda) -> str | None:
    answer = aws.client("lambda").invoke(FunctionName="my-func", LogType="Tail")
    return log_of(answer) if "LogResult" in answer else None


def test_a_log_can_be_missing(aws: FakeLambda) -> None:
    aws.faults.add(Fault("Invoke", FaultKind.NO_LOG))
    assert None is tail(aws)
    assert "REPORT" in str(tail(aws))


@pytest.mark.parametrize(
    ("log_format", "report"), [("Text", "REPORT RequestId"), ("JSON", "platform.report")]
)
def test_a_log_can_lose_its_report(open_fake: Open, log_format: str, report: str) -> None:
    aws = open_fake()
    aws.add_function("my-func", log_format=log_format)
    aws.faults.add(Fault("Invoke", FaultKind.CUT_LOG))
    cut, whole = tail(aws), tail(aws)
    assert cut
    assert report not in cut
    assert report in str(whole)


def test_broken_lines_stand_before_a_report_that_is_whole(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", log_format="JSON")
    aws.faults.add(Fault("Invoke", FaultKind.BROKEN_LOG))
    *before, last = str(tail(aws)).splitlines()
    assert "platform.report" == json.loads(last)["type"]
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        [json.loads(line) for line in before]


def test_an_update_can_take_longer(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("UpdateFunctionConfiguration", FaultKind.LONG_UPDATE, seconds=30))
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    aws.clock.advance(29)
    assert "InProgress" == aws.configuration("my-func")["LastUpdateStatus"]
    aws.clock.advance(1)
    assert "Successful" == aws.configuration("my-func")["LastUpdateStatus"]


def test_an_update_can_fail(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("UpdateFunctionConfiguration", FaultKind.FAILED_UPDATE))
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    found = client.get_function_configuration(FunctionName="my-func")
    assert ("Failed", "InvalidConfiguration") == (
        found["LastUpdateStatus"],
        found["LastUpdateStatusReasonCode"],
    )
    client.invoke(FunctionName="my-func")
    assert 512 == aws.invocations[-1].memory_mb
    client.update_function_configuration(FunctionName="my-func", MemorySize=256)
    client.invoke(FunctionName="my-func")
    assert 256 == aws.invocations[-1].memory_mb


def test_a_version_can_fail(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("PublishVersion", FaultKind.FAILED_UPDATE))
    client.publish_version(FunctionName="my-func")
    found = client.get_function_configuration(FunctionName="my-func", Qualifier="1")
    assert ("Failed", "FunctionError") == (found["State"], found["StateReasonCode"])


def test_somebody_else_changes_the_function_just_before(open_fake: Open) -> None:
    aws = open_fake(update_seconds=5)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    revision = aws.configuration("my-func")["RevisionId"]
    change = {"MemorySize": 2048, "Environment": {"Variables": {"THEIRS": "1"}}}
    aws.faults.add(Fault("UpdateFunctionConfiguration", FaultKind.FOREIGN_CHANGE, change=change))
    with refused("PreconditionFailedException", 412):
        client.update_function_configuration(FunctionName="my-func", Timeout=9, RevisionId=revision)
    after = aws.configuration("my-func")
    assert (2048, 3, {"Variables": {"THEIRS": "1"}}) == (
        after["MemorySize"],
        after["Timeout"],
        after["Environment"],
    )
    assert ["UpdateFunctionConfiguration"] == [r.operation for r in aws.requests]


def test_somebody_else_deploys_code_just_before(aws: FakeLambda, client: Any) -> None:
    before = aws.configuration("my-func")["CodeSha256"]
    aws.faults.add(Fault("PublishVersion", FaultKind.FOREIGN_CHANGE, change={"ZipFile": b"their code"}))
    with refused("InvalidParameterValueException", 400, "CodeSHA256"):
        client.publish_version(FunctionName="my-func", CodeSha256=before)
    assert before != aws.configuration("my-func")["CodeSha256"]


def test_a_test_can_look_on_before_and_after_each_request(aws: FakeLambda, client: Any) -> None:
    seen: list[tuple[str, str, int]] = []
    aws.on_request = lambda operation, phase: seen.append(
        (operation, phase, aws.configuration("my-func")["MemorySize"])
    )
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    aws.client("sts").get_caller_identity()
    assert [
        ("UpdateFunctionConfiguration", "before", 512),
        ("UpdateFunctionConfiguration", "after", 1024),
        ("GetCallerIdentity", "before", 1024),
        ("GetCallerIdentity", "after", 1024),
    ] == seen


def test_a_fault_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="sabotage"):
        Fault("Invoke", kind="sabotage")


def test_without_faults_nothing_is_wrong(aws: FakeLambda, client: Any) -> None:
    aws.faults.add(Fault("*", times=None))
    aws.faults.clear()
    assert aws.configuration("my-func") == plain(client.get_function_configuration(FunctionName="my-func"))
