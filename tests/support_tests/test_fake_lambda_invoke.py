"""Invocations: answers, errors, environments, streams, logs."""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from fake_lambda import FakeLambda, FunctionFailure, InvokeRequest
from fake_lambda_cases import ONCE, Open, log_of, refused, report_of

from cost_models.pricing import billed_duration_ms
from cost_models.workload import Noise, PhysicalDuration, PointsDuration, Workload

STEADY = Workload("steady", PhysicalDuration(io_ms=20, cpu_ms=100), init_duration_ms=80, used_memory_mb=60)
SLOW = Workload("slow", PointsDuration(((128, 20000.0), (1024, 2000.0))))


def invoke(client: Any, payload: Any = None, **options: Any) -> dict[str, Any]:
    body = json.dumps({} if payload is None else payload).encode()
    answer: dict[str, Any] = client.invoke(FunctionName="my-func", LogType="Tail", Payload=body, **options)
    return answer


def test_an_answer_has_version_payload_and_log(client: Any) -> None:
    client.publish_version(FunctionName="my-func")
    answer = invoke(client, Qualifier="1")
    assert (200, "1") == (answer["StatusCode"], answer["ExecutedVersion"])
    assert {"statusCode": 200, "body": "ok"} == json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer
    assert answer["ResponseMetadata"]["RequestId"] == report_of(log_of(answer))["RequestId"]


def test_a_log_comes_only_when_it_is_asked_for(client: Any) -> None:
    assert "LogResult" not in client.invoke(FunctionName="my-func")


def test_durations_and_memory_are_those_of_the_workload(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", workload=STEADY, memory_mb=1024)
    client = aws.client("lambda")
    cold, warm = report_of(log_of(invoke(client))), report_of(log_of(invoke(client)))
    expected = f"{STEADY.expected_duration_ms(1024):.2f} ms"
    assert (expected, expected) == (cold["Duration"], warm["Duration"])
    assert ("80.00 ms", "1024 MB", "60 MB") == (
        cold["Init Duration"],
        cold["Memory Size"],
        cold["Max Memory Used"],
    )
    assert "Init Duration" not in warm
    duration = round(STEADY.expected_duration_ms(1024), 2)
    assert f"{billed_duration_ms(duration, 80)} ms" == cold["Billed Duration"]
    assert f"{billed_duration_ms(duration)} ms" == warm["Billed Duration"]


def test_log_lines_stand_between_start_and_end(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function(
        "my-func", log_lines=lambda request: [f"got {request.event['n']} at {request.memory_mb}"]
    )
    lines = log_of(invoke(aws.client("lambda"), {"n": 3})).splitlines()
    assert ["START", "got", "END", "REPORT"] == [line.split()[0] for line in lines]
    assert "got 3 at 512" == lines[1]
    assert lines[3].endswith(" ms\t")
    assert lines[0].endswith("Version: $LATEST")


def test_a_handler_makes_the_answer(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", handler=lambda event, memory_mb: {"sum": sum(event), "memory": memory_mb})
    assert {"sum": 6, "memory": 512} == json.loads(invoke(aws.client("lambda"), [1, 2, 3])["Payload"].read())


def fail(event: Any, memory_mb: int) -> Any:
    raise FunctionFailure("ValueError", "no such picture")


@pytest.mark.parametrize(
    ("workload", "options", "error", "report", "style"),
    [
        (
            SLOW,
            {},
            {"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out after 3.00 seconds"},
            {"Duration": "3000.00 ms", "Status": "timeout"},
            "new",
        ),
        (
            Workload("big", PhysicalDuration(1, 1), used_memory_mb=600),
            {},
            {"errorType": "Runtime.OutOfMemory", "errorMessage": "Runtime exited with error: signal: killed"},
            {"Max Memory Used": "512 MB", "Status": "error", "Error Type": "Runtime.OutOfMemory"},
            "new",
        ),
        (
            Workload("big", PhysicalDuration(1, 1), used_memory_mb=600),
            {},
            {"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited with error: signal: killed"},
            {"Max Memory Used": "512 MB"},
            "old",
        ),
        (
            STEADY,
            {"handler": fail},
            {"errorType": "ValueError", "errorMessage": "no such picture"},
            {"Status": "error", "Error Type": "ValueError"},
            "new",
        ),
        (
            SLOW,
            {},
            {"errorMessage": "Task timed out after 3.00 seconds"},
            {"Duration": "3000.00 ms"},
            "old",
        ),
    ],
)
def test_a_failure_is_an_unhandled_error(
    open_fake: Open, workload: Workload, options: Any, error: Any, report: Any, style: str
) -> None:
    aws = open_fake()
    aws.add_function("my-func", workload=workload, memory_mb=512, log_style=style, **options)
    answer = invoke(aws.client("lambda"))
    assert (200, "Unhandled") == (answer["StatusCode"], answer["FunctionError"])
    payload = json.loads(answer["Payload"].read())
    assert error.get("errorType") == payload.get("errorType")
    assert payload["errorMessage"].endswith(error["errorMessage"])
    fields = report_of(log_of(answer))
    assert report.items() <= fields.items()
    assert ("Status" in fields) is (style == "new")


def test_a_failed_environment_is_not_used_again(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", workload=SLOW, memory_mb=512)
    client = aws.client("lambda")
    invoke(client)
    invoke(client)
    assert [True, True] == [each.cold for each in aws.invocations]


def test_each_version_has_its_own_environments(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func")
    for qualifier in ("1", "$LATEST", "1", "$LATEST"):
        invoke(client, Qualifier=qualifier)
    client.update_function_configuration(FunctionName="my-func", Timeout=9)
    invoke(client, Qualifier="1")
    invoke(client)
    assert [True, True, False, False, False, True] == [each.cold for each in aws.invocations]
    assert 3 == len({each.environment for each in aws.invocations})


def test_concurrent_calls_open_more_environments(open_fake: Open) -> None:
    together = threading.Barrier(3)

    def wait(event: Any, memory_mb: int) -> Any:
        together.wait(5)

    aws = open_fake()
    aws.add_function("my-func", handler=wait)
    client = aws.client("lambda")
    with ThreadPoolExecutor(3) as pool:
        for _ in range(2):
            list(pool.map(lambda _: invoke(client), range(3)))
    assert [True] * 3 + [False] * 3 == [each.cold for each in aws.invocations]
    assert 3 == len({each.environment for each in aws.invocations})
    assert 3 == aws.peak_concurrency


def durations(open_fake: Open, seed: int) -> list[float]:
    aws = open_fake(seed=seed)
    aws.add_function("my-func", workload=Workload("w", PhysicalDuration(5, 50), noise=Noise(cv=0.1)))
    client = aws.client("lambda")
    for _ in range(4):
        invoke(client)
    return [each.duration_ms for each in aws.invocations]


def test_durations_follow_from_the_seed(open_fake: Open) -> None:
    first, again, other = (durations(open_fake, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert 4 == len(set(first))


def test_calls_run_with_the_old_configuration_until_an_update_settles(open_fake: Open) -> None:
    aws = open_fake(update_seconds=5)
    aws.add_function("my-func", memory_mb=512)
    client = aws.client("lambda")
    invoke(client)
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    invoke(client)
    aws.clock.advance(5)
    invoke(client)
    assert [(512, True), (512, False), (1024, True)] == [(i.memory_mb, i.cold) for i in aws.invocations]


def test_an_alias_leads_to_its_version_and_by_weight_to_another(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func")
    client.update_function_configuration(FunctionName="my-func", MemorySize=1024)
    client.publish_version(FunctionName="my-func")
    client.create_alias(
        FunctionName="my-func",
        Name="prod",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    executed = [invoke(client, Qualifier="prod")["ExecutedVersion"] for _ in range(40)]
    assert {"1", "2"} == set(executed)
    assert 8 <= executed.count("2") <= 32


def test_a_dry_run_runs_nothing(aws: FakeLambda, client: Any) -> None:
    invoke(client)
    assert 204 == client.invoke(FunctionName="my-func", InvocationType="DryRun")["StatusCode"]
    assert 1 == len(aws.invocations)
    invoke(client)
    assert [True, False] == [each.cold for each in aws.invocations]


def test_a_dry_run_warms_nothing(aws: FakeLambda, client: Any) -> None:
    client.invoke(FunctionName="my-func", InvocationType="DryRun")
    invoke(client)
    assert [True] == [each.cold for each in aws.invocations]


def test_an_event_is_accepted_without_an_answer(aws: FakeLambda, client: Any) -> None:
    answer = client.invoke(FunctionName="my-func", InvocationType="Event", Payload=b'{"a": 1}')
    assert (202, b"") == (answer["StatusCode"], answer["Payload"].read())
    assert [b'{"a": 1}'] == [each.payload for each in aws.invocations]


@pytest.mark.parametrize(
    ("payload", "code", "status"),
    [
        (b"{not json", "InvalidRequestContentException", 400),
        (b"1" * (6 * 1024 * 1024 + 1), "RequestTooLargeException", 413),
    ],
)
def test_a_payload_that_lambda_refuses(client: Any, payload: bytes, code: str, status: int) -> None:
    with refused(code, status):
        client.invoke(FunctionName="my-func", Payload=payload)


def test_the_tail_is_at_most_4096_bytes(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", log_lines=lambda request: ["é" * 30] * 200)
    answer = invoke(aws.client("lambda"))
    tail = base64.b64decode(answer["LogResult"])
    assert 4096 == len(tail)
    assert b"REPORT RequestId" in tail
    assert not tail.startswith(b"START")


def test_a_traced_function_has_a_second_report_line(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", tracing=True)
    last = log_of(invoke(aws.client("lambda"))).splitlines()[-1]
    assert last.startswith("XRAY TraceId: 1-")
    assert last.endswith("\tSampled: true\t")


def test_a_snapshot_is_restored_instead_of_initialised(open_fake: Open) -> None:
    aws = open_fake(snap_start_seconds=0)
    aws.add_function("my-func", snap_start=True, workload=STEADY)
    client = aws.client("lambda")
    client.publish_version(FunctionName="my-func")
    fields = report_of(log_of(invoke(client, Qualifier="1")))
    assert "Init Duration" not in fields
    assert "80.00 ms" == fields["Restore Duration"]
    duration = float(fields["Duration"].removesuffix(" ms"))
    restore = float(fields["Billed Restore Duration"].removesuffix(" ms"))
    assert f"{billed_duration_ms(duration, restore)} ms" == fields["Billed Duration"]
    assert "Restore Duration" not in report_of(log_of(invoke(client, Qualifier="1")))
    assert "Init Duration" in report_of(log_of(invoke(client)))


def test_json_logs_are_one_document_a_line(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function(
        "my-func",
        log_format="JSON",
        tracing=True,
        workload=STEADY,
        log_lines=lambda request: ["plain words", '{"mine": 1}'],
    )
    answer = invoke(aws.client("lambda"))
    start, plain_words, mine, report = map(json.loads, log_of(answer).splitlines())
    assert ("platform.start", "$LATEST") == (start["type"], start["record"]["version"])
    assert "plain words" == plain_words["message"]
    assert {"mine": 1} == mine
    record = report["record"]
    assert ("platform.report", "success") == (report["type"], record["status"])
    assert answer["ResponseMetadata"]["RequestId"] == record["requestId"]
    assert {"initDurationMs": 80.0, "memorySizeMB": 512, "maxMemoryUsedMB": 60}.items() <= record[
        "metrics"
    ].items()
    assert record["tracing"]["value"].startswith("1-")


def test_json_reports_tell_of_failures(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", log_format="JSON", workload=SLOW)
    record = json.loads(log_of(invoke(aws.client("lambda"))).splitlines()[-1])["record"]
    assert ("timeout", "Sandbox.Timedout") == (record["status"], record["errorType"])


def test_a_high_system_level_hides_the_reports_of_successes(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", log_format="JSON", system_log_level="WARN", workload=SLOW, memory_mb=1024)
    aws.add_function("slow", log_format="JSON", system_log_level="WARN", workload=SLOW, memory_mb=128)
    client = aws.client("lambda")
    assert "" == log_of(invoke(client))
    assert "platform.report" in log_of(client.invoke(FunctionName="slow", LogType="Tail"))


def test_a_stream_brings_chunks_and_the_log(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", handler=lambda event, memory_mb: "x" * 3000)
    answer = aws.client("lambda").invoke_with_response_stream(FunctionName="my-func", LogType="Tail")
    assert "$LATEST" == answer["ExecutedVersion"]
    *chunks, end = list(answer["EventStream"])
    assert 3 == len(chunks)
    assert json.dumps("x" * 3000).encode() == b"".join(c["PayloadChunk"]["Payload"] for c in chunks)
    assert "REPORT RequestId" in log_of(end["InvokeComplete"])
    assert "ErrorCode" not in end["InvokeComplete"]


def test_a_stream_ends_with_its_error(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", handler=fail)
    stream = aws.client("lambda").invoke_with_response_stream(FunctionName="my-func")["EventStream"]
    (end,) = list(stream)
    assert "ValueError" == end["InvokeComplete"]["ErrorCode"]
    assert "no such picture" in end["InvokeComplete"]["ErrorDetails"]
    assert "LogResult" not in end["InvokeComplete"]


def test_real_time_takes_its_time(open_fake: Open) -> None:
    aws = open_fake(real_time=0.2)
    aws.add_function("my-func", workload=Workload("w", PointsDuration(((128, 1000.0), (256, 1000.0)))))
    client = aws.client("lambda", config=ONCE)
    started = time.monotonic()
    invoke(client)
    assert 0.2 <= time.monotonic() - started < 0.9


def test_the_requests_and_invocations_are_recorded(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func", Description="d")
    invoke(client, {"a": 1}, Qualifier="1")
    publish, called = aws.requests
    assert ("PublishVersion", 201, "my-func") == (publish.operation, publish.status, publish.function)
    assert {"FunctionName": "my-func", "Description": "d"} == publish.parameters
    assert ("Invoke", 200, "my-func", "1") == (
        called.operation,
        called.status,
        called.function,
        called.qualifier,
    )
    assert b'{"a": 1}' == called.payload
    assert "Payload" not in called.parameters
    (ran,) = aws.invocations
    assert ("1", "1", 512, 3, "ok", True) == (
        ran.qualifier,
        ran.version,
        ran.memory_mb,
        ran.timeout_s,
        ran.ending,
        ran.cold,
    )
    assert called.payload_sha256 == ran.payload_sha256


def test_a_function_can_tell_environments_and_variables_apart(open_fake: Open) -> None:
    seen: list[InvokeRequest] = []

    def remember(request: InvokeRequest) -> list[str]:
        seen.append(request)
        return []

    aws = open_fake()
    aws.add_function("my-func", environment={"MODE": "x"}, log_lines=remember)
    client = aws.client("lambda")
    invoke(client)
    invoke(client)
    assert [{"MODE": "x"}] * 2 == [request.variables for request in seen]
    assert all(a.environment == b.environment for a, b in pairwise(seen))
    assert all(a.request_id != b.request_id for a, b in pairwise(seen))
