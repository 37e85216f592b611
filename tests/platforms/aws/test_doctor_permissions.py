"""Permissions are found out without using them; the policy is the least that allows what is checked."""

import json

import pytest
from botocore.stub import Stubber
from fake_lambda import Fault

from tuner.errors import UsageError
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.doctor.caller import Caller
from tuner.platforms.aws.doctor.evidence import read_evidence
from tuner.platforms.aws.doctor.findings import Severity
from tuner.platforms.aws.doctor.least_policy import policy_for_arn, policy_for_name
from tuner.platforms.aws.doctor.permission_check import Standing, check_permissions, permission_findings
from tuner.platforms.aws.names import FunctionName
from tuner.platforms.aws.permissions import CALLS, Mode, Scope, policy

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:my-func"
QUEUE = "arn:aws:sqs:eu-central-1:123456789012:orders"
SESSION = Caller("123456789012", "arn:aws:sts::123456789012:assumed-role/ci/me", "eu-central-1")
NOBODY = Caller("123456789012", "arn:aws:iam::123456789012:root", "eu-central-1")
STREAM = "arn:aws:kinesis:eu-central-1:123456789012:stream/clicks"
CHANGES = ("UpdateFunctionConfiguration", "PublishVersion", "DeleteFunction")
NOT_FOR_EVERY_FUNCTION = {"GetQueueAttributes", "GetObject", "GetCallerIdentity", "InvokeWithResponseStream"}
OF_LOGS = {operation for operation, call in CALLS.items() if call.scope in (Scope.LOGS, Scope.FLEET)}


def checked(aws, *, name="my-func", caller=NOBODY, mode=Mode.MUTATE, answers=()):
    """Every permission by operation; IAM gives `answers`, one after the other."""
    connection = Connection(endpoint_url=aws.endpoint_url)
    api = Api(connection)
    function_name, _, qualifier = name.partition(":")
    evidence = read_evidence(api, FunctionName(function_name, qualifier or None))
    client = connection.invoking_client(timeout_s=3, parallel=1)
    with Stubber(api.client("SimulatePrincipalPolicy")) as iam:
        for expected, answer in answers:
            iam.add_response("simulate_principal_policy", answer, expected)
        found = check_permissions(api, client, evidence, caller, mode)
        iam.assert_no_pending_responses()
    return {permission.call.operation: permission for permission in found}


def simulation(operation, decision, **result):
    """What is asked of IAM for a call, and its answer."""
    action = CALLS[operation].action
    resource = f"{ARN}:1" if operation == "DeleteFunction" else ARN
    asked = {
        "PolicySourceArn": "arn:aws:iam::123456789012:role/ci",
        "ActionNames": [action],
        "ResourceArns": [resource],
    }
    return asked, {"EvaluationResults": [{"EvalActionName": action, "EvalDecision": decision} | result]}


@pytest.mark.parametrize("mode", list(Mode))
def test_every_call_of_a_mode_is_checked(aws, mode):
    found = checked(aws, mode=mode)
    included = list(Mode)[: list(Mode).index(mode) + 1]
    wanted = {operation for operation, call in CALLS.items() if call.mode in included}
    if mode is Mode.MUTATE:
        assert set(found) <= wanted
    assert wanted - NOT_FOR_EVERY_FUNCTION - OF_LOGS - {"SimulatePrincipalPolicy"} == set(found)


def test_checking_changes_nothing_and_runs_nothing(aws):
    checked(aws)
    assert [] == aws.invocations
    assert set() == {request.operation for request in aws.requests} & set(CHANGES)


@pytest.mark.parametrize(
    "operation", ["GetFunction", "GetPolicy", "ListAliases", "GetMetricData", "GetFunctionRecursionConfig"]
)
def test_a_read_that_is_denied_is_told_by_its_action(aws, operation):
    aws.faults.add(Fault.denied(operation))
    found = checked(aws, mode=Mode.READ)
    denied = {name for name, permission in found.items() if permission.standing is Standing.DENIED}
    assert {operation} == denied


def test_a_read_that_fails_otherwise_is_not_checked(aws):
    aws.faults.add(
        Fault("GetFunctionRecursionConfig", status=400, code="UnknownOperationException", times=None)
    )
    permission = checked(aws)["GetFunctionRecursionConfig"]
    assert Standing.UNCHECKED == permission.standing
    assert "UnknownOperationException" in permission.why


def test_the_policy_of_an_alias_needs_a_permission_of_its_own(aws):
    aws.client("lambda").publish_version(FunctionName="my-func")
    aws.client("lambda").create_alias(FunctionName="my-func", Name="live", FunctionVersion="1")
    aws.faults.add(Fault.denied("GetPolicy", nth=2))
    assert Standing.DENIED == checked(aws, name="my-func:live")["GetPolicy"].standing


@pytest.mark.parametrize(("nth", "where"), [(1, ""), (2, "on its versions")])
def test_a_dry_run_tells_whether_it_may_be_invoked(aws, nth, where):
    aws.faults.add(Fault.denied("Invoke", nth=nth))
    permission = checked(aws)["Invoke"]
    assert (Standing.DENIED, where) == (permission.standing, permission.why)


def test_a_dry_run_is_sent_for_the_function_and_for_its_versions(aws):
    checked(aws)
    dry_runs = [request for request in aws.requests if request.operation == "Invoke"]
    assert [None, "$LATEST"] == [request.qualifier for request in dry_runs]
    assert {"DryRun"} == {request.parameters["InvocationType"] for request in dry_runs}


def test_changes_are_simulated_for_the_role_behind_a_session(aws):
    answers = [
        simulation("UpdateFunctionConfiguration", "allowed"),
        simulation("PublishVersion", "implicitDeny"),
        simulation("DeleteFunction", "implicitDeny", MissingContextValues=["aws:MultiFactorAuthPresent"]),
    ]
    found = checked(aws, caller=SESSION, answers=answers)
    standings = [found[operation].standing for operation in CHANGES]
    assert [Standing.ALLOWED, Standing.DENIED, Standing.UNCHECKED] == standings
    assert Standing.ALLOWED == found["SimulatePrincipalPolicy"].standing


def test_where_iam_may_not_be_asked_changes_are_not_checked(aws):
    aws.faults.add(Fault.denied("SimulatePrincipalPolicy"))
    connection = Connection(endpoint_url=aws.endpoint_url)
    api = Api(connection)
    evidence = read_evidence(api, FunctionName("my-func"))
    client = connection.invoking_client(timeout_s=3, parallel=1)
    found = check_permissions(api, client, evidence, SESSION, Mode.MUTATE)
    standings = {permission.call.operation: permission.standing for permission in found}
    assert Standing.DENIED == standings["SimulatePrincipalPolicy"]
    assert {Standing.UNCHECKED} == {standings[operation] for operation in CHANGES}
    said = {finding.severity for finding in permission_findings(found, "my-func", Mode.MUTATE)}
    assert {Severity.OK, Severity.NOTE} == said


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        ("arn:aws:sts::123456789012:assumed-role/ci/me@example.org", "arn:aws:iam::123456789012:role/ci"),
        ("arn:aws-cn:sts::123456789012:assumed-role/ci/x", "arn:aws-cn:iam::123456789012:role/ci"),
        ("arn:aws:iam::123456789012:user/team/me", "arn:aws:iam::123456789012:user/team/me"),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:federated-user/me", None),
    ],
)
def test_whose_policies_decide(arn, principal):
    assert principal == Caller("123456789012", arn, "eu-central-1").principal_arn


@pytest.mark.parametrize(
    ("operation", "mode", "severity"),
    [
        ("GetPolicy", Mode.MUTATE, Severity.WARNING),
        ("GetProducts", Mode.MUTATE, Severity.NOTE),
        ("GetFunction", Mode.MUTATE, Severity.ERROR),
        ("ListVersionsByFunction", Mode.MUTATE, Severity.ERROR),
        ("GetFunction", Mode.INVOKE, Severity.WARNING),
        ("Invoke", Mode.INVOKE, Severity.ERROR),
    ],
)
def test_what_keeps_a_run_from_working_is_an_error(aws, operation, mode, severity):
    aws.faults.add(Fault.denied(operation))
    found = permission_findings(list(checked(aws, mode=mode).values()), "my-func", mode)
    (denied,) = (finding for finding in found if finding.code == "D-DENIED")
    assert severity == denied.severity
    assert CALLS[operation].action in denied.message
    assert f"tuner doctor my-func --policy --mode {mode}" in denied.hint


def test_the_policy_of_an_arn_asks_nobody():
    for arn in (ARN, f"{ARN}:live", f"{ARN}:$LATEST"):
        found = policy_for_arn(arn, Mode.INVOKE)
        assert policy(Mode.INVOKE, ARN) == found.document
        assert not found.queues_known


def test_the_policy_of_a_name_is_for_the_callers_account_and_the_queues(aws):
    aws.client("sqs").create_queue(QueueName="orders")
    aws.client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    for arn, more in ((QUEUE, {}), (STREAM, {"StartingPosition": "LATEST"})):
        aws.client("lambda").create_event_source_mapping(FunctionName="my-func", EventSourceArn=arn, **more)
    found = policy_for_name(Connection(endpoint_url=aws.endpoint_url), FunctionName("my-func"), Mode.MUTATE)
    assert found.queues_known
    assert policy(Mode.MUTATE, ARN, queue_arns=[QUEUE]) == found.document


def test_a_policy_is_there_before_anything_is_allowed(aws):
    aws.faults.add(Fault.denied("ListEventSourceMappings"))
    found = policy_for_name(Connection(endpoint_url=aws.endpoint_url), FunctionName("new"), Mode.READ)
    assert policy(Mode.READ, ARN.replace("my-func", "new")) == found.document
    assert not found.queues_known


def test_a_policy_needs_a_region(aws, monkeypatch):
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UsageError, match="region"):
        policy_for_name(Connection(endpoint_url=aws.endpoint_url), FunctionName("my-func"), Mode.READ)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_policy_never_allows_deleting_the_function_itself(mode):
    for statement in policy(mode, ARN)["Statement"]:
        if "lambda:DeleteFunction" in statement["Action"]:
            assert [f"{ARN}:*"] == statement["Resource"]
    deletes = mode in (Mode.MUTATE, Mode.ROLL_OUT)
    assert deletes == ('"lambda:DeleteFunction"' in json.dumps(policy(mode, ARN)))


def test_what_is_read_of_an_alias_is_allowed_on_it():
    for operation in ("GetPolicy", "GetFunctionEventInvokeConfig", "GetFunction", "GetFunctionConfiguration"):
        assert Scope.FUNCTION_AND_VERSIONS == CALLS[operation].scope
