"""What each practice says of a function, from what was read of it."""

import json
from dataclasses import replace
from datetime import date

import pytest

from tuner.platforms.aws.deployed import Deployed, Traffic
from tuner.platforms.aws.doctor.evidence import Evidence, invoking_services, source_name
from tuner.platforms.aws.doctor.findings import Finding, Group, Severity, worst
from tuner.platforms.aws.doctor.practices import PRACTICES, audit
from tuner.platforms.aws.names import FunctionName
from tuner.records import Invocation, Outcome

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:my-func"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:orders"
STREAM = "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks"
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/users/stream/2026-01-01T00:00:00.000"
KEPT = {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sns:eu-central-1:123456789012:failed"}}}
CONFIGURATION = {
    "FunctionArn": ARN,
    "MemorySize": 512,
    "Timeout": 10,
    "Runtime": "python3.13",
    "Architectures": ["arm64"],
    "CodeSize": 4_000_000,
    "PackageType": "Zip",
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "Active"},
}


def function(**changes):
    """A function that nothing can be said against; `changes` of its configuration."""
    name = FunctionName("my-func")
    return Deployed(name=name, region="eu-central-1", configuration=CONFIGURATION | changes)


def evidence(**known):
    known = {"failure_handling": {}, "recursive_loop": "Terminate", "today": date(2026, 11, 1)} | known
    deployed = known.pop("function", None) or function()
    return Evidence(function=deployed, latest=deployed.configuration, **known)


def policy(*services):
    statements = [{"Effect": "Allow", "Principal": {"Service": service}} for service in services]
    return json.dumps({"Statement": statements})


def queue(visible_s=60, receives=5, **source):
    """A queue as an event source, with its attributes."""
    redrive = {} if receives is None else {"RedrivePolicy": json.dumps({"maxReceiveCount": receives})}
    attributes = {"VisibilityTimeout": str(visible_s)} | redrive
    mapping = {"EventSourceArn": QUEUE, "State": "Enabled"} | source
    return {"event_sources": (mapping,), "queues": {QUEUE: attributes}}


def said(known, code):
    """What one practice says: severity, message and hint."""
    return [finding for finding in audit(known) if finding.code == code]


def one(known, code):
    (finding,) = said(known, code)
    return finding


def test_a_function_that_follows_them_all_has_nothing_to_mend():
    assert Severity.OK == worst(audit(evidence()))


def test_every_practice_has_a_code_of_its_own_and_a_page():
    assert len(PRACTICES) == len({practice.code for practice in PRACTICES})
    assert all(practice.source.startswith("https://docs.aws.amazon.com/") for practice in PRACTICES)


@pytest.mark.parametrize(
    ("timeout_s", "severity"),
    [(29, Severity.OK), (30, Severity.NOTE), (31, Severity.WARNING)],
)
def test_the_timeout_stays_within_what_api_gateway_waits(timeout_s, severity):
    known = evidence(function=function(Timeout=timeout_s), policy=policy("apigateway.amazonaws.com"))
    assert severity == one(known, "D-API-TIMEOUT").severity


def test_a_long_timeout_is_nothing_to_other_callers():
    known = evidence(function=function(Timeout=900), policy=policy("sns.amazonaws.com"))
    assert [] == said(known, "D-API-TIMEOUT")


@pytest.mark.parametrize(
    ("visible_s", "window_s", "severity"),
    [
        (9, 0, Severity.ERROR),
        (10, 0, Severity.WARNING),
        (59, 0, Severity.WARNING),
        (60, 0, Severity.OK),
        (60, 5, Severity.WARNING),
        (65, 5, Severity.OK),
    ],
)
def test_a_queue_hides_messages_for_six_timeouts_and_the_batch_window(visible_s, window_s, severity):
    known = evidence(**queue(visible_s, MaximumBatchingWindowInSeconds=window_s))
    found = one(known, "D-QUEUE-VISIBILITY")
    assert severity == found.severity
    assert (severity is Severity.OK) == (found.hint is None)


def test_the_hint_names_the_visibility_timeout_to_set():
    known = evidence(**queue(30, MaximumBatchingWindowInSeconds=20))
    assert "80 s" in one(known, "D-QUEUE-VISIBILITY").hint


@pytest.mark.parametrize("source", [{"State": "Disabled"}, {"EventSourceArn": STREAM}])
def test_only_queues_that_are_switched_on_count(source):
    assert [] == said(evidence(**queue(1, **source)), "D-QUEUE-VISIBILITY")


def test_a_queue_that_could_not_be_read_is_not_judged():
    known = replace(evidence(**queue(1)), queues={})
    assert [] == said(known, "D-QUEUE-VISIBILITY") + said(known, "D-QUEUE-RETRIES")


@pytest.mark.parametrize(
    ("receives", "severity"), [(None, Severity.WARNING), (4, Severity.WARNING), (5, Severity.OK)]
)
def test_a_queue_puts_messages_aside_that_always_fail(receives, severity):
    assert severity == one(evidence(**queue(receives=receives)), "D-QUEUE-RETRIES").severity


@pytest.mark.parametrize(
    ("reserved", "source", "severities"),
    [
        (None, {}, [Severity.NOTE]),
        (None, {"ScalingConfig": {"MaximumConcurrency": 2}}, []),
        (None, {"ProvisionedPollerConfig": {"MaximumPollers": 2}}, []),
        (4, {"ScalingConfig": {"MaximumConcurrency": 2}}, [Severity.WARNING]),
        (5, {"ScalingConfig": {"MaximumConcurrency": 5}}, [Severity.OK]),
        (5, {"ScalingConfig": {"MaximumConcurrency": 6}}, [Severity.WARNING]),
        (20, {"ProvisionedPollerConfig": {"MaximumPollers": 2}}, [Severity.OK]),
        (19, {"ProvisionedPollerConfig": {"MaximumPollers": 2}}, [Severity.WARNING]),
        (50, {}, [Severity.NOTE]),
        (0, {}, []),
    ],
)
def test_queues_use_no_more_than_is_reserved(reserved, source, severities):
    deployed = replace(function(), reserved_concurrency=reserved)
    found = said(evidence(function=deployed, **queue(**source)), "D-QUEUE-CONCURRENCY")
    assert severities == [finding.severity for finding in found]


@pytest.mark.parametrize("service", ["sns.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"])
def test_events_that_fail_go_somewhere(service):
    lost = evidence(policy=policy(service))
    assert Severity.WARNING == one(lost, "D-LOST-EVENTS").severity
    assert Severity.OK == one(replace(lost, failure_handling=KEPT), "D-LOST-EVENTS").severity
    dead_letters = function(DeadLetterConfig={"TargetArn": QUEUE})
    assert Severity.OK == one(replace(lost, function=dead_letters), "D-LOST-EVENTS").severity


@pytest.mark.parametrize(
    "known",
    [
        {"policy": policy("apigateway.amazonaws.com")},
        {"policy": policy("sns.amazonaws.com"), "failure_handling": None},
        {"policy": None},
    ],
    ids=["synchronous", "not-readable", "no-policy"],
)
def test_what_is_not_asynchronous_or_not_known_loses_nothing(known):
    assert [] == said(evidence(**known), "D-LOST-EVENTS")


@pytest.mark.parametrize(
    ("settings", "severity"),
    [
        ({}, Severity.WARNING),
        ({"MaximumRetryAttempts": 3}, Severity.WARNING),
        ({"MaximumRetryAttempts": 3} | KEPT, Severity.NOTE),
        ({"MaximumRecordAgeInSeconds": 3600, "BisectBatchOnFunctionError": True}, Severity.WARNING),
        ({"MaximumRetryAttempts": 0, "BisectBatchOnFunctionError": True} | KEPT, Severity.OK),
        ({"MaximumRetryAttempts": -1, "BisectBatchOnFunctionError": True} | KEPT, Severity.WARNING),
    ],
)
@pytest.mark.parametrize("arn", [STREAM, TABLE])
def test_a_stream_gives_up_bad_records_and_keeps_a_trace(arn, settings, severity):
    known = evidence(event_sources=({"EventSourceArn": arn} | settings,))
    assert severity == one(known, "D-STREAM-FAILURES").severity


@pytest.mark.parametrize(
    ("mode", "severities"), [("Allow", [Severity.WARNING]), ("Terminate", [Severity.OK]), (None, [])]
)
def test_recursive_loops_are_stopped(mode, severities):
    found = said(evidence(recursive_loop=mode), "D-LOOPS")
    assert severities == [finding.severity for finding in found]


@pytest.mark.parametrize(
    ("runtime", "severities"),
    [
        ("python3.9", [Severity.WARNING]),
        ("python3.10", [Severity.WARNING]),
        ("dotnet8", [Severity.OK]),
        ("python3.99", []),
        (None, []),
    ],
)
def test_a_runtime_is_supported_until_its_day(runtime, severities):
    found = said(evidence(function=function(Runtime=runtime)), "D-RUNTIME")
    assert severities == [finding.severity for finding in found]


def test_the_day_of_its_deprecation_ends_a_runtimes_support():
    last_day = evidence(function=function(Runtime="dotnet8"), today=date(2026, 11, 10))
    assert Severity.WARNING == one(last_day, "D-RUNTIME").severity


@pytest.mark.parametrize(
    ("changes", "severities"),
    [
        ({"CodeSize": 50 * 1024**2}, [Severity.OK]),
        ({"CodeSize": 50 * 1024**2 + 1}, [Severity.NOTE]),
        ({"CodeSize": 900 * 1024**2, "PackageType": "Image"}, []),
    ],
)
def test_a_zip_file_can_be_uploaded_directly(changes, severities):
    found = said(evidence(function=function(**changes)), "D-PACKAGE")
    assert severities == [finding.severity for finding in found]


def test_arm64_is_a_fifth_cheaper_and_says_so_with_prices():
    found = one(evidence(function=function(Architectures=["x86_64"])), "D-ARCHITECTURE")
    assert Severity.NOTE == found.severity
    assert "20 % less (0.0000133334 for 0.0000166667 USD" in found.message


def test_without_prices_nothing_is_said_of_the_architecture():
    deployed = replace(function(Architectures=["x86_64"]), region="xx-nowhere-1")
    assert [] == said(evidence(function=deployed), "D-ARCHITECTURE")


def test_provisioned_concurrency_is_priced_for_thirty_days():
    configs = ({"FunctionArn": f"{ARN}:live", "RequestedProvisionedConcurrentExecutions": 10},)
    deployed = replace(function(), provisioned=configs)
    # 0.5 GB x 10 x 2,592,000 s x $0.0000040118 (arm64, Frankfurt)
    found = one(evidence(function=deployed), "D-PROVISIONED")
    assert Severity.NOTE == found.severity
    assert "live keeps 10 environments provisioned: $51.99 in 30 days at 512 MB" in found.message


def test_provisioned_concurrency_that_failed_is_named_with_the_reason():
    failed = {"Status": "FAILED", "StatusReason": "no room in the account"}
    configs = ({"FunctionArn": f"{ARN}:live", "RequestedProvisionedConcurrentExecutions": 10} | failed,)
    found = one(evidence(function=replace(function(), provisioned=configs)), "D-PROVISIONED")
    assert Severity.WARNING == found.severity
    assert "live has none of the 10 environments that are to be provisioned: no room" in found.message


@pytest.mark.parametrize(
    ("qualifier", "recent", "severity"),
    [
        (None, 12, Severity.WARNING),
        (None, 0, Severity.OK),
        (None, None, Severity.OK),
        ("live", 12, Severity.OK),
    ],
)
def test_calls_of_latest_are_not_served_by_provisioned_concurrency(qualifier, recent, severity):
    configs = ({"FunctionArn": f"{ARN}:live", "RequestedProvisionedConcurrentExecutions": 10},)
    deployed = replace(
        function(), name=FunctionName("my-func", qualifier), provisioned=configs, traffic=Traffic(recent)
    )
    found = one(evidence(function=deployed), "D-LATEST")
    assert severity == found.severity
    if severity is Severity.WARNING:
        assert "12 calls of the last hour" in found.message
        assert "my-func:live" in found.hint


def test_without_provisioned_concurrency_nothing_is_said_of_it():
    assert {"D-LATEST", "D-PROVISIONED"}.isdisjoint(f.code for f in audit(evidence()))


def test_storage_is_free_up_to_512_mb():
    assert Severity.OK == one(evidence(), "D-STORAGE").severity
    # 9.5 GB more, at $3.67e-8 a GB-second, beside 0.5 GB of memory at $0.0000133334
    found = one(evidence(function=function(EphemeralStorage={"Size": 10240})), "D-STORAGE")
    assert Severity.NOTE == found.severity
    assert "5.2 % on top of the memory's price" in found.message


@pytest.mark.parametrize(("mode", "severity"), [("Active", Severity.OK), ("PassThrough", Severity.NOTE)])
def test_tracing_is_on(mode, severity):
    assert severity == one(evidence(function=function(TracingConfig={"Mode": mode})), "D-TRACING").severity


@pytest.mark.parametrize(
    ("used_mb", "severity"),
    [(153, Severity.NOTE), (154, Severity.OK), (460, Severity.OK), (461, Severity.WARNING)],
)
def test_memory_has_headroom(used_mb, severity):
    call = Invocation(512, Outcome.OK, duration_ms=100.0, max_memory_used_mb=used_mb)
    assert severity == one(evidence(call=call), "D-MEMORY").severity


@pytest.mark.parametrize(
    "call",
    [
        None,
        Invocation(512, Outcome.OUT_OF_MEMORY, duration_ms=100.0, max_memory_used_mb=512),
        Invocation(512, Outcome.OK, duration_ms=100.0),
    ],
    ids=["not-called", "failed", "not-reported"],
)
def test_headroom_is_of_calls_that_succeed(call):
    assert [] == said(evidence(call=call), "D-MEMORY")


def test_the_share_of_init_is_told_of_a_cold_call():
    cold = Invocation(512, Outcome.OK, duration_ms=100.0, init_duration_ms=300.0)
    assert "300 ms of init, 75 % of its time" in one(evidence(call=cold), "D-INIT").message
    assert [] == said(evidence(call=replace(cold, init_duration_ms=None)), "D-INIT")


def test_aliases_have_triggers_of_their_own():
    deployed = replace(function(), aliases=({"Name": "live"}, {"Name": "beta"}))
    found = one(evidence(function=deployed), "D-ALIASES")
    assert "tuner doctor my-func:live (or beta)" in found.message
    asked_for = replace(deployed, name=FunctionName("my-func", "live"))
    assert [] == said(evidence(function=asked_for), "D-ALIASES")


@pytest.mark.parametrize(
    ("text", "services"),
    [
        (policy("sns.amazonaws.com", "s3.amazonaws.com"), {"sns.amazonaws.com", "s3.amazonaws.com"}),
        (json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*"}, "odd"]}), set()),
        (json.dumps({"Statement": [{"Effect": "Deny", "Principal": {"Service": "x"}}]}), set()),
        ("{", set()),
        ("[]", set()),
        (None, set()),
    ],
)
def test_the_services_of_a_policy_are_found(text, services):
    assert services == invoking_services(text)


@pytest.mark.parametrize(("arn", "name"), [(QUEUE, "orders"), (STREAM, "clicks"), (TABLE, "users")])
def test_an_event_source_is_called_by_its_name(arn, name):
    assert name == source_name({"EventSourceArn": arn})


def test_the_worst_finding_counts():
    severities = (Severity.NOTE, Severity.ERROR, Severity.WARNING)
    assert Severity.ERROR == worst(Finding(Group.SETUP, "D-X", severity, "") for severity in severities)
    assert Severity.OK == worst([])
