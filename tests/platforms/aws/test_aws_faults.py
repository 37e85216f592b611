"""Whatever goes wrong at AWS: the right answer or a clear error, and always the function as it was."""

from time import sleep

import pytest
from aws_account import STEADY, as_it_was
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from fake_lambda import Fault, FaultKind

from tuner.errors import MeasurementError, NotRestoredError
from tuner.platforms.aws import connection
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.permissions import CALLS, Mode
from tuner.records import Outcome

SIZES = [512, 1024, 1769, 3008]
CHANGES = ("UpdateFunctionConfiguration", "PublishVersion", "DeleteFunction")
READS = ("GetFunction", "GetFunctionConfiguration", "ListVersionsByFunction")
EVERY_CALL_OF_A_RUN = sorted({*CHANGES, *READS, "Invoke"})
FOREIGN = {
    "memory": {"MemorySize": 2048},
    "description": {"Description": "new"},
    "environment": {"Environment": {"Variables": {"STAGE": "prod"}}},
    "code": {"ZipFile": b"new code"},
}


def is_clean(aws, before, journal_folder):
    assert before == as_it_was(aws)
    assert [] == aws.versions("my-func")
    assert [] == list(journal_folder.glob("*"))


def survives(aws, tune, journal_folder, *faults, **options):
    """Run with these faults; the result where there is one. An error must be clear, and nothing be left."""
    before = as_it_was(aws)
    for fault in faults:
        aws.faults.add(fault)
    try:
        return tune(
            aws, "my-func", **{"memory_sizes": SIZES, "invocations": 3, "strategy": "speed"} | options
        )
    except MeasurementError as error:
        assert not isinstance(error, NotRestoredError)
        assert 3 == error.exit_code
        assert error.message
        assert error.hint
        return None
    finally:
        is_clean(aws, before, journal_folder)


def right(found):
    return found is not None and 1769 == found.recommendation.candidate.memory_mb


@pytest.mark.parametrize("operation", EVERY_CALL_OF_A_RUN)
def test_a_burst_of_throttling_is_waited_out(aws, tune, journal_folder, operation):
    found = survives(aws, tune, journal_folder, Fault.throttled(operation, nth=2, times=2))
    assert right(found)
    assert {Outcome.OK} == set().union(*(found.measurements.outcomes(size) for size in SIZES))


@pytest.mark.parametrize("operation", EVERY_CALL_OF_A_RUN)
def test_a_burst_of_server_errors_is_waited_out(aws, tune, journal_folder, operation):
    assert right(survives(aws, tune, journal_folder, Fault(operation, nth=2, times=2)))


@pytest.mark.parametrize("operation", CHANGES)
@pytest.mark.parametrize("kind", [FaultKind.ERROR_AFTER, FaultKind.DROP_AFTER, FaultKind.DROP_BEFORE])
@pytest.mark.parametrize("nth", [1, 4])
def test_an_answer_that_is_lost_is_found_out(aws, tune, journal_folder, operation, kind, nth):
    assert right(survives(aws, tune, journal_folder, Fault(operation, kind, nth=nth)))


@pytest.mark.parametrize("operation", CHANGES)
def test_a_conflict_is_waited_out(aws, tune, journal_folder, operation):
    conflict = Fault(operation, nth=2, times=2, status=409, code="ResourceConflictException")
    assert right(survives(aws, tune, journal_folder, conflict))


def test_a_stale_revision_is_read_again(aws, tune, journal_folder):
    stale = Fault(
        "UpdateFunctionConfiguration", nth=2, times=2, status=412, code="PreconditionFailedException"
    )
    assert right(survives(aws, tune, journal_folder, stale))


def test_slow_updates_are_waited_for(account, tune, journal_folder):
    aws = account(update_seconds=30, publish_seconds=60)
    aws.clock.tick_seconds = 20
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload=STEADY)
    assert right(survives(aws, tune, journal_folder))


def test_an_update_that_fails_is_an_error(aws, tune, journal_folder):
    assert survives(aws, tune, journal_folder, Fault("UpdateFunctionConfiguration", "failed_update")) is None


def test_a_snapshot_may_take_minutes(account, tune, journal_folder):
    aws = account(snap_start_seconds=150)
    aws.clock.tick_seconds = 60
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload=STEADY, snap_start=True)
    assert right(survives(aws, tune, journal_folder))


@pytest.mark.parametrize("kind", [FaultKind.NO_LOG, FaultKind.CUT_LOG, FaultKind.BROKEN_LOG])
@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_a_log_without_its_record_is_no_fast_call(account, tune, journal_folder, kind, log_format):
    aws = account()
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload=STEADY, log_format=log_format)
    # Sizes are measured side by side, so all three may strike one: enough calls of it are left.
    fault = Fault("Invoke", kind, nth=9, times=3)
    found = survives(aws, tune, journal_folder, fault, invocations=6)
    assert right(found)
    lost = [i for i in found.measurements.invocations if i.outcome is Outcome.UNREADABLE_LOG]
    assert kind is FaultKind.BROKEN_LOG or 3 == len(lost)
    assert all(i.duration_ms is None for i in lost)


def test_a_connection_that_is_lost_in_a_call_does_not_invoke_again(aws, tune, journal_folder):
    found = survives(aws, tune, journal_folder, Fault("Invoke", FaultKind.DROP_AFTER, nth=5))
    assert right(found)
    assert len(aws.invocations) == found.spent.invocations
    assert 1 == sum(i.outcome is Outcome.UNREADABLE_LOG for i in found.measurements.invocations)


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize("nth", [1, 2, len(SIZES), len(SIZES) + 1])
def test_what_somebody_else_changes_meanwhile_is_left_and_told(aws, tune, journal_folder, what, nth):
    before = as_it_was(aws)
    aws.faults.add(
        Fault("UpdateFunctionConfiguration", FaultKind.FOREIGN_CHANGE, nth=nth, change=FOREIGN[what])
    )
    with pytest.raises(MeasurementError, match="somebody else") as told:
        tune(aws, "my-func", memory_sizes=SIZES, invocations=1)
    assert 3 == told.value.exit_code
    after = as_it_was(aws)
    theirs = {"CodeSha256", "CodeSize"} if what == "code" else set(FOREIGN[what])
    changed = {key for key in after if after[key] != before.get(key)}
    assert theirs & set(after) == changed - {"ConfigSha256"}
    assert all(
        after[key] == value for key, value in FOREIGN[what].items() if key in ("MemorySize", "Description")
    )
    assert [] == aws.versions("my-func")
    assert [] == list(journal_folder.glob("*"))


@pytest.mark.parametrize(
    "operation",
    sorted(
        o
        for o, call in CALLS.items()
        if call.service == "lambda" and call.mode is not Mode.ROLL_OUT and o != "InvokeWithResponseStream"
    ),
)
def test_every_permission_that_is_missing_is_named_and_nothing_is_left(aws, tune, journal_folder, operation):
    before = as_it_was(aws)
    aws.faults.add(Fault.denied(operation))
    try:
        found = tune(aws, "my-func", memory_sizes=[256, 512], invocations=1)
    except MeasurementError as error:
        assert CALLS[operation].action in error.message + error.hint
        assert not isinstance(error, NotRestoredError)
    else:
        # What is only looked at for the user's sake may be missing, and is said; or it is never called.
        assert Mode.READ is CALLS[operation].mode
        asked = any(operation == request.operation for request in aws.requests)
        assert asked == any("W-UNREAD" == w.code for w in found.warnings)
    is_clean(aws, before, journal_folder)


def test_permissions_that_go_missing_on_the_way_are_an_error_with_the_command(aws, tune, journal_folder):
    before = as_it_was(aws)
    aws.faults.add(Fault.denied("DeleteFunction", nth=2))
    with pytest.raises(NotRestoredError, match="versions are left") as told:
        tune(aws, "my-func", memory_sizes=[256, 1769], invocations=2)
    assert "tuner restore my-func" in told.value.hint
    assert told.value.result.recommendation.candidate.memory_mb in (256, 1769)
    assert before == as_it_was(aws)
    assert 2 == len(aws.versions("my-func"))
    assert 1 == len(list(journal_folder.glob("*.json")))


def test_a_default_client_runs_a_slow_function_three_times(account):
    """boto3 gives up on an answer that takes longer than its patience, and sends the invocation anew."""

    aws = account()
    runs = []
    aws.add_function("my-func", memory_mb=512, handler=lambda event, memory_mb: (runs.append(1), sleep(0.5)))
    with pytest.raises(ReadTimeoutError):
        aws.client("lambda", config=Config(read_timeout=0.2)).invoke(FunctionName="my-func")
    assert 3 == len(runs)


def test_ours_runs_it_once(account, monkeypatch):
    aws = account()
    runs = []
    aws.add_function("my-func", memory_mb=512, handler=lambda event, memory_mb: (runs.append(1), sleep(0.5)))
    monkeypatch.setattr(connection, "ANSWER_MARGIN_S", -0.8)
    client = Connection(endpoint_url=aws.endpoint_url).invoking_client(timeout_s=1, parallel=1)
    with pytest.raises(ReadTimeoutError):
        client.invoke(FunctionName="my-func")
    assert 1 == len(runs)


def test_ours_waits_for_the_functions_own_timeout_and_asks_once(aws):
    client = Connection(endpoint_url=aws.endpoint_url).invoking_client(timeout_s=900, parallel=20)
    assert client.meta.config.read_timeout > 900
    assert 1 == client.meta.config.retries["total_max_attempts"]
    assert client.meta.config.tcp_keepalive
    assert 20 == client.meta.config.max_pool_connections
