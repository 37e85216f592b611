"""Going on with a rollout that could not be taken back; real kills are in `test_rollout_killed.py`."""

import os

import pytest
from fake_lambda import Fault
from rollout_account import AFTER_MB, BEFORE_MB, NAME

from tuner import tune
from tuner.applied import State, all_applied, record
from tuner.errors import MeasurementError, NotRestoredError, UsageError
from tuner.platforms.aws.latest import ForeignChangeError
from tuner.rollout.conducting import Rollout
from tuner.rollout.journal import RolloutJournal
from tuner.rollout.records import Ending
from tuner.rollout.undoing import undo

OTHERS = [
    ({"memory_mb": 2048}, "was to bring 1,024 MB, 30 s, and this one is to bring 2,048 MB, 30 s"),
    ({"memory_mb": BEFORE_MB}, "this one is to bring 512 MB, 30 s"),
    ({"reserved": 5}, "this one is to bring 1,024 MB, 30 s, reserved concurrency 5"),
    ({"canary": "10%"}, "gets 50 % of the calls already, and this would end before"),
]


@pytest.fixture(scope="module")
def result():
    return tune("model:cpu-bound", memory_sizes=[BEFORE_MB, AFTER_MB], invocations=3)


def stop(live, result, *, waits=1, **options):
    """Interrupt a rollout in this wait where it may not move the alias back; its record."""

    def interrupt():
        live.aws.faults.add(Fault.denied("UpdateAlias"))
        raise KeyboardInterrupt

    live.during_wait = [*[lambda: None] * (waits - 1), interrupt]
    with pytest.raises(NotRestoredError):
        live.roll_out(result, **options)
    live.aws.faults.clear()
    (stopped,) = all_applied()
    assert stopped.killed
    return stopped


def state_of(stopped):
    (found,) = (each for each in all_applied() if each.id == stopped.id)
    return found.state


def test_steps_that_were_done_are_not_repeated(production, result):
    """With provisioned concurrency, too, where AWS adds weights of its own."""
    live = production()
    live.client.put_provisioned_concurrency_config(
        FunctionName=NAME, Qualifier="live", ProvisionedConcurrentExecutions=3
    )
    live.aws.clock.advance(100)
    stop(live, result, waits=2, linear="25%")
    weights = []
    live.during_wait = [lambda: weights.append(live.alias()[1])] * 2
    assert Ending.COMPLETED is live.roll_out(result, linear="25%", resume=True).ending
    assert [{"2": 0.5}, {"2": 0.75}] == weights
    assert (("2", {}), {"1": BEFORE_MB, "2": AFTER_MB}) == (live.alias(), live.versions())


def test_what_was_all_at_once_is_compared_with_the_calls_from_before_it_began(production, result):
    live = production()
    live.sleep(120)
    stop(live, result, all_at_once=True, bake="2m")
    live.sleep(3600)
    found = live.roll_out(result, all_at_once=True, bake="2m", resume=True)
    assert (Ending.COMPLETED, 300) == (found.ending, found.judgement.before.counts.invocations)


def test_a_version_that_is_worse_takes_back_what_was_done_before_too(production, result):
    live = production(slow_ms=500)
    stop(live, result, reserved=50)
    assert Ending.REGRESSION is live.roll_out(result, reserved=50, resume=True).ending
    assert live.before == live.state()


def test_what_was_found_worse_already_is_not_gone_on_with(production, result):
    live = production(slow_ms=500)
    live.aws.faults.add(Fault.denied("UpdateAlias", nth=2))
    with pytest.raises(NotRestoredError):
        live.roll_out(result)
    live.aws.faults.clear()
    (stopped,) = all_applied()
    with pytest.raises(MeasurementError, match="had found the new version worse") as found:
        live.plan(result, resume=True)
    assert f"'tuner restore {stopped.id}' takes back the rest" == found.value.hint


def test_there_may_be_none(production, result):
    with pytest.raises(UsageError, match="no rollout of my-func:live was killed on this machine") as found:
        production().plan(result, resume=True)
    assert "run it without --resume" == found.value.hint


def test_one_that_is_still_at_work_is_not_taken_over(production, result):
    live = production()
    stopped = stop(live, result)
    record(stopped, process=os.getppid())
    with pytest.raises(MeasurementError, match=f"is being rolled out by rollout {stopped.id}"):
        live.plan(result, resume=True)


def test_a_rollout_of_another_alias_is_none_of_this_one(production, result):
    live = production()
    stop(live, result)
    live.client.create_alias(FunctionName=NAME, Name="prod", FunctionVersion="1")
    with pytest.raises(MeasurementError, match="was stopped before it could set my-func back") as found:
        live.plan(result, alias="prod", resume=True)
    assert "the same 'tuner apply' with --resume goes on with it" in found.value.hint


def test_another_rollout_is_not_gone_on_with(production, result):
    live = production()
    stopped = stop(live, result)
    before = live.state()
    for other, said in OTHERS:
        with pytest.raises(UsageError, match=said) as found:
            live.plan(result, resume=True, **other)
        assert f"'tuner restore {stopped.id}'" in found.value.hint
    assert before == live.state()


def test_an_alias_that_was_moved_since_is_left_as_it_is(production, result):
    live = production()
    stopped = stop(live, result)
    live.client.update_alias(
        FunctionName=NAME, Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.9}}
    )
    moved = live.state()
    with pytest.raises(ForeignChangeError, match="90 % to version 2"):
        live.plan(result, resume=True)
    assert (moved, State.UNDER_WAY) == (live.state(), state_of(stopped))


def test_a_concurrency_that_was_changed_since_is_left_as_it_is(production, result):
    live = production()
    stop(live, result, reserved=50)
    live.client.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=7)
    with pytest.raises(ForeignChangeError, match="the reserved concurrency meanwhile: it is 7"):
        live.plan(result, reserved=50, resume=True)
    assert 7 == live.reserved()


def test_what_is_changed_between_the_plan_and_the_consent_is_noticed(production, result):
    live = production()
    stopped = stop(live, result)
    plan = live.plan(result, resume=True)
    undo(live.api, RolloutJournal(stopped))
    with pytest.raises(MeasurementError, match="has been taken back or gone on with meanwhile"):
        Rollout(live.api, plan, clock=live).run()
    assert (live.before, State.UNDONE) == (live.state(), state_of(stopped))


def test_an_alias_that_is_moved_after_the_plan_is_left_and_the_rest_taken_back(production, result):
    live = production()
    stopped = stop(live, result, reserved=50)
    plan = live.plan(result, reserved=50, resume=True)
    live.client.update_alias(FunctionName=NAME, Name="live", FunctionVersion="2", RoutingConfig={})
    with pytest.raises(ForeignChangeError) as found:
        Rollout(live.api, plan, clock=live).run()
    assert "left as it is: the alias live, which goes to version 2" in found.value.message
    assert (("2", {}), None, State.UNDONE) == (live.alias(), live.reserved(), state_of(stopped))


def test_an_interruption_takes_back_what_was_done_before_too(production, result):
    live = production()
    stopped = stop(live, result, reserved=50)

    def interrupt():
        raise KeyboardInterrupt

    live.during_wait = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        live.roll_out(result, reserved=50, resume=True)
    assert (live.before, State.UNDONE) == (live.state(), state_of(stopped))
