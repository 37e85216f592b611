"""`tuner run my-func` against an account, through the real command line."""

import json

import pytest
from aws_account import as_it_was
from fake_lambda import FakeLambda, Fault

SECRET = "hunter2"


@pytest.fixture
def aws():
    with FakeLambda(control_rate=None) as account:
        account.add_function(
            "my-func",
            memory_mb=512,
            timeout_s=30,
            workload="cpu-bound",
            environment={"TOKEN": SECRET},
            log_lines=lambda request: [f"the event was {SECRET}"],
        )
        yield account


@pytest.fixture
def run(tuner, tmp_path, aws):
    def invoke(*arguments, **environment):
        return tuner(
            "run", *arguments, **aws.environment, XDG_STATE_HOME=str(tmp_path / "state"), **environment
        )

    return invoke


def changes(aws):
    mutating = ("UpdateFunctionConfiguration", "PublishVersion", "DeleteFunction")
    return [r for r in aws.requests if r.operation in mutating]


def test_a_name_is_a_function_on_aws_and_the_answer_goes_to_stdout(run, aws, tmp_path):
    before = as_it_was(aws)
    finished = run("my-func", "--yes", "--memory-sizes", "256,1769", "--invocations", "3")
    assert 0 == finished.returncode, finished.stderr
    assert "my-func should run at" in finished.stdout
    assert "my-func (aws, eu-central-1): a grid" in finished.stderr
    assert "changes: my-func gets another memory size" in finished.stderr
    assert "cost: at worst $" in finished.stderr
    assert (tmp_path / "reports" / "my-func.md").exists()
    assert before == as_it_was(aws)


def test_without_consent_nothing_is_invoked_or_changed(run, aws):
    finished = run("my-func")
    assert 2 == finished.returncode
    assert "--yes" in finished.stderr
    assert "changes:" in finished.stderr
    assert 0 == len(aws.invocations) + len(changes(aws))


def test_a_dry_run_makes_one_call_and_changes_nothing(run, aws):
    finished = run("my-func", "--dry-run", "--json")
    assert 0 == finished.returncode, finished.stderr
    document = json.loads(finished.stdout)
    assert "ok" == document["call"]["outcome"]
    assert document["plan"]["worst_usd"] > 0
    assert "one call at 512 MB (cold): ok" in finished.stderr
    assert (1, 0) == (len(aws.invocations), len(changes(aws)))


def test_json_is_the_document_with_the_functions_conditions(run):
    finished = run(
        "aws:my-func", "--yes", "--json", "--memory-sizes", "512", "--invocations", "2", "--no-report"
    )
    document = json.loads(finished.stdout)
    assert ("aws:my-func", "aws", False) == (document["target"], document["platform"], document["relative"])
    assert {"memory_mb": 512, "timeout_s": 30} == document["current"]
    assert "eu-central-1" == document["conditions"]["region"]
    assert document["spent"]["cost_usd"] > 0


@pytest.mark.parametrize("shown", [False, True])
def test_events_and_logs_stay_out_of_everything_that_is_written(run, aws, tmp_path, shown):
    flags = ["--show-payload"] if shown else []
    finished = run(
        "my-func",
        "--yes",
        "--payload",
        json.dumps({"password": "swordfish"}),
        "--memory-sizes",
        "256,512",
        "--invocations",
        "2",
        "--save-run",
        "run.json",
        "--cold-starts",
        "2",
        *flags,
    )
    assert 0 == finished.returncode, finished.stderr
    written = [p.read_text() for p in tmp_path.rglob("*") if p.is_file()] + [finished.stdout, finished.stderr]
    assert not any(SECRET in text for text in written)
    assert shown == any("swordfish" in text for text in written)
    assert all(b'"swordfish"' in r.payload for r in aws.requests if r.operation == "Invoke")


def test_an_error_names_the_permission_and_leaves_exit_code_3(run, aws):
    aws.faults.add(Fault.denied("PublishVersion"))
    finished = run("my-func", "--yes", "--json")
    assert 3 == finished.returncode
    assert "lambda:PublishVersion" in finished.stderr
    assert 3 == json.loads(finished.stdout)["error"]["exit_code"]


def test_what_is_left_is_told_after_the_result(run, aws):
    aws.faults.add(Fault.denied("DeleteFunction", nth=2))
    finished = run("my-func", "--yes", "--memory-sizes", "256,1769", "--invocations", "2")
    assert 3 == finished.returncode
    assert "my-func should run at" in finished.stdout
    assert "tuner restore my-func" in finished.stderr


def test_a_target_of_tuner_toml_can_be_on_aws(run, aws, tmp_path):
    (tmp_path / "tuner.toml").write_text(
        '[functions.thumbs]\ntarget = "aws:my-func"\nmemory_sizes = [256, 512]\ninvocations = 2\n'
    )
    finished = run("thumbs", "--yes", "--json", "--no-report")
    assert "thumbs" == json.loads(finished.stdout)["function"]
    assert {"256", "512"} == {
        str(c["memory_mb"]) for c in json.loads(finished.stdout)["candidates"] if c["invocations"]
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["my-fnc"], "there is no function 'my-fnc' in eu-central-1"),
        (["thumb"], "did you mean 'thumbs'? For a function of AWS Lambda with that name write 'aws:thumb'"),
        (["locl:src:app.handler"], "did you mean 'local:src:app.handler'?"),
        (["my func"], "is no target"),
        (["my-func", "--region", "eu-centrl-1"], "no price for region"),
        (["my-func", "--profile", "nobody"], "nobody"),
        (["my-func", "--endpoint-url", "localhost:5000"], "write http://"),
        (["my-func", "--payload", "{"], "--payload is not JSON"),
        (["my-func", "--payload-once"], "--payload-lines"),
        (["my-func", "--before", "missing.py:f"], "missing.py"),
        (["my-func", "--memory-sizes", "512,64"], "128"),
        (["my-func", "--memroy-sizes", "512"], "--memory-sizes"),
        (["arn:aws:lambda:us-east-1:123456789012:function:my-func", "--region", "eu-west-1"], "us-east-1"),
    ],
)
def test_a_mistake_is_told_before_anything_is_invoked_or_changed(run, aws, tmp_path, arguments, says):
    (tmp_path / "tuner.toml").write_text('[functions.thumbs]\ntarget = "aws:my-func"\n')
    finished = run(*arguments, "--yes")
    assert 2 == finished.returncode, finished.stderr
    assert says in finished.stderr
    assert 0 == len(aws.invocations) + len(changes(aws))


def test_a_bound_on_spending_ends_the_run_and_is_kept(run, aws):
    finished = run("my-func", "--yes", "--max-spend", "$0.00005", "--json", "--no-report")
    document = json.loads(finished.stdout)
    assert "max_spend" == document["search"]["stopped_by"]
    assert document["spent"]["cost_usd"] <= 0.00005
    assert document["spent"]["invocations"] == len(aws.invocations)
