"""`tuner logs my-func` against an account, through the real command line."""

import json
from pathlib import Path

import jsonschema
import pytest
from aws_account import STEADY
from fake_lambda import FakeLambda
from in_process import run_here

SCHEMA = Path(__file__).parents[2] / "tuner" / "schemas" / "logs.schema.json"


@pytest.fixture(scope="module")
def aws():
    with FakeLambda(control_rate=None) as account:
        account.clock.advance(-2 * 86_400)
        account.add_function("my-func", memory_mb=512, timeout_s=30, workload=STEADY)
        account.call("my-func", times=40)
        account.clock.advance(2 * 86_400)
        yield account


@pytest.fixture
def logs(aws, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: run_here(["logs", *arguments], capsys)


def test_a_name_is_a_function_and_its_logs_are_counted_at_aws(tuner, aws):
    done = tuner("logs", "my-func", "--yes", "--json", **aws.environment)
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    (function,) = document["functions"]
    assert ("my-func", 40, "mean") == (
        function["function"],
        function["invocations"],
        function["peak_concurrency_from"],
    )
    assert "eu-central-1" == document["conditions"]["region"]
    assert "4 Logs Insights queries of /aws/lambda/my-func" in done.stderr
    assert "cost: $" in done.stderr
    assert "W-MEAN-PEAK" in done.stderr


def test_without_consent_nothing_is_queried_and_a_dry_run_shows_the_queries(logs, aws):
    before = len(aws.log_queries.queries)
    refused = logs("my-func")
    assert (2, True) == (refused.returncode, "agree with --yes" in refused.stderr)
    shown = logs("my-func", "--dry-run", "--json")
    assert 0 == shown.returncode, shown.stderr
    plan = json.loads(shown.stdout)["plan"]
    assert ("/aws/lambda/my-func", 4) == (plan["log_group"], len(plan["queries"]))
    assert before == len(aws.log_queries.queries)


def test_a_table_of_athena_is_counted_there(logs):
    done = logs("athena:logs.lambda", "--output", "s3://results/tuner/", "--yes", "--json")
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert [("my-func", 40, "records")] == [
        (f["function"], f["invocations"], f["peak_concurrency_from"]) for f in document["functions"]
    ]
    assert "5 queries that read the table 6 times, workgroup primary" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["my-fnc"], 2, "there is no function 'my-fnc' in eu-central-1"),
        (["my-func:prod"], 2, "a log group is of all of them"),
        (["arn:aws:lambda:eu-west-1:123456789012:function:my-func"], 2, "in eu-west-1"),
        (["model:cpu-bound"], 2, "not on AWS"),
        (["my-func", "--max-spend", "$0.00000001"], 2, "raise --max-spend"),
        (["my-func", "--since", "1h", "--until", "2026-01-01"], 2, "--since is not before --until"),
        (["my-func", "--since", "2026-01-01", "--until", "2026-01-02"], 4, "no REPORT record of my-func"),
        (["my-func", "--function", "other"], 2, "--function is for files"),
        (["athena:logs"], 2, "write athena:DATABASE.TABLE"),
        (["athena:logs.nothing", "--output", "s3://results/"], 2, "Athena knows no such table"),
        (["athena:logs.lambda", "--output", "results"], 2, "write s3://BUCKET/PREFIX/"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(logs, arguments, code, says):
    done = logs(*arguments, "--yes")
    assert (code, True) == (done.returncode, says in done.stderr), done.stderr
    assert "Traceback" not in done.stderr
