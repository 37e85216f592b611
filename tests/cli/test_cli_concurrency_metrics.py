"""`tuner concurrency aws:NAME`: CloudWatch's minutes as requests that were seen."""

import json
import time

import pytest
from concurrency_documents import document_of
from fake_lambda import FakeLambda, Fault

DAY_S = 86_400
MIDNIGHT = int(time.time()) // DAY_S * DAY_S - 2 * DAY_S
"""The start of the day before yesterday (UTC)."""
MINUTES = [MIDNIGHT + 60 * n for n in range(2 * 1_440)]


def at_work(minute_s):
    return 9 <= minute_s % DAY_S // 3_600 < 17


@pytest.fixture(scope="module")
def aws():
    """60 calls a minute of 500 ms at work with up to 4 in progress, else 2; one in a thousand spills over."""
    calls = {at: 60 if at_work(at) else 2 for at in MINUTES}
    metrics = {
        "Invocations Sum": calls,
        "Duration Sum": {at: number * 500.0 for at, number in calls.items()},
        "ConcurrentExecutions": {at: 4 if at_work(at) else 1 for at in MINUTES},
        "ProvisionedConcurrencySpilloverInvocations": {MINUTES[600]: 58},
    }
    with FakeLambda(control_rate=None) as account:
        account.add_function("checkout", memory_mb=1024, reserved_concurrency=50, metrics=metrics)
        account.add_function("limited", metrics=metrics | {"Throttles": {MINUTES[700]: 7}})
        account.add_function("idle")
        yield account


@pytest.fixture
def ask(tuner, aws):
    return lambda *arguments: tuner("concurrency", *arguments, **aws.environment)


def test_metrics_give_the_busiest_hour_and_a_schedule_by_the_hour(ask, aws, tmp_path):
    finished = ask("aws:checkout", "--since", "4d", "--json")
    found = document_of(finished)
    assert 0.5 == pytest.approx(found["expected_concurrency"])
    requests = 2 * (8 * 60 * 60 + 16 * 60 * 2)
    assert ("metrics", requests, 4) == tuple(
        found["arrivals"][key] for key in ("source", "requests", "peak_concurrency")
    )
    assert (4, 4) == (found["reserved_concurrency"], found["provisioned_concurrency"]["recommended"])
    # Its own reservation of 50 is not that of others.
    assert {"limit": 1000, "reserved_elsewhere": 0, "unreserved": 1000, "reservable": 900} == found["account"]
    hours = found["provisioned_concurrency"]["schedule"]["hours"]
    assert [4 if 9 <= hour < 17 else 1 for hour in range(24)] == [h["provisioned_concurrency"] for h in hours]
    assert ["W-SPILLOVER"] == [warning["code"] for warning in found["warnings"]]
    assert "which costs $0.00005" in finished.stderr
    assert {"Invoke", "UpdateFunctionConfiguration"}.isdisjoint(r.operation for r in aws.requests)


def test_the_words_name_the_alias_and_what_was_throttled(ask):
    finished = ask("aws:limited", "--max-cold", "5%")
    assert finished.stdout.startswith("limited needs a concurrency of 0.5 in its busiest hour; reserve 4")
    assert "evenly" in finished.stdout
    assert "7 requests throttled in that time" in finished.stderr
    assert "function:limited:ALIAS" in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80


def test_cold_starts_are_taken_from_the_options(ask):
    asked = ("aws:checkout", "--since", "4d", "--json", "--init-duration", "1s", "--cold-share")
    rare, often = (json.loads(ask(*asked, share).stdout) for share in ("0.5%", "10%"))
    assert 0 == rare["provisioned_concurrency"]["recommended"]
    assert 0.6 == pytest.approx(often["expected_concurrency"])


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("aws:idle",), 4, "no invocation in that time"),
        (("aws:chekout",), 2, "there is no function 'chekout'"),
        (("aws:check out",), 2, "is no name of a Lambda function"),
        (("aws:checkout", "--since", "16d"), 2, "up to the 15d"),
        (("aws:checkout", "--since", "0h"), 2, "write 6h or 14d"),
        (("--json", "aws:checkout"), 2, "--json before 'aws:NAME' has no effect"),
        (
            ("arn:aws:lambda:us-east-1:123456789012:function:checkout", "--region", "eu-west-1"),
            2,
            "leave out",
        ),
    ],
)
def test_what_cannot_be_answered_is_said(ask, arguments, code, message):
    finished = ask(*arguments)
    assert code == finished.returncode, finished.stderr
    assert message in finished.stderr + finished.stdout


def test_metrics_that_may_not_be_read_are_an_error_with_the_permission(ask, aws):
    aws.faults.add(Fault.denied("GetMetricData"))
    try:
        finished = ask("aws:checkout")
    finally:
        aws.faults.clear()
    assert 3 == finished.returncode
    assert "allow cloudwatch:GetMetricData" in finished.stderr
