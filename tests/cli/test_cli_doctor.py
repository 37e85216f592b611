"""`tuner doctor`: its output, its document and its exit codes, from the real command line."""

import json

import pytest
from fake_lambda import FakeLambda, Fault, FunctionFailure

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:my-func"
SECRET = "hunter2"
NOWHERE = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_EC2_METADATA_DISABLED": "true"}
UNREACHABLE = NOWHERE | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_REGION": "eu-central-1"}


def failing(event, _memory_mb):
    raise FunctionFailure("KeyError", "'bucket'")


@pytest.fixture
def aws():
    with FakeLambda() as aws:
        aws.add_function("my-func", workload="cpu-bound", environment={"PASSWORD": SECRET})
        yield aws


@pytest.fixture
def doctor(tuner, tmp_path, aws):
    """Run `tuner doctor` with the credentials of the account."""

    def run(*arguments, **environment):
        state = {"XDG_STATE_HOME": str(tmp_path / "state")}
        return tuner("doctor", *arguments, **(aws.environment | state | environment))

    return run


def test_each_group_is_shown_and_the_last_line_sums_up(doctor):
    finished = doctor("my-func")
    assert 0 == finished.returncode, finished.stderr
    lines = finished.stdout.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert ["Setup", "Permissions", "Function", "First call", "Practices"] == headings[:-1]
    assert "  ok       it works: " in finished.stdout
    assert headings[-1].endswith(" ok")
    assert "\x1b" not in finished.stdout
    assert "invoking my-func once\n" == finished.stderr


def test_warnings_and_errors_say_what_to_do_and_where_that_stands(doctor, aws):
    allowed = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    aws.client("lambda").add_permission(FunctionName="my-func", **allowed)
    lines = doctor("my-func", "--no-invoke").stdout.splitlines()
    (place,) = (n for n, line in enumerate(lines) if "events of SNS" in line)
    assert lines[place].startswith("  warning  ")
    assert "           add an on-failure destination" in lines[place + 1]
    assert "           https://docs.aws.amazon.com/lambda/latest/dg/" in lines[place + 2]


def test_the_document_holds_every_check(doctor):
    finished = doctor("my-func", "--json")
    document = json.loads(finished.stdout)
    assert 0 == finished.returncode
    assert (1, ARN) == (document["schema_version"], document["function"])
    assert {"group", "code", "severity", "message", "hint", "source"} == set(document["checks"][0])
    severities = {check["severity"] for check in document["checks"]}
    assert {"ok", "note"} == severities
    assert "note" == document["worst"]


def test_a_failing_first_call_ends_with_3_and_says_so_in_the_document(doctor, aws):
    aws.add_function("broken", handler=failing)
    finished = doctor("broken", "--json")
    assert 3 == finished.returncode
    document = json.loads(finished.stdout)
    assert "error" == document["worst"]
    (call,) = (check for check in document["checks"] if check["code"] == "D-CALL")
    assert "KeyError: 'bucket'" in call["message"]
    assert "find a payload that works first" in call["hint"]
    assert "1 error, " in doctor("broken").stdout.splitlines()[-1]


def test_secrets_are_never_shown(doctor, aws):
    aws.add_function("echo", handler=lambda event, _: event, environment={"PASSWORD": SECRET})
    for format_ in ([], ["--json"]):
        finished = doctor("echo", "--payload", json.dumps({"password": SECRET}), *format_)
        assert 0 == finished.returncode
        assert SECRET not in finished.stdout + finished.stderr
    assert 2 == len(aws.invocations)


@pytest.mark.parametrize("options", [["--no-invoke"], ["--mode", "read-only"]])
def test_it_can_be_kept_from_invoking(doctor, aws, options):
    finished = doctor("my-func", *options)
    assert 0 == finished.returncode
    assert [] == aws.invocations
    assert "" == finished.stderr


def test_without_a_name_the_account_is_looked_at(doctor):
    finished = doctor()
    assert 0 == finished.returncode
    assert "123456789012" in finished.stdout
    assert ["5 ok"] == finished.stdout.splitlines()[-1:]


@pytest.mark.parametrize(
    "name", ["aws:my-func", ARN, "123456789012:function:my-func", "mine", "my-func:live"]
)
def test_a_function_has_many_names(doctor, aws, tmp_path, name):
    aws.client("lambda").publish_version(FunctionName="my-func")
    aws.client("lambda").create_alias(FunctionName="my-func", Name="live", FunctionVersion="1")
    (tmp_path / "tuner.toml").write_text(
        '[functions.mine]\ntarget = "aws:my-func"\npayload = "@event.json"\n'
    )
    (tmp_path / "event.json").write_text('{"a": 1}')
    document = json.loads(doctor(name, "--json").stdout)
    assert ARN == document["function"]
    assert (b'{"a": 1}' if name == "mine" else b"{}") == aws.invocations[0].payload


def test_an_arn_says_which_region_is_meant(doctor):
    elsewhere = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    assert 0 == doctor(ARN, "--no-invoke", **elsewhere).returncode
    assert 2 == doctor("my-func", "--no-invoke", **elsewhere).returncode


def test_the_endpoint_and_region_can_be_flags(tuner, aws):
    flags = ["--endpoint-url", aws.endpoint_url, "--region", aws.region]
    assert 0 == tuner("doctor", "my-func", "--no-invoke", *flags, **NOWHERE).returncode


def test_the_policy_of_an_arn_is_printed_without_asking_aws(tuner):
    finished = tuner("doctor", ARN, "--policy", **UNREACHABLE)
    assert 0 == finished.returncode, finished.stderr
    policy = json.loads(finished.stdout)
    assert {"Version", "Statement"} == set(policy)
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert "lambda:PublishVersion" in actions
    assert "sqs:GetQueueAttributes" in finished.stderr


@pytest.mark.parametrize(("mode", "most"), [("read-only", None), ("invoke", "lambda:InvokeFunction")])
def test_the_policy_of_a_smaller_mode_allows_less(doctor, mode, most):
    policy = json.loads(doctor("my-func", "--policy", "--mode", mode).stdout)
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert "lambda:PublishVersion" not in actions
    assert (most is not None) == ("lambda:InvokeFunction" in actions)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["nope"], "no function 'nope'"),
        (["model:cpu-bound"], "not on AWS"),
        (["--policy"], "give its name"),
        (["--payload", "{}"], "give its name"),
        (["my-func", "--payload", "{}", "--no-invoke"], "--payload"),
        (["my-func", "--payload", "{"], "JSON"),
        (["my-func", "--mode", "everything"], "--mode"),
        (["my-func", "--polcy"], "--policy"),
        ([ARN, "--region", "us-east-1"], "eu-central-1"),
        (["my-func", "--profile", "nobody"], "nobody"),
        (["--region", "not a region"], "region"),
    ],
)
def test_mistakes_of_usage_end_with_2(doctor, aws, arguments, word):
    finished = doctor(*arguments)
    assert 2 == finished.returncode
    assert word in finished.stderr
    assert [] == aws.invocations


def test_what_aws_denies_ends_with_3(doctor, aws):
    aws.faults.add(Fault.denied("GetFunctionConfiguration"))
    finished = doctor("my-func")
    assert 3 == finished.returncode
    assert "lambda:GetFunctionConfiguration" in finished.stdout
    assert "  error    " in finished.stdout


def test_the_help_says_that_it_invokes_once_and_what_the_exit_codes_are(tuner):
    text = " ".join(tuner("doctor", "--help").stdout.split())
    assert "invoked once" in text
    for code in ("0 no more than", "2 usage", "3 an error"):
        assert code in text
