"""What is refused before anything is changed, and what is left alone because somebody else changed it."""

import pytest
from fake_lambda import Fault, FaultKind
from rollout_account import AFTER_MB, BEFORE_MB, NAME

from tuner import tune
from tuner.applied import State, all_applied
from tuner.errors import MeasurementError, UsageError
from tuner.platforms.aws.api import AwsError
from tuner.platforms.aws.latest import ForeignChangeError
from tuner.rollout.records import Ending

CHANGES = (
    *("UpdateFunctionConfiguration", "PublishVersion", "UpdateAlias", "PutFunctionConcurrency"),
    *("DeleteFunction", "DeleteFunctionConcurrency"),
)


@pytest.fixture(scope="module")
def result():
    return tune("model:cpu-bound", memory_sizes=[BEFORE_MB, AFTER_MB], invocations=3)


def move(live, version, **weights):
    routing = {"AdditionalVersionWeights": {number.strip("v"): share for number, share in weights.items()}}
    live.client.update_alias(FunctionName=NAME, Name="live", FunctionVersion=version, RoutingConfig=routing)


def another_version(live):
    """Version 2, by somebody else."""
    live.client.update_function_configuration(FunctionName=NAME, Timeout=20)
    live.client.publish_version(FunctionName=NAME)
    live.client.update_function_configuration(FunctionName=NAME, Timeout=30)


def refused(live, result, error, match, **options):
    before = live.state()
    with pytest.raises(error, match=match) as found:
        live.plan(result, **options)
    assert before == live.state()
    assert set() == {request.operation for request in live.aws.requests if request.function} & {
        "PutFunctionConcurrency"
    }
    return found.value


def test_an_alias_that_is_missing_is_named_with_those_that_are_there(production, result):
    found = refused(production(), result, UsageError, "no alias 'prod'", alias="prod")
    assert "it has live" == found.hint


def test_an_alias_that_is_weighted_already_is_refused(production, result):
    live = production()
    another_version(live)
    move(live, "1", v2=0.25)
    refused(live, result, MeasurementError, "weighted already: version 1 and 25 % to version 2")


def test_an_alias_on_latest_is_refused(production, result):
    live = production()
    move(live, "$LATEST")
    refused(live, result, UsageError, r"points at \$LATEST")


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"Environment": {"Variables": {"A": "1"}}}, "other Environment"),
        ({"Handler": "b.c"}, "other Handler"),
    ],
)
def test_what_latest_has_besides_would_be_rolled_out_too(production, result, change, what):
    live = production()
    live.client.update_function_configuration(FunctionName=NAME, **change)
    refused(live, result, UsageError, what)


def test_other_code_is_not_rolled_out_along_with_a_setting(production, result):
    live = production()
    live.client.update_function_code(FunctionName=NAME, ZipFile=b"new code")
    refused(live, result, UsageError, "other code than version 1")


def test_provisioned_concurrency_of_the_version_itself_is_refused(production, result):
    live = production()
    live.client.put_provisioned_concurrency_config(
        FunctionName=NAME, Qualifier="1", ProvisionedConcurrentExecutions=2
    )
    refused(live, result, UsageError, "provisioned concurrency of its own")


def test_provisioned_concurrency_that_is_being_allocated_is_waited_for(production, result):
    live = production()
    live.client.put_provisioned_concurrency_config(
        FunctionName=NAME, Qualifier="live", ProvisionedConcurrentExecutions=2
    )
    refused(live, result, MeasurementError, "still allocating")
    live.aws.clock.advance(100)
    assert 2 == live.plan(result).place.provisioned


def test_a_function_whose_reports_are_hidden_is_refused(production, result):
    live = production(log_format="JSON", system_log_level="WARN")
    refused(live, result, UsageError, "no REPORT lines")


def test_nothing_to_change_is_no_plan(production, result):
    assert not production().plan(result, memory_mb=BEFORE_MB).changes


def test_a_concurrency_alone_is_nothing_to_shift_traffic_for(production, result):
    found = refused(production(), result, UsageError, "no version", memory_mb=BEFORE_MB, reserved=5)
    assert "--latest --reserved-concurrency 5" in found.hint


@pytest.mark.parametrize("operation", ["GetMetricData", "FilterLogEvents"])
def test_what_cannot_be_watched_is_not_begun(production, result, operation):
    live = production()
    live.aws.faults.add(Fault.denied(operation))
    with pytest.raises(AwsError, match=operation):
        live.roll_out(result)
    assert live.before == live.state()
    assert [] == all_applied()


@pytest.mark.parametrize("operation", ["PublishVersion", "PutFunctionConcurrency", "UpdateAlias"])
def test_a_permission_that_is_missing_midway_leaves_everything_as_it_was(production, result, operation):
    live = production()
    live.aws.faults.add(Fault.denied(operation))
    with pytest.raises(AwsError) as found:
        live.roll_out(result, reserved=50)
    assert (3, True) == (found.value.exit_code, f"lambda:{operation}" in found.value.hint)
    assert live.before == live.state()
    assert [State.UNDONE] == [record.state for record in all_applied()]


@pytest.mark.parametrize("operation", ["GetMetricData", "FilterLogEvents", "GetAlias"])
def test_a_watch_that_fails_midway_is_rolled_back(production, result, operation):
    live = production()
    live.during_wait = [lambda: live.aws.faults.add(Fault(operation, status=400, code="Broken", times=1))]
    with pytest.raises(AwsError, match="Broken"):
        live.roll_out(result)
    assert live.before == live.state()


@pytest.mark.parametrize("operation", ["UpdateFunctionConfiguration", "PublishVersion", "UpdateAlias"])
def test_an_answer_that_is_lost_is_no_failure(production, result, operation):
    live = production()
    live.aws.faults.add(Fault(operation, FaultKind.DROP_AFTER))
    assert Ending.COMPLETED is live.roll_out(result).ending
    assert (("2", {}), {"1": BEFORE_MB, "2": AFTER_MB}) == (live.alias(), live.versions())


def test_an_alias_that_somebody_else_moves_is_left_to_them(production, result):
    live = production()
    another_version(live)
    live.during_wait = [lambda: move(live, "2")]
    with pytest.raises(ForeignChangeError, match="somebody else has moved the alias live") as found:
        live.roll_out(result)
    assert 3 == found.value.exit_code
    assert ("2", {}) == live.alias()
    assert ["1", "2"] == list(live.versions())
    assert live.before[0] == live.state()[0]


def test_a_deployment_that_keeps_the_version_is_not_broken(production, result):
    live = production()
    live.during_wait = [lambda: move(live, "2")]  # by hand, to the version that is being rolled out
    with pytest.raises(ForeignChangeError) as found:
        live.roll_out(result)
    assert "version 2, which live uses" in found.value.message
    assert (("2", {}), {"1": BEFORE_MB, "2": AFTER_MB}) == (live.alias(), live.versions())


def test_a_version_that_was_there_before_is_used_and_kept(production, result):
    live = production(slow_ms=500)
    live.client.update_function_configuration(FunctionName=NAME, MemorySize=AFTER_MB)
    live.client.publish_version(FunctionName=NAME)
    before = live.state()
    found = live.roll_out(result)
    assert (Ending.REGRESSION, "2") == (found.ending, found.version)
    assert before == live.state()


def test_a_function_that_somebody_changes_while_it_is_published_is_left_to_them(production, result):
    live = production()
    live.aws.faults.add(Fault("PublishVersion", FaultKind.FOREIGN_CHANGE, change={"Timeout": 99}))
    with pytest.raises(ForeignChangeError):
        live.roll_out(result)
    assert (BEFORE_MB, 99) == tuple(live.aws.configuration(NAME)[name] for name in ("MemorySize", "Timeout"))
    assert (("1", {}), {"1": BEFORE_MB}) == (live.alias(), live.versions())


def test_latest_is_left_alone_where_somebody_deployed_meanwhile(production, result):
    live = production()
    change = {"FunctionName": NAME, "Timeout": 99}
    live.during_wait = [lambda: live.client.update_function_configuration(**change)]
    found = live.roll_out(result)
    assert (Ending.COMPLETED, ["W-LATEST-CHANGED"]) == (found.ending, [w.code for w in found.warnings])
    assert (BEFORE_MB, 99) == tuple(live.aws.configuration(NAME)[name] for name in ("MemorySize", "Timeout"))
    assert ("2", {}) == live.alias()


def test_an_interruption_rolls_back(production, result):
    live = production()

    def stop():
        raise KeyboardInterrupt

    live.during_wait = [stop]
    with pytest.raises(KeyboardInterrupt):
        live.roll_out(result, reserved=50)
    assert live.before == live.state()
