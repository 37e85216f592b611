"""The fake as a server: HTTP details, other processes, one fake after the other, what moto must have."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from fake_lambda import FakeClock, FakeLambda
from fake_lambda.moto_bridge import call_moto, reset_moto

SUPPORT = Path(__file__).parents[1] / "support"


def exchange(aws: FakeLambda, *requests: bytes) -> list[bytes]:
    """Raw requests on one connection, each with its raw answer."""
    port = int(aws.endpoint_url.rpartition(":")[2])
    answers = []
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for request in requests:
            connection.sendall(request)
            answers.append(connection.recv(65536))
    return answers


def raw(method: str, target: str, *headers: str) -> bytes:
    scope = "Credential=k/20260101/eu-central-1/lambda/aws4_request"
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Authorization: AWS4-HMAC-SHA256 {scope}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode()


FUNCTION = "/2015-03-31/functions/my-func"


def test_a_connection_serves_one_request_after_the_other(aws: FakeLambda) -> None:
    request = raw("GET", f"{FUNCTION}/configuration")
    first, second = exchange(aws, request, request)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert second.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_client_may_ask_whether_to_send_its_body(aws: FakeLambda) -> None:
    headers = ("Content-Length: 18", "Expect: 100-continue", "Content-Type: application/json")
    asked, answer = exchange(aws, raw("PUT", f"{FUNCTION}/configuration", *headers), b'{"MemorySize":256}')
    assert asked.startswith(b"HTTP/1.1 100 Continue")
    assert answer.startswith(b"HTTP/1.1 200")
    assert 256 == aws.configuration("my-func")["MemorySize"]


def test_a_body_may_come_in_chunks(aws: FakeLambda) -> None:
    body = b'c\r\n{"MemorySize\r\n6\r\n":256}\r\n0\r\n\r\n'
    request = raw("PUT", f"{FUNCTION}/configuration", "Transfer-Encoding: chunked") + body
    (answer,) = exchange(aws, request)
    assert answer.startswith(b"HTTP/1.1 200")
    assert 256 == aws.configuration("my-func")["MemorySize"]


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (raw("PUT", f"{FUNCTION}/configuration", "Content-Length: 5") + b"{nope", b"400"),
        (raw("PUT", f"{FUNCTION}/configuration", "Content-Length: 2") + b"[]", b"400"),
        (raw("GET", "/2015-03-31/nothing"), b"404"),
    ],
)
def test_what_is_no_request_to_lambda_is_refused(
    aws: FakeLambda, request_bytes: bytes, status: bytes
) -> None:
    (answer,) = exchange(aws, request_bytes)
    assert status == answer.split()[1]


def test_a_client_that_goes_away_harms_nobody(aws: FakeLambda, client: Any) -> None:
    port = int(aws.endpoint_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(raw("PUT", f"{FUNCTION}/configuration", "Content-Length: 50") + b"{")
    assert 200 == client.get_function(FunctionName="my-func")["ResponseMetadata"]["HTTPStatusCode"]


def test_many_threads_are_served(aws: FakeLambda, client: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.invoke(FunctionName="my-func"), range(80)))
    assert [200] * 80 == [answer["StatusCode"] for answer in answers]
    assert list(range(80)) == sorted(record.sequence for record in aws.requests)
    assert 80 == len(aws.invocations)


def test_one_fake_after_the_other_starts_from_nothing() -> None:
    urls = set()
    for _ in range(2):
        with FakeLambda(clock=FakeClock(follow_real_time=False)) as aws:
            assert [] == aws.client("lambda").list_functions()["Functions"]
            assert [] == aws.client("s3").list_buckets()["Buckets"]
            aws.add_function("my-func")
            aws.client("s3").create_bucket(
                Bucket="payloads", CreateBucketConfiguration={"LocationConstraint": aws.region}
            )
            urls.add(aws.endpoint_url)
    for url in urls:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])))


def test_a_stopped_fake_answers_no_open_connection() -> None:
    with FakeLambda() as aws:
        port = int(aws.endpoint_url.rpartition(":")[2])
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(raw("GET", "/2015-03-31/functions"))
        assert connection.recv(65536)
    assert b"" == connection.recv(65536)
    connection.close()


def test_it_has_no_address_before_it_is_started() -> None:
    with pytest.raises(RuntimeError, match="with statement"):
        assert FakeLambda().endpoint_url


def test_the_environment_leads_another_process_here(aws: FakeLambda) -> None:
    program = (
        "import boto3; client = boto3.client('lambda'); "
        "print(client.get_function_configuration(FunctionName='my-func')['MemorySize'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], **aws.environment},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "512\n" == done.stdout


def test_a_client_can_be_killed_at_a_certain_request(aws: FakeLambda) -> None:
    program = (
        "import boto3\n"
        "client = boto3.client('lambda')\n"
        "for memory in range(128, 138):\n"
        "    client.update_function_configuration(FunctionName='my-func', MemorySize=memory)\n"
        "    client.publish_version(FunctionName='my-func')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={"PATH": os.environ["PATH"], **aws.environment}
    )

    def kill_at_the_second(operation: str, phase: str) -> None:
        if (operation, phase) == ("PublishVersion", "after") and len(aws.versions("my-func")) == 2:
            process.kill()

    aws.on_request = kill_at_the_second
    assert -signal.SIGKILL == process.wait(30)
    assert [("1", "", 128), ("2", "", 129)] == aws.versions("my-func")


def test_the_demonstration_serves_until_it_is_ended() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "fake_lambda", "--name", "demo", "--model", "io-bound", "--memory", "256"],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        session = boto3.Session("fake", "fake", region_name="eu-central-1")
        found = session.client("lambda", endpoint_url=url).get_function_configuration(FunctionName="demo")
        assert 256 == found["MemorySize"]
        process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(10)
    finally:
        process.kill()
        process.wait()


def test_moto_still_has_what_is_used_of_it() -> None:
    """Names the piece that is gone when a new moto breaks the fake."""
    reset_moto()
    region = "eu-central-1"
    trust = '{"Version": "2012-10-17", "Statement": []}'
    call_moto("iam", region, "CreateRole", {"RoleName": "r", "AssumeRolePolicyDocument": trust})
    code = {"ZipFile": b"code"}
    created = call_moto(
        "lambda",
        region,
        "CreateFunction",
        {
            "FunctionName": "f",
            "Role": "arn:aws:iam::123456789012:role/r",
            "Runtime": "python3.12",
            "Handler": "app.handler",
            "Code": code,
        },
    )
    assert (4, "f") == (created["CodeSize"], created["FunctionName"])
    updated = call_moto("lambda", region, "UpdateFunctionCode", {"FunctionName": "f", "ZipFile": b"other"})
    assert created["CodeSha256"] != updated["CodeSha256"]
    queue = call_moto("sqs", region, "CreateQueue", {"QueueName": "q"})["QueueUrl"]
    asked = {"QueueUrl": queue, "AttributeNames": ["QueueArn"]}
    arn = call_moto("sqs", region, "GetQueueAttributes", asked)["Attributes"]["QueueArn"]
    mapping = {"FunctionName": "f", "EventSourceArn": arn}
    made = call_moto("lambda", region, "CreateEventSourceMapping", mapping)
    listed = call_moto("lambda", region, "ListEventSourceMappings", {})["EventSourceMappings"]
    assert [made["UUID"]] == [each["UUID"] for each in listed]
    call_moto("lambda", region, "PutFunctionEventInvokeConfig", {"FunctionName": "f"})
    call_moto("lambda", region, "DeleteFunction", {"FunctionName": "f"})
    reset_moto()
    assert [] == call_moto("lambda", region, "ListFunctions", {})["Functions"]
