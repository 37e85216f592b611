"""What was applied is kept: private, in order, and refused where it is damaged."""

import json
import os
import stat
from dataclasses import replace

import pytest

from tuner.applied import Applied, Kind, State, all_applied, applied_folder, find_applied, record
from tuner.errors import UsageError
from tuner.rollout.journal import RolloutJournal


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def made():
    return record(Applied(Kind.FILE, "Fn in a.yaml", "memory_mb 512", "memory_mb 1024", {"file": "a.yaml"}))


def test_what_is_recorded_is_found_again(made):
    assert made == find_applied(made.id)
    done = record(made, state=State.DONE)
    later = record(replace(made, id="f" * 12, at="2099-01-01T00:00:00+00:00"))
    assert [done, later] == all_applied()


def test_only_its_owner_can_read_it(made):
    path = applied_folder() / f"{made.id}.json"
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "my-func", "0123456789ab"])
def test_what_is_no_id_is_not_found(made, name):
    assert find_applied(name) is None


def test_a_change_whose_process_is_gone_was_killed(made):
    assert (False, True) == (made.alive, made.killed)  # of this process, which is doing something else now
    other = replace(made, process=os.getppid())
    assert (True, False) == (other.alive, other.killed)
    assert not replace(other, state=State.DONE).killed


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b'{"id": "../x"}', b"\xff", b'{"id": "0123456789ab", "values": 1}'],
)
def test_a_damaged_record_is_refused_by_its_name(made, damage):
    path = applied_folder() / f"{made.id}.json"
    path.write_bytes(damage)
    with pytest.raises(UsageError, match=made.id):
        all_applied()


@pytest.mark.parametrize(
    "key", [*("function", "connection", "latest", "note", "began", "alias", "route", "told_routes", "judged")]
)
def test_a_damaged_rollout_is_refused(made, key):
    values = {
        "function": "arn:aws:lambda:eu-central-1:123456789012:function:f",
        "connection": {"region": "eu-central-1"},
        "latest": {"memory_mb": 512, "timeout_s": 3, "description": ""},
        "note": "n",
        "began": 1.5,
        "alias": "live",
        "route": {"version": "1", "weights": {}},
        "provisioned": False,
        "reserved": None,
        "told_latest": [],
        "told_routes": [{"version": "1", "weights": {"2": 0.1}}],
        "told_reserved": [],
        "judged": None,
    }
    whole = replace(made, kind=Kind.FUNCTION, values=values)
    assert values == json.loads(json.dumps(RolloutJournal(record(whole)).record.values))
    with pytest.raises(UsageError, match="cannot be read"):
        RolloutJournal(replace(whole, values=values | {key: [1]}))
