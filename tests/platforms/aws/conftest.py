"""A function on AWS, as far as boto3 can tell."""

import pytest
import shared_models  # noqa: F401 - to make clients quickly
from aws_account import STEADY
from fake_lambda import FakeLambda

import tuner
from tuner.platforms.aws import connection as connections


@pytest.fixture
def journal_folder(tmp_path):
    return tmp_path / "state" / "tuner" / "journal"


@pytest.fixture
def account(monkeypatch, tmp_path):
    """A factory of accounts, each with the environment that boto3 finds it in."""
    opened = []

    def open_account(**options):
        aws = FakeLambda(**{"control_rate": None} | options)
        aws.__enter__()
        opened.append(aws)
        for name, value in aws.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        monkeypatch.chdir(tmp_path)
        connections._open_session.cache_clear()
        return aws

    yield open_account
    for aws in opened:
        aws.__exit__(None, None, None)


@pytest.fixture
def aws(account):
    """An account with one function, `my-func`, which computes for 300 ms at one vCPU."""
    aws = account()
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload=STEADY, description="thumbnails")
    return aws


@pytest.fixture
def tune(monkeypatch):
    """Tune a function of the account; `tune(aws, name="my-func", **options)`."""

    def run(aws, target="my-func", **options):
        return tuner.tune(target, **{"endpoint_url": aws.endpoint_url} | options)

    return run
