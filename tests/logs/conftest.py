"""The account of a module, as AWS shows it to each of its tests."""

import pytest


@pytest.fixture
def aws(account, monkeypatch):
    """The module's own `account`, where boto3 finds it, with no fault and no query left of another test."""
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    account.faults.clear()
    for queries in (account.log_queries, account.athena):
        queries.endless = False
        queries.stopped.clear()
    return account


@pytest.fixture(scope="module")
def chatter():
    """What a function of an account logs besides: a line that only begins like a REPORT record."""
    return lambda request: ["REPORT RequestId: cut\tDuration: 1"]
