"""Logs on S3 are read as they come; S3 is played by moto over HTTP."""

import gzip
import json

import pytest
from fake_lambda import FakeLambda
from in_process import run_here
from log_lines import report

from tuner.cli.log_bucket import objects_of
from tuner.logs.workflow import LogOptions, read_logs

EXPORTED = "2026-11-23T10:00:00.123Z "
GROUP = "exports/aws-lambda-my-func/2026-11-23-[12]0a1b"


def records(first, last):
    return "".join(f"{EXPORTED}START RequestId: x\n{EXPORTED}{report(n)}\n" for n in range(first, last))


@pytest.fixture(scope="module")
def account():
    with FakeLambda() as aws:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        packed = gzip.compress(records(100, 300).encode())
        for key, body, kind in (
            (f"{GROUP}/000000", records(0, 100).encode(), "STANDARD"),
            (f"{GROUP}/000001.gz", packed, "STANDARD"),
            (f"{GROUP}/000002.gz", packed, "DEEP_ARCHIVE"),
            (f"{GROUP}/aws-logs-write-test", b"", "STANDARD"),
            ("cut/aws-lambda-my-func/0.gz", packed[: len(packed) // 2], "STANDARD"),
            ("empty/nothing", b"", "STANDARD"),
            ("cold/0.gz", packed, "GLACIER"),
        ):
            s3.put_object(Bucket="logs", Key=key, Body=body, StorageClass=kind)
        yield aws


@pytest.fixture
def logs(account, monkeypatch, tmp_path, capsys):
    """Run `tuner logs ARGUMENTS` with credentials for the account; returns the finished run."""
    monkeypatch.chdir(tmp_path)
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: run_here(["logs", *arguments], capsys)


def calls(done):
    document = json.loads(done.stdout)
    return {f["function"]: f["invocations"] for f in document["functions"]}, document["warnings"]


def test_every_object_below_a_prefix_is_read(logs, monkeypatch):
    monkeypatch.setattr("tuner.platforms.aws.buckets.RANGE_BYTES", 1000)
    done = logs("s3://logs/exports", "--json")
    assert 0 == done.returncode, done.stderr
    found, _ = calls(done)
    assert {"my-func": 300} == found
    assert ["12"] == [v["version"] for v in json.loads(done.stdout)["functions"][0]["by_version"]]
    assert "2 objects" in done.stderr
    assert "1 objects are in Glacier" in done.stderr


def test_objects_and_files_are_read_together(logs, tmp_path):
    (tmp_path / "aws-lambda-other.log").write_text(records(900, 907))
    assert {"my-func": 300, "other": 7} == calls(logs("s3://logs/exports", "aws-lambda-other.log", "--json"))[
        0
    ]


def test_a_dry_run_says_what_it_costs_and_reads_nothing(logs, account):
    before = len(account.requests)
    done = logs("s3://logs/exports", "--dry-run")
    assert (0, "") == (done.returncode, done.stdout)
    assert "for requests" in done.stderr
    assert ["s3"] == [request.service for request in list(account.requests)[before:]]


def test_what_is_large_is_asked_for(logs, monkeypatch):
    monkeypatch.setattr("tuner.cli.log_bucket.ASK_ABOVE_BYTES", 100)
    assert 2 == logs("s3://logs/exports").returncode
    assert 0 == logs("s3://logs/exports", "--yes").returncode


def test_a_cut_object_is_read_as_far_as_it_goes(logs):
    found, warnings = calls(logs("s3://logs/cut", "--json"))
    assert 20 < found["my-func"] < 200
    assert "W-DAMAGED-FILE" in [warning["code"] for warning in warnings]


@pytest.mark.parametrize("what", ["delete_object", "put_object"])
def test_an_object_that_vanishes_or_changes_is_told_and_the_others_are_read(logs, account, what):
    s3 = account.client("s3")
    for first, name in enumerate("fg"):
        body = records(first * 9, first * 9 + 9).encode()
        s3.put_object(Bucket="logs", Key=f"fleeting/aws-lambda-{name}/0", Body=body)
    flags = dict.fromkeys(("region", "profile", "role", "endpoint_url", "dry_run", "yes"))
    objects = objects_of(["s3://logs/fleeting"], flags)
    getattr(s3, what)(Bucket="logs", Key="fleeting/aws-lambda-f/0")
    found = read_logs([], LogOptions(), objects=objects)
    assert {"g": 9} == {function.function: function.invocations for function in found.functions}
    assert ["W-FILE-GONE"] == [warning.code for warning in found.warnings]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("s3://none-such", "there is no bucket 'none-such'"),
        ("s3://logs/nowhere", "there is no object to read"),
        ("s3://logs/empty", "there is no object to read"),
        ("s3://logs/cold", "restore what is in Glacier first"),
        ("s3://", "is no address of S3"),
        ("s3://A_B/x", "is no address of S3"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_do(logs, url, words):
    done = logs(url)
    assert 2 == done.returncode
    assert words in done.stderr
