"""A rollout on AWS: completed where the new version is as good, rolled back by itself where it is not."""

import pytest
from rollout_account import AFTER_MB, BEFORE_MB, NAME

from tuner import tune
from tuner.applied import State, find_applied
from tuner.rollout.journal import RolloutJournal
from tuner.rollout.records import Ending
from tuner.rollout.undoing import Undone, undo


@pytest.fixture(scope="module")
def result():
    """A run that recommends something, and knows both sizes."""
    return tune("model:cpu-bound", memory_sizes=[BEFORE_MB, AFTER_MB], invocations=5)


WAYS = {
    "canary": {"canary": "50%", "bake": "2m"},
    "linear": {"linear": "25%", "every": "1m"},
    "all at once": {"all_at_once": True, "bake": "2m"},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_good_version_completes(production, result, way):
    live = production()
    if way == "all at once":
        live.sleep(120)
    found = live.roll_out(result, **WAYS[way])
    assert (Ending.COMPLETED, 0, "2") == (found.ending, found.exit_code, found.version)
    assert (("2", {}), {"1": BEFORE_MB, "2": AFTER_MB}) == (live.alias(), live.versions())
    assert AFTER_MB == live.aws.configuration(NAME)["MemorySize"]
    assert "thumbnails" == live.aws.configuration(NAME)["Description"]
    assert State.DONE is find_applied(found.id).state


@pytest.mark.parametrize(
    ("way", "fault", "said"),
    [
        ("canary", {"error_share": 0.1}, "more errors"),
        ("canary", {"throttled_share": 0.2}, "more throttles"),
        ("canary", {"slow_ms": 500}, "p95"),
        ("linear", {"slow_ms": 500}, "p95"),
        ("linear", {"error_share": 0.1}, "more errors"),
        ("all at once", {"slow_ms": 500}, "p95"),
        ("all at once", {"throttled_share": 0.2}, "more throttles"),
    ],
)
def test_a_worse_version_is_rolled_back(production, result, way, fault, said):
    live = production(**fault)
    if way == "all at once":
        live.sleep(120)
    found = live.roll_out(result, **WAYS[way])
    assert (Ending.REGRESSION, 1) == (found.ending, found.exit_code)
    assert said in " ".join(found.judgement.reasons)
    assert live.before == live.state()
    assert State.UNDONE is find_applied(found.id).state


def test_too_little_traffic_is_rolled_back_as_inconclusive(production, result):
    live = production(calls=20)
    found = live.roll_out(result)
    assert (Ending.INCONCLUSIVE, 4) == (found.ending, found.exit_code)
    assert live.before == live.state()


def test_a_function_that_nobody_calls_is_rolled_back_as_inconclusive(production, result):
    live = production(calls=0)
    found = live.roll_out(result)
    assert (Ending.INCONCLUSIVE, 4) == (found.ending, found.exit_code)
    assert live.before == live.state()


def test_calls_in_json_logs_are_read_too(production, result):
    live = production(log_format="JSON")
    assert Ending.COMPLETED is live.roll_out(result).ending


def test_a_size_that_is_slower_as_predicted_completes(production, result):
    """From 1,024 MB down to 512 MB, which the run knows to take twice as long; so it does."""
    live = production(memory_mb=AFTER_MB, slow_ms=150)
    plan = live.plan(result, memory_mb=BEFORE_MB)
    assert 1.0 == pytest.approx(plan.place.predicted, rel=0.2)
    assert Ending.COMPLETED is live.roll_out(result, memory_mb=BEFORE_MB).ending


def test_a_rule_of_the_user_replaces_what_the_run_predicts(production, result):
    live = production(memory_mb=AFTER_MB, slow_ms=150)
    assert Ending.REGRESSION is live.roll_out(result, memory_mb=BEFORE_MB, fail={"p95": "20%"}).ending


def test_a_budget_can_be_the_only_rule(production, result):
    assert Ending.COMPLETED is production().roll_out(result, budget={"p95": "400ms"}).ending


def test_reserved_concurrency_moves_along_and_back(production, result):
    live = production(reserved_concurrency=20)
    found = live.roll_out(result, reserved=50, timeout_s=20)
    assert (Ending.COMPLETED, 50) == (found.ending, live.reserved())
    journal = RolloutJournal(find_applied(found.id))
    assert Undone(left=(), deleted_versions=("2",)) == undo(live.api, journal)
    assert live.before == live.state()


def test_provisioned_concurrency_stays_on_the_alias(production, result):
    live = production()
    config = {"FunctionName": NAME, "Qualifier": "live"}
    live.client.put_provisioned_concurrency_config(**config, ProvisionedConcurrentExecutions=3)
    live.aws.clock.advance(100)
    assert Ending.COMPLETED is live.roll_out(result).ending
    found = live.client.get_provisioned_concurrency_config(**config)
    assert 3 == found["RequestedProvisionedConcurrentExecutions"]


def test_a_canary_with_provisioned_concurrency_is_rolled_back_too(production, result):
    live = production(slow_ms=500)
    live.client.put_provisioned_concurrency_config(
        FunctionName=NAME, Qualifier="live", ProvisionedConcurrentExecutions=3
    )
    live.aws.clock.advance(100)
    assert Ending.REGRESSION is live.roll_out(result).ending
    assert live.before == live.state()


def test_what_aws_weighs_itself_while_it_allocates_is_not_foreign(production, result):
    live = production(slow_ms=500)
    config = {"FunctionName": NAME, "Qualifier": "live"}
    live.client.put_provisioned_concurrency_config(**config, ProvisionedConcurrentExecutions=3)
    live.sleep(120)
    weights = {"RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}
    live.during_wait = [lambda: live.client.update_alias(FunctionName=NAME, Name="live", **weights)]
    assert Ending.REGRESSION is live.roll_out(result, all_at_once=True, bake="2m").ending
    assert live.before == live.state()


def test_a_rollout_that_has_completed_is_taken_back_only_where_nobody_went_on(production, result):
    live = production()
    found = live.roll_out(result)
    live.client.update_function_configuration(FunctionName=NAME, MemorySize=2048)
    live.client.publish_version(FunctionName=NAME)
    live.client.update_alias(FunctionName=NAME, Name="live", FunctionVersion="3")
    undone = undo(live.api, RolloutJournal(find_applied(found.id)))
    assert ("the alias live, which goes to version 3", "MemorySize of $LATEST") == undone.left
    assert (("3", {}), ["1", "3"]) == (live.alias(), list(live.versions()))


def test_what_is_watched_is_bounded(production, result):
    """A look costs eight metrics, and reads no more lines than it may."""
    live = production(calls=2700)
    found = live.roll_out(result, canary="99%", bake="1m")
    assert 2_000 == len(found.judgement.after.calls)
    asked = [request for request in live.aws.requests if request.operation == "GetMetricData"]
    assert 2 == len(asked)  # one to see whether it may
