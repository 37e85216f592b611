"""A function behind an alias with traffic, and rollouts of it in a time that only moves when it is waited."""

import pytest
from rollout_account import Production


@pytest.fixture
def production(monkeypatch, tmp_path):
    """A factory of accounts, each with `my-func:live` at 512 MB; options are `Production`'s."""
    opened = []

    def start(**options):
        found = Production(**options)
        opened.append(found)
        found.aws.__enter__()
        found.furnish()
        for name, value in found.aws.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        monkeypatch.chdir(tmp_path)
        return found

    yield start
    for each in opened:
        each.aws.__exit__(None, None, None)
