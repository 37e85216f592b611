"""A rollout that is killed at any step leaves an alias that `tuner restore` puts right."""

import contextlib
import os
import signal
import time

import forked
import pytest
from click.testing import CliRunner
from fake_lambda import Fault, FaultKind
from rollout_account import AFTER_MB, BEFORE_MB, NAME

from tuner import tune
from tuner.applied import State, all_applied
from tuner.cli.main import cli
from tuner.errors import MeasurementError
from tuner.rollout.records import Ending

STEPS = {
    "completes": [
        "UpdateFunctionConfiguration",
        "PublishVersion",
        "UpdateFunctionConfiguration",
        "PutFunctionConcurrency",
        "UpdateAlias",
        "UpdateAlias",
        "UpdateFunctionConfiguration",
    ],
    "rolls back": [
        "UpdateFunctionConfiguration",
        "PublishVersion",
        "UpdateFunctionConfiguration",
        "PutFunctionConcurrency",
        "UpdateAlias",
        "UpdateAlias",
        "DeleteFunctionConcurrency",
        "DeleteFunction",
    ],
}
"""What a rollout changes, request by request; it is written down before each of them and after."""
SHIFT = 5
"""The change after which callers matter."""
EQUAL = [("completes", 2, "before"), ("completes", 3, "before"), ("rolls back", 6, "before")]
"""What these leave is left after the change before too, or where it completes."""
MOMENTS = [
    (ending, number, phase)
    for ending, first in (("completes", 1), ("rolls back", 6))
    for number in range(first, len(STEPS[ending]) + 1)
    for phase in ("before", "after")
    if (ending, number, phase) not in EQUAL
]
"""*Before* is when a change is written down and its request does not arrive any more."""


@pytest.fixture(scope="module")
def result():
    return tune("model:cpu-bound", memory_sizes=[BEFORE_MB, AFTER_MB], invocations=3)


def drive(live, plan, tmp_path, *, kill_at=None):
    """Roll out in a process of its own; returns what was changed. `kill_at` is a change and a phase."""
    process, changes, under_way = [], [], set()

    def on_request(operation, phase):
        (under_way.add if phase == "before" else under_way.discard)(operation)
        if operation == "UpdateAlias" and phase == "after" and (kill_at is None or kill_at[0] > SHIFT):
            live.aws.call(f"{NAME}:live", times=300)
        if operation not in STEPS["completes"] and operation not in STEPS["rolls back"]:
            return
        changes.extend([operation] * (phase == "before"))
        if (len(changes), phase) == kill_at:
            if phase == "before":
                live.aws.faults.add(Fault(operation, FaultKind.DROP_BEFORE))
            with contextlib.suppress(ProcessLookupError):
                os.kill(process[0].pid, signal.SIGKILL)
            time.sleep(0.02)  # the signal is delivered before the answer

    live.aws.on_request = on_request
    environment = live.aws.environment | {"XDG_STATE_HOME": str(tmp_path / "state")}
    process.append(forked.start_rollout(plan, environment=environment, folder=tmp_path))
    process[0].join(30)
    while under_way:
        time.sleep(0.005)  # what was sent is carried out, though nobody waits for the answer
    live.aws.on_request = None
    return process[0].exitcode, changes


def restore(*arguments):
    ran = CliRunner().invoke(cli, ["restore", *arguments], standalone_mode=False)
    if ran.exception:
        raise ran.exception
    return ran.output


@pytest.mark.parametrize("ending", STEPS)
def test_these_are_the_changes_that_a_rollout_makes(production, result, tmp_path, ending):
    live = production(real_time=True, slow_ms=500 if ending == "rolls back" else 200)
    plan = live.plan(result, reserved=50)
    assert (0, STEPS[ending]) == drive(live, plan, tmp_path)
    assert ("1" if ending == "rolls back" else "2", {}) == live.alias()


@pytest.mark.parametrize(("ending", "number", "phase"), MOMENTS)
def test_restore_puts_it_right(production, result, tmp_path, ending, number, phase):
    live = production(real_time=True, slow_ms=500 if ending == "rolls back" else 200)
    plan = live.plan(result, reserved=50)
    code, changes = drive(live, plan, tmp_path, kill_at=(number, phase))
    assert (-signal.SIGKILL, STEPS[ending][:number]) == (code, changes)
    assert ["killed"] == [("killed" if found.killed else found.state) for found in all_applied()]
    restore(NAME)
    assert live.before == live.state()
    assert [False] == [found.killed for found in all_applied()]


def test_what_was_killed_comes_before_anything_else(production, result, tmp_path):
    live = production(real_time=True)
    drive(live, live.plan(result, reserved=50), tmp_path, kill_at=(5, "after"))
    with pytest.raises(MeasurementError, match="was stopped before it could set my-func back"):
        live.plan(result)
    with pytest.raises(MeasurementError, match="was stopped before it could set my-func back"):
        tune(f"aws:{NAME}", memory_sizes=[BEFORE_MB, AFTER_MB], invocations=1)
    assert "killed" in restore("--list")
    restore()
    assert live.before == live.state()


@pytest.mark.parametrize(
    ("number", "phase", "schedule"),
    [
        (2, "before", {}),
        (2, "after", {}),
        (5, "before", {}),
        (6, "after", {"linear": "40%"}),
        (6, "before", {}),
        (7, "before", {}),
        (5, "after", {"all_at_once": True, "bake": "2m"}),
    ],
)
def test_a_resumed_rollout_ends_as_an_undisturbed_one(production, result, tmp_path, number, phase, schedule):
    live = production(real_time=True)
    if "all_at_once" in schedule:
        live.sleep(120)
    plan = live.plan(result, reserved=50, **schedule)
    _, changes = drive(live, plan, tmp_path, kill_at=(number, phase))
    assert STEPS["completes"][:number] == changes
    (killed,) = all_applied()
    found = live.roll_out(result, reserved=50, resume=True, **schedule)
    assert (killed.id, Ending.COMPLETED, "2") == (found.id, found.ending, found.version)
    had_passed = number > SHIFT and phase == "before"
    assert had_passed == (found.judgement is None)
    assert (("2", {}), {"1": BEFORE_MB, "2": AFTER_MB}, 50) == (
        live.alias(),
        live.versions(),
        live.reserved(),
    )
    assert (AFTER_MB, "thumbnails") == tuple(
        live.aws.configuration(NAME)[name] for name in ("MemorySize", "Description")
    )
    assert [(killed.id, State.DONE)] == [(record.id, record.state) for record in all_applied()]
