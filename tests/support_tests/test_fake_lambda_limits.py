"""Rates, concurrency and quotas of the account."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fake_lambda import FakeClock, FakeLambda
from fake_lambda_cases import ONCE, Open, plain, refused


def throttles(client: Any, operation: str, calls: int, **parameters: Any) -> list[str | None]:
    """The reason of each call's refusal, None where it was answered."""
    reasons: list[str | None] = []
    for _ in range(calls):
        try:
            getattr(client, operation)(**parameters)
            reasons.append(None)
        except ClientError as error:
            assert 429 == error.response["ResponseMetadata"]["HTTPStatusCode"]
            reasons.append(error.response["Reason"])
    return reasons


def test_fifteen_calls_a_second_are_allowed(open_fake: Open) -> None:
    aws = open_fake(control_rate=15.0)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    rejected = "CallerRateLimitExceeded"
    asked = {"FunctionName": "my-func"}
    assert [None] * 15 + [rejected] * 2 == throttles(client, "get_function_configuration", 17, **asked)
    assert [rejected] == throttles(client, "list_aliases", 1, **asked)
    aws.clock.advance(0.2)
    assert [None] * 3 + [rejected] == throttles(client, "get_function_configuration", 4, **asked)
    aws.clock.advance(60)
    assert [None] * 15 + [rejected] == throttles(client, "get_function_configuration", 16, **asked)


def test_get_function_has_a_rate_of_its_own_and_invoke_none(open_fake: Open) -> None:
    aws = open_fake(control_rate=15.0)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    throttles(client, "get_function_configuration", 16, FunctionName="my-func")
    assert [None] * 100 == throttles(client, "get_function", 101, FunctionName="my-func")[:100]
    assert 429 == aws.requests[-1].status
    assert [None] * 20 == throttles(client, "invoke", 20, FunctionName="my-func")


def test_the_rate_limit_is_on_unless_it_is_switched_off() -> None:
    with FakeLambda(clock=FakeClock(follow_real_time=False)) as aws:
        aws.add_function("my-func")
        client = aws.client("lambda", config=ONCE)
        refused_calls = throttles(client, "get_function_configuration", 16, FunctionName="my-func")
    assert 15 == refused_calls.count(None)


def test_time_that_requests_take_fills_the_bucket(open_fake: Open) -> None:
    clock = FakeClock(follow_real_time=False, tick_seconds=0.1)
    aws = open_fake(control_rate=15.0, clock=clock)
    aws.add_function("my-func")
    client = aws.client("lambda", config=ONCE)
    assert [None] * 40 == throttles(client, "get_function_configuration", 40, FunctionName="my-func")


class Gate:
    """Keeps invocations running until it is opened."""

    def __init__(self, calls: int) -> None:
        self.running = threading.Semaphore(0)
        self.open = threading.Event()
        self.calls = calls

    def handler(self, event: Any, memory_mb: int) -> Any:
        self.running.release()
        self.open.wait(10)

    def wait_until_full(self) -> None:
        for _ in range(self.calls):
            assert self.running.acquire(timeout=10)


@pytest.mark.parametrize(
    ("limit", "reserved", "allowed", "reason"),
    [
        (3, None, 3, "ConcurrentInvocationLimitExceeded"),
        (1000, 2, 2, "ReservedFunctionConcurrentInvocationLimitExceeded"),
    ],
)
def test_calls_above_the_limit_are_throttled(
    open_fake: Open, limit: int, reserved: int | None, allowed: int, reason: str
) -> None:
    gate = Gate(allowed)
    aws = open_fake(concurrency_limit=limit)
    aws.add_function("my-func", handler=gate.handler, reserved_concurrency=reserved)
    client = aws.client("lambda", config=ONCE)
    with ThreadPoolExecutor(allowed) as pool:
        running = [pool.submit(client.invoke, FunctionName="my-func") for _ in range(allowed)]
        gate.wait_until_full()
        assert [reason] == throttles(client, "invoke", 1, FunctionName="my-func")
        gate.open.set()
        assert [200] * allowed == [each.result()["StatusCode"] for each in running]
    assert [None] == throttles(client, "invoke", 1, FunctionName="my-func")
    assert allowed + 1 == len(aws.invocations)


def test_what_is_reserved_is_not_there_for_others(open_fake: Open) -> None:
    gate = Gate(1)
    aws = open_fake(concurrency_limit=3)
    aws.add_function("my-func", handler=gate.handler)
    aws.add_function("other", reserved_concurrency=2)
    client = aws.client("lambda", config=ONCE)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(client.invoke, FunctionName="my-func")
        gate.wait_until_full()
        assert ["ConcurrentInvocationLimitExceeded"] == throttles(client, "invoke", 1, FunctionName="my-func")
        assert [None] == throttles(client, "invoke", 1, FunctionName="other")
        gate.open.set()


def test_a_reservation_of_zero_stops_a_function(open_fake: Open) -> None:
    aws = open_fake()
    aws.add_function("my-func", reserved_concurrency=0)
    client = aws.client("lambda", config=ONCE)
    with refused("TooManyRequestsException", 429, "Rate Exceeded"):
        client.invoke(FunctionName="my-func")
    assert {"ReservedConcurrentExecutions": 0} == client.get_function(FunctionName="my-func")["Concurrency"]
    assert [] == aws.invocations


def test_the_account_tells_its_limits(open_fake: Open) -> None:
    aws = open_fake(concurrency_limit=500)
    aws.add_function("my-func", reserved_concurrency=50)
    settings = aws.client("lambda").get_account_settings()
    limit = settings["AccountLimit"]
    assert (500, 450) == (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"])
    assert 1 == settings["AccountUsage"]["FunctionCount"]


def test_concurrency_is_reserved_and_freed(client: Any) -> None:
    assert {} == plain(client.get_function_concurrency(FunctionName="my-func"))
    client.put_function_concurrency(FunctionName="my-func", ReservedConcurrentExecutions=900)
    assert {"ReservedConcurrentExecutions": 900} == plain(
        client.get_function_concurrency(FunctionName="my-func")
    )
    with refused("InvalidParameterValueException", 400, r"minimum value of \[100\]"):
        client.put_function_concurrency(FunctionName="my-func", ReservedConcurrentExecutions=901)
    client.delete_function_concurrency(FunctionName="my-func")
    assert {} == plain(client.get_function_concurrency(FunctionName="my-func"))


def test_a_new_account_can_reserve_nothing(open_fake: Open) -> None:
    aws = open_fake(concurrency_limit=10)
    aws.add_function("my-func")
    with refused("InvalidParameterValueException", 400, r"minimum value of \[10\]"):
        aws.client("lambda", config=ONCE).put_function_concurrency(
            FunctionName="my-func", ReservedConcurrentExecutions=1
        )


def test_provisioned_concurrency_takes_a_while(aws: FakeLambda, client: Any) -> None:
    client.publish_version(FunctionName="my-func")
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion="1")
    asked = {"FunctionName": "my-func", "Qualifier": "prod"}
    made = client.put_provisioned_concurrency_config(ProvisionedConcurrentExecutions=5, **asked)
    assert ("IN_PROGRESS", 0) == (made["Status"], made["AvailableProvisionedConcurrentExecutions"])
    aws.clock.advance(60)
    ready = client.get_provisioned_concurrency_config(**asked)
    assert ("READY", 5) == (ready["Status"], ready["AvailableProvisionedConcurrentExecutions"])
    (listed,) = client.list_provisioned_concurrency_configs(FunctionName="my-func")[
        "ProvisionedConcurrencyConfigs"
    ]
    assert listed["FunctionArn"].endswith(":my-func:prod")
    client.delete_provisioned_concurrency_config(**asked)
    with refused("ProvisionedConcurrencyConfigNotFoundException", 404):
        client.get_provisioned_concurrency_config(**asked)


@pytest.mark.parametrize(
    ("qualifier", "wanted", "message"),
    [("$LATEST", 1, "unpublished"), ("1", 901, r"minimum value of \[100\]")],
)
def test_provisioned_concurrency_that_cannot_be(
    client: Any, qualifier: str, wanted: int, message: str
) -> None:
    client.publish_version(FunctionName="my-func")
    with refused("InvalidParameterValueException", 400, message):
        client.put_provisioned_concurrency_config(
            FunctionName="my-func", Qualifier=qualifier, ProvisionedConcurrentExecutions=wanted
        )
