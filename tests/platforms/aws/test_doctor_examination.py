"""A whole examination, against an account: what it says, and that it leaves no trace."""

import json
import socket
from datetime import date

import pytest
from fake_lambda import Fault, FaultKind, FunctionFailure

from tuner.errors import UsageError
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.doctor.examination import FirstCall, examine
from tuner.platforms.aws.doctor.findings import Severity, worst
from tuner.platforms.aws.doctor.machine import journal_findings, price_finding
from tuner.platforms.aws.journal import Entry, Journal, LatestSettings
from tuner.platforms.aws.marks import mark
from tuner.platforms.aws.names import FunctionName
from tuner.platforms.aws.permissions import Mode

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:my-func"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:orders"
RUN = "0123456789ab"
SETTINGS = LatestSettings(512, 30, "thumbnails")
SECRET = "hunter2"
CHANGING = ("Update", "Put", "Create", "Delete", "Publish", "Add", "Remove", "Tag")


@pytest.fixture
def look(aws):
    """Examine `my-func`, or what is named; returns the examination."""

    def run(name="my-func", *, mode=Mode.MUTATE, payload=b"{}", invoke=True, **connection):
        function, _, qualifier = (name or "").partition(":")
        return examine(
            Connection(**{"endpoint_url": aws.endpoint_url} | connection),
            FunctionName(function, qualifier or None) if name else None,
            mode=mode,
            first_call=FirstCall(payload) if invoke else None,
        )

    return run


def said(found, code):
    return [finding for finding in found.findings if finding.code == code]


def one(found, code):
    (finding,) = said(found, code)
    return finding


def errors(found):
    return {finding.code for finding in found.findings if finding.severity is Severity.ERROR}


def test_a_healthy_function_works_and_is_only_invoked_once(aws, look):
    found = look()
    assert ARN == found.function
    assert set() == errors(found)
    call = one(found, "D-CALL")
    assert Severity.OK == call.severity
    assert "it works: " in call.message
    assert "init" in call.message
    assert "45 of 512 MB" in one(found, "D-MEMORY").message
    assert [b"{}"] == [invocation.payload for invocation in aws.invocations]


def test_nothing_is_changed(aws, look):
    before = aws.configuration("my-func")
    look()
    assert before == aws.configuration("my-func")
    assert [] == aws.versions("my-func")
    assert [] == [r.operation for r in aws.requests if r.operation.startswith(CHANGING)]


def test_it_is_patient_where_calls_are_throttled(account, look):
    aws = account(control_rate=15.0)
    aws.add_function("my-func", workload="cpu-bound")
    assert set() == errors(look(endpoint_url=aws.endpoint_url))


def test_neither_environment_nor_payload_nor_answer_is_told(aws, look):
    aws.add_function("secretive", environment={"PASSWORD": SECRET}, handler=lambda event, _: event)
    found = look("secretive", payload=json.dumps({"password": SECRET}).encode())
    assert Severity.OK == one(found, "D-CALL").severity
    assert SECRET not in str(found)
    assert SECRET not in repr(FirstCall(SECRET.encode()))


def test_without_a_name_the_caller_and_the_account_are_looked_at(aws, look):
    found = look(None)
    assert found.function is None
    codes = ["D-CREDENTIALS", "D-VERSIONS", "D-PRICES", "D-ACCOUNT", "D-JOURNAL"]
    assert codes == [finding.code for finding in found.findings]
    assert "123456789012" in one(found, "D-CREDENTIALS").message
    assert "eu-central-1" in one(found, "D-CREDENTIALS").message
    assert Severity.OK == worst(found.findings)
    assert {"GetCallerIdentity", "GetAccountSettings"} == {request.operation for request in aws.requests}


def test_the_limits_of_an_account_that_may_not_be_read_are_not_checked(aws, look):
    aws.faults.add(Fault.denied("GetAccountSettings"))
    assert Severity.NOTE == one(look(None), "D-ACCOUNT").severity


def test_a_new_account_is_told_its_ten_environments(account, look):
    aws = account(concurrency_limit=10)
    found = look(None, endpoint_url=aws.endpoint_url)
    assert Severity.WARNING == one(found, "D-ACCOUNT").severity
    assert "only 10 environments" in one(found, "D-ACCOUNT").message


@pytest.mark.parametrize(
    ("reserved", "severity"), [(800, Severity.OK), (899, Severity.OK), (900, Severity.WARNING)]
)
def test_an_unreserved_pool_under_pressure_is_named(aws, look, reserved, severity):
    aws.add_function("greedy", reserved_concurrency=reserved)
    found = one(look(None), "D-ACCOUNT")
    assert severity == found.severity
    assert f"1,000 environments at once, {1_000 - reserved:,} of them not reserved" in found.message
    assert (severity is Severity.WARNING) == ("shares those" in found.message)


def test_without_credentials_nothing_else_is_asked(aws, look, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = look()
    assert {"D-CREDENTIALS"} == errors(found)
    assert "--profile" in one(found, "D-CREDENTIALS").hint
    assert [] == aws.requests


def test_credentials_that_have_expired_say_so(aws, look):
    aws.faults.add(Fault("GetCallerIdentity", status=403, code="ExpiredToken", message="expired", times=None))
    assert "sign in again" in one(look(), "D-CREDENTIALS").hint


def test_an_unknown_function_is_a_mistake_of_usage(look):
    with pytest.raises(UsageError, match="no function 'nope'"):
        look("nope")


def test_a_function_that_may_not_be_read_is_an_error_with_the_permission(aws, look):
    aws.faults.add(Fault.denied("GetFunctionConfiguration"))
    found = look()
    assert {"D-UNREADABLE"} == errors(found)
    assert "lambda:GetFunctionConfiguration" in one(found, "D-UNREADABLE").hint
    assert "permissions" == one(found, "D-UNREADABLE").group


def test_a_read_that_is_denied_is_told_once(aws, look):
    aws.faults.add(Fault.denied("ListAliases"))
    found = look()
    assert ["D-DENIED"] == [f.code for f in found.findings if "lambda:ListAliases" in f.message]


def test_without_the_right_to_invoke_nothing_is_invoked(aws, look):
    aws.faults.add(Fault.denied("Invoke"))
    found = look()
    assert {"D-DENIED"} == errors(found)
    assert Severity.NOTE == one(found, "D-CALL").severity
    assert [] == aws.invocations


@pytest.mark.parametrize("settings", [{"invoke": False}, {"invoke": False, "mode": Mode.READ}])
def test_the_first_call_can_be_left_out(aws, look, settings):
    found = look(**settings)
    assert [] == aws.invocations
    assert Severity.NOTE == one(found, "D-CALL").severity
    assert [] == said(found, "D-MEMORY")


def failing(event, _memory_mb):
    raise FunctionFailure("KeyError", "'bucket'")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"handler": failing}, "function error: KeyError: 'bucket'"),
        ({"memory_mb": 128, "timeout_s": 1}, "timeout"),
    ],
    ids=["function-error", "timeout"],
)
def test_a_first_call_that_fails_says_why_and_asks_for_a_payload(aws, look, options, words):
    aws.add_function("broken", workload="cpu-bound", **options)
    call = one(look("broken"), "D-CALL")
    assert Severity.ERROR == call.severity
    assert words in call.message
    assert "find a payload that works first" in call.hint


def test_errors_by_design_are_no_failure(aws):
    aws.add_function("strict", handler=failing)
    first_call = FirstCall(b"{}", expected_errors=("KeyError",))
    connection = Connection(endpoint_url=aws.endpoint_url)
    found = examine(connection, FunctionName("strict"), mode=Mode.INVOKE, first_call=first_call)
    assert Severity.OK == one(found, "D-CALL").severity


def test_a_function_that_streams_is_invoked_as_one(aws, look):
    aws.client("lambda").create_function_url_config(
        FunctionName="my-func", AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )
    assert Severity.OK == one(look(), "D-CALL").severity
    assert "InvokeWithResponseStream" in {request.operation for request in aws.requests}


def test_a_log_without_reports_is_an_error_and_its_level_the_reason(aws, look):
    aws.add_function("quiet", log_format="JSON", system_log_level="WARN")
    found = look("quiet")
    assert Severity.WARNING == one(found, "D-LOG").severity
    assert Severity.ERROR == one(found, "D-CALL").severity
    assert "no report" in one(found, "D-CALL").message


def test_an_answer_that_is_lost_is_an_error(aws, look):
    aws.faults.add(Fault("Invoke", FaultKind.DROP_AFTER, nth=3, times=1))
    call = one(look(), "D-CALL")
    assert Severity.ERROR == call.severity
    assert "connection" in call.message


def test_no_concurrency_is_an_error_and_nothing_is_invoked(aws, look):
    aws.add_function("stopped", reserved_concurrency=0)
    found = look("stopped")
    assert {"D-CONCURRENCY"} == errors(found)
    assert [] == aws.invocations


@pytest.mark.parametrize("state", ["Failed", "Pending"])
def test_a_function_that_is_not_active_is_an_error(aws, look, state):
    aws.set_state("my-func", state)
    found = look()
    assert {"D-STATE"} == errors(found)
    assert state in one(found, "D-STATE").message


def test_a_kind_that_cannot_be_tuned_is_an_error(aws, look):
    durable = {"DurableConfig": {"RetentionPeriodInDays": 1, "ExecutionTimeout": 60}}
    aws.add_function("durable", extra_configuration=durable)
    assert {"D-STATE"} == errors(look("durable"))


@pytest.mark.parametrize("name", ["my-func", "my-func:live"])
def test_the_mark_of_another_run_is_an_error(aws, look, name):
    client = aws.client("lambda")
    client.publish_version(FunctionName="my-func")
    client.create_alias(FunctionName="my-func", Name="live", FunctionVersion="1")
    client.update_function_configuration(FunctionName="my-func", Description=mark(RUN, 256, SETTINGS))
    found = look(name)
    assert {"D-BUSY"} == errors(found)
    assert RUN in one(found, "D-BUSY").message
    assert "tuner restore my-func" in one(found, "D-BUSY").hint


def test_versions_that_a_run_has_left_are_told(aws, look):
    aws.client("lambda").publish_version(FunctionName="my-func", Description=mark(RUN, 256, SETTINGS))
    found = one(look(), "D-LEFTOVERS")
    assert Severity.WARNING == found.severity
    assert f"run {RUN} has published version 1" in found.message


def test_traffic_and_snapshots_are_told_as_a_run_does(aws, look):
    aws.add_function("busy", recent_invocations=1234, snap_start=True)
    found = look("busy")
    assert "1,234 invocations" in one(found, "W-LATEST-TRAFFIC").message
    assert Severity.WARNING == one(found, "W-SNAPSTART").severity


def test_a_queue_is_read_and_judged(aws, look):
    aws.client("sqs").create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "29"})
    aws.client("sqs").create_queue(QueueName="fine", Attributes={"VisibilityTimeout": "180"})
    client = aws.client("lambda")
    for queue in ("orders", "fine"):
        arn = f"arn:aws:sqs:eu-central-1:123456789012:{queue}"
        client.create_event_source_mapping(FunctionName="my-func", EventSourceArn=arn)
    found = said(look(), "D-QUEUE-VISIBILITY")
    assert {("orders", Severity.ERROR), ("fine", Severity.OK)} == {
        (finding.message.split()[1], finding.severity) for finding in found
    }


def test_a_queue_that_may_not_be_read_is_not_judged(aws, look):
    aws.client("sqs").create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "1"})
    aws.client("lambda").create_event_source_mapping(FunctionName="my-func", EventSourceArn=QUEUE)
    aws.faults.add(Fault.denied("GetQueueAttributes"))
    found = look()
    assert [] == said(found, "D-QUEUE-VISIBILITY")
    assert "sqs:GetQueueAttributes" in one(found, "D-DENIED").message


def test_what_invokes_an_alias_is_judged_for_the_alias(aws, look):
    client = aws.client("lambda")
    client.publish_version(FunctionName="my-func")
    client.create_alias(FunctionName="my-func", Name="live", FunctionVersion="1")
    allowed = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "apigateway.amazonaws.com"}
    client.add_permission(FunctionName="my-func", Qualifier="live", **allowed)
    aws.client("sqs").create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "180"})
    client.create_event_source_mapping(FunctionName="my-func:live", EventSourceArn=QUEUE)
    unqualified, alias = look(), look("my-func:live")
    for code in ("D-API-TIMEOUT", "D-QUEUE-VISIBILITY"):
        assert [] == said(unqualified, code)
        assert 1 == len(said(alias, code))
    assert "my-func:live" in one(unqualified, "D-ALIASES").message
    assert "live" == aws.invocations[-1].qualifier


def journal(folder, **changes):
    values = {"host": "elsewhere"} | changes
    entry = Entry(RUN, ARN, Connection(), SETTINGS, **values)
    Journal(entry, folder).record()


def test_an_unfinished_run_of_this_function_keeps_others_from_starting(look, journal_folder):
    journal(journal_folder)
    found = look()
    assert {"D-JOURNAL"} == errors(found)
    assert "tuner restore my-func" in one(found, "D-JOURNAL").hint


@pytest.mark.parametrize(
    ("changes", "severity"),
    [({}, Severity.WARNING), ({"host": socket.gethostname(), "process": 1}, Severity.NOTE)],
    ids=["stopped", "at-work"],
)
def test_an_unfinished_run_of_another_function_is_named(tmp_path, changes, severity):
    journal(tmp_path, **changes)
    (found,) = journal_findings(None, tmp_path)
    assert severity == found.severity
    assert RUN in found.message


def test_a_file_that_is_no_journal_is_told_beside_those_that_are(tmp_path):
    journal(tmp_path)
    (tmp_path / "zz.json").write_text("{")
    severities = {finding.severity for finding in journal_findings(None, tmp_path)}
    assert {Severity.WARNING, Severity.ERROR} == severities


@pytest.mark.parametrize(
    ("region", "today", "severity"),
    [
        ("eu-central-1", date(2000, 1, 1), Severity.OK),
        ("eu-central-1", date(2099, 1, 1), Severity.WARNING),
        ("eu-cenral-1", date(2000, 1, 1), Severity.ERROR),
    ],
)
def test_prices_have_an_age(region, today, severity):
    assert severity == price_finding(region, today).severity
