"""A whole run against an account: the right size, and the function as it was."""

import json
from collections import Counter

import pytest
from aws_account import as_it_was

from tuner.errors import InfeasibleError, MeasurementError, UsageError
from tuner.records import Outcome

SIZES = [128, 256, 512, 1024, 1769, 3008]


def operations(aws):
    return Counter(request.operation for request in aws.requests)


def left_no_trace(aws, before, journal_folder, name="my-func"):
    assert before == as_it_was(aws, name)
    assert [] == aws.versions(name)
    assert [] == list(journal_folder.glob("*"))


def test_the_right_size_is_found_and_the_function_is_as_it_was(aws, tune, journal_folder):
    before = as_it_was(aws)
    found = tune(aws, "my-func", memory_sizes=SIZES, invocations=5, strategy="speed")
    # One thread gains nothing above one vCPU, so the smallest size above it is the answer.
    assert 1769 == found.recommendation.candidate.memory_mb
    assert (512, 30) == (found.measurements.current.memory_mb, found.measurements.current.timeout_s)
    assert {"region": "eu-central-1", "runtime": "python3.12"}.items() <= found.conditions.items()
    assert set(SIZES) == set(found.measurements.memory_sizes_mb)
    left_no_trace(aws, before, journal_folder)


def test_the_default_search_ends_with_a_good_size(aws, tune, journal_folder):
    before = as_it_was(aws)
    found = tune(aws, "my-func", strategy="balanced")
    assert 1024 <= found.recommendation.candidate.memory_mb <= 1792
    assert found.spent.invocations <= 40
    left_no_trace(aws, before, journal_folder)


def test_the_function_has_its_own_settings_while_it_is_measured(aws, tune):
    tune(aws, "my-func", memory_sizes=[128, 256], invocations=3)
    made = [r.operation for r in aws.requests if r.operation in ("UpdateFunctionConfiguration", "Invoke")]
    assert ["UpdateFunctionConfiguration"] * 3 + ["Invoke"] * 8 == made


def test_every_version_says_whose_it_is(aws, tune):
    tune(aws, "my-func", memory_sizes=[128, 256], invocations=1)
    descriptions = [r.parameters["Description"] for r in aws.requests if r.operation == "PublishVersion"]
    assert 2 == len(set(descriptions))
    assert all(d.startswith("tuner ") and d.endswith("thumbnails") for d in descriptions)


def test_todays_size_alone_is_measured_without_a_change(aws, tune):
    found = tune(aws, "my-func", memory_sizes=[512], invocations=4)
    assert 512 == found.recommendation.candidate.memory_mb
    assert not {"UpdateFunctionConfiguration", "PublishVersion", "DeleteFunction"} & set(operations(aws))
    assert {None} == {r.qualifier for r in aws.requests if r.operation == "Invoke"}


def test_a_timeout_for_the_run_is_set_on_its_versions_only(aws, tune, journal_folder):
    before = as_it_was(aws)
    found = tune(aws, "my-func", memory_sizes=[128, 1024], invocations=2, timeout=1)
    assert {Outcome.TIMEOUT} == set(found.measurements.outcomes(128))
    left_no_trace(aws, before, journal_folder)


def test_a_size_that_runs_out_of_memory_is_a_row_and_not_the_end(account, tune, journal_folder):
    aws = account()
    aws.add_function("my-func", memory_mb=1024, timeout_s=60, workload="memory-hungry")
    before = as_it_was(aws)
    found = tune(aws, "my-func", memory_sizes=[128, 512, 1024, 1769], invocations=3)
    assert {Outcome.OUT_OF_MEMORY: 1} == found.measurements.outcomes(128)
    assert found.recommendation.candidate.memory_mb > 128
    left_no_trace(aws, before, journal_folder)


def test_a_function_that_always_fails_is_an_error_with_its_own_words(account, tune, journal_folder):
    from fake_lambda import FunctionFailure

    def fail(event, memory_mb):
        raise FunctionFailure("KeyError", "'bucket'")

    aws = account()
    aws.add_function("my-func", memory_mb=512, timeout_s=3, handler=fail)
    before = as_it_was(aws)
    with pytest.raises(MeasurementError, match="KeyError: 'bucket'"):
        tune(aws, "my-func", memory_sizes=[128, 512])
    left_no_trace(aws, before, journal_folder)


def test_errors_by_design_count_as_success(account, tune):
    from fake_lambda import FunctionFailure

    def fail(event, memory_mb):
        raise FunctionFailure("NotToday", "come back tomorrow")

    aws = account()
    aws.add_function("my-func", memory_mb=512, timeout_s=3, handler=fail)
    found = tune(aws, "my-func", memory_sizes=[256, 512], invocations=2, expect_error="NotToday,Other")
    assert {Outcome.OK: 3} == found.measurements.outcomes(256)


@pytest.mark.parametrize(
    "options",
    [
        {"log_format": "JSON"},
        {"log_style": "old"},
        {"tracing": True},
        {"snap_start": True, "runtime": "java21"},
        {"architecture": "arm64"},
        {"package_type": "Image"},
        {"description": ""},
        {"description": "x" * 256},
        {
            "log_lines": lambda request: [
                "REPORT RequestId: none Duration: 1 ms",
                '{"type": "platform.report"',
            ]
        },
    ],
    ids=lambda options: next(iter(options)),
)
def test_functions_of_every_kind_are_measured_and_left_alone(account, tune, journal_folder, options):
    aws = account(snap_start_seconds=0.5)
    aws.add_function("my-func", **{"memory_mb": 512, "timeout_s": 30, "workload": "cpu-bound"} | options)
    before = as_it_was(aws)
    found = tune(aws, "my-func", memory_sizes=[512, 1769], invocations=3)
    assert {Outcome.OK} == set(found.measurements.outcomes(1769))
    assert 3 == len(found.measurements.warm(512))
    assert found.candidates[0].duration_ms.mean > 2 * found.candidates[-1].duration_ms.mean
    left_no_trace(aws, before, journal_folder)


def test_what_is_billed_is_what_aws_says_it_bills(aws, tune):
    found = tune(aws, "my-func", memory_sizes=[512], invocations=3)
    billed = [i.billed_duration_ms for i in found.measurements.invocations]
    assert [record.billed_duration_ms for record in aws.invocations] == billed
    usd = sum(b * 512 / 1024 / 1000 * 0.0000166667 + 0.0000002 for b in billed)
    assert usd == pytest.approx(found.spent.cost_usd)


def test_sizes_overlap_and_calls_of_a_size_do_not(account, tune):
    aws = account(real_time=0.05)
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload="cpu-bound")
    tune(aws, "my-func", memory_sizes=SIZES, invocations=3)
    assert 2 <= aws.peak_concurrency <= len(SIZES)
    assert all(
        1 == sum(r.cold for r in aws.invocations if r.qualifier == version)
        for version in {r.qualifier for r in aws.invocations}
    )


def test_a_new_accounts_concurrency_is_left_half_to_others(account, tune):
    aws = account(concurrency_limit=10, real_time=0.05)
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload="cpu-bound")
    found = tune(aws, "my-func", memory_sizes=[128, 192, 256, 320, 512, 768, 1024, 1536], invocations=2)
    assert aws.peak_concurrency <= 5
    assert "W-LOW-CONCURRENCY" in {w.code for w in found.warnings}


def test_a_reserved_concurrency_of_one_means_one_after_the_other(account, tune):
    aws = account(real_time=0.02)
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload="cpu-bound", reserved_concurrency=1)
    tune(aws, "my-func", memory_sizes=[256, 512], invocations=2)
    assert 1 == aws.peak_concurrency


def test_a_new_accounts_memory_cap_clips_the_grid_and_is_said(account, tune, journal_folder):
    aws = account(memory_cap_mb=3008)
    aws.add_function("my-func", memory_mb=512, timeout_s=30, workload="cpu-bound")
    before = as_it_was(aws)
    found = tune(aws, "my-func", memory_sizes=[512, 3008, 10240], invocations=2)
    assert (512, 3008) == found.measurements.memory_sizes_mb
    assert "W-MEMORY-CAP" in {w.code for w in found.warnings}
    left_no_trace(aws, before, journal_folder)


def test_cold_starts_are_forced_and_kept_apart(aws, tune, journal_folder):
    before = as_it_was(aws)
    found = tune(aws, "my-func", memory_sizes=[512, 1024], invocations=3, cold_starts=4, cold_share="10%")
    row = found.candidates[0]
    assert 4 == row.cold.calls == sum(i.cold for i in found.measurements.at(512))
    assert 3 == len(found.measurements.warm(512))
    assert row.cold.duration_ms.mean > row.duration_ms.mean
    expected = 0.9 * row.cost_usd_per_million.mean + 0.1 * row.cold.cost_usd_per_million
    assert expected == pytest.approx(row.mixture.cost_usd_per_million)
    left_no_trace(aws, before, journal_folder)


def test_an_alias_to_what_latest_is_now_is_tuned_like_it(aws, tune, journal_folder):
    client = aws.client("lambda")
    version = client.publish_version(FunctionName="my-func")["Version"]
    client.create_alias(FunctionName="my-func", Name="prod", FunctionVersion=version)
    before = as_it_was(aws)
    found = tune(aws, "my-func:prod", memory_sizes=[512, 1024], invocations=2)
    assert {512, 1024} == set(found.measurements.memory_sizes_mb)
    assert before == as_it_was(aws)
    assert [version] == [number for number, _, _ in aws.versions("my-func")]


def test_a_version_of_other_code_is_measured_as_it_is(aws, tune):
    client = aws.client("lambda")
    version = client.publish_version(FunctionName="my-func")["Version"]
    client.update_function_configuration(FunctionName="my-func", Environment={"Variables": {"A": "1"}})
    found = tune(aws, f"aws:my-func:{version}", memory_sizes=[128, 512, 1024], invocations=2)
    assert (512,) == found.measurements.memory_sizes_mb
    assert "W-AS-IT-IS" in {w.code for w in found.warnings}
    assert {version} == {r.qualifier for r in aws.requests if r.operation == "Invoke"}
    with pytest.raises(UsageError, match="not what \\$LATEST is now"):
        tune(aws, f"aws:my-func:{version}", memory_sizes=[512], timeout=5)


def test_streaming_functions_are_invoked_with_a_stream(aws, tune):
    found = tune(aws, "my-func", memory_sizes=[512], invocations=2, stream=True)
    assert {Outcome.OK: 3} == found.measurements.outcomes(512)
    assert {"InvokeWithResponseStream": 3}.items() <= operations(aws).items()


def test_a_role_is_assumed(aws, tune):
    tune(aws, "my-func", memory_sizes=[512], invocations=1, role="arn:aws:iam::123456789012:role/tuner")
    assert 1 == operations(aws)["AssumeRole"]


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        (
            {
                "CapacityProviderConfig": {
                    "LambdaManagedInstancesCapacityProviderConfig": {
                        "CapacityProviderArn": "arn:aws:lambda:eu-central-1:123456789012:capacity-provider:cp"
                    }
                }
            },
            "Managed Instances",
        ),
        ({"MasterArn": "arn:aws:lambda:us-east-1:123456789012:function:my-func"}, "Lambda@Edge"),
    ],
)
def test_functions_that_memory_does_not_tune_are_refused_in_a_sentence(account, tune, extra, says):
    aws = account()
    aws.add_function("my-func", memory_mb=512, extra_configuration=extra)
    with pytest.raises(UsageError, match=says):
        tune(aws, "my-func")
    assert 0 == operations(aws)["Invoke"]


def test_a_function_without_concurrency_is_refused(account, tune):
    aws = account()
    aws.add_function("my-func", memory_mb=512, reserved_concurrency=0)
    with pytest.raises(MeasurementError, match="throttled"):
        tune(aws, "my-func")


def test_a_function_that_is_not_there_is_named_with_its_region(aws, tune):
    with pytest.raises(UsageError, match="'my-fnc' in eu-central-1"):
        tune(aws, "my-fnc")


def test_no_size_in_bounds_is_no_answer_and_leaves_no_trace(aws, tune, journal_folder):
    before = as_it_was(aws)
    with pytest.raises(InfeasibleError):
        tune(aws, "my-func", memory_sizes=[128, 256], invocations=2, max_duration="1ms")
    left_no_trace(aws, before, journal_folder)


def test_events_are_sent_as_described(aws, tune, tmp_path):
    (tmp_path / "events.jsonl").write_text(
        "".join(json.dumps({"n": n, "id": "{{uuid}}"}) + "\n" for n in range(4))
    )
    found = tune(aws, "my-func", memory_sizes=[512, 1024], invocations=2, payload_lines="events.jsonl")
    sent = [json.loads(r.payload) for r in aws.requests if r.operation == "Invoke"]
    assert len(sent) == len({event["id"] for event in sent}) == 6
    assert {0: 2, 1: 2, 2: 2} == Counter(event["n"] for event in sent)
    assert "4 events, in turn, with {{uuid}}" == found.conditions["payloads"]


def test_each_event_is_used_once_and_then_the_run_ends(aws, tune, tmp_path):
    (tmp_path / "events.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(5)))
    tune(aws, "my-func", memory_sizes=[512], invocations=9, payload_lines="events.jsonl", payload_once=True)
    assert [0, 1, 2, 3, 4] == [json.loads(r.payload)["n"] for r in aws.requests if r.operation == "Invoke"]


def test_an_event_of_s3_is_read_with_the_callers_credentials(aws, tune):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="events", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_object(Bucket="events", Key="a/b.json", Body=b'{"from": "s3"}')
    tune(aws, "my-func", memory_sizes=[512], invocations=1, payload="s3://events/a/b.json")
    assert {b'{"from": "s3"}'} == {r.payload for r in aws.requests if r.operation == "Invoke"}
    with pytest.raises(UsageError, match="there is no 's3://events/c'"):
        tune(aws, "my-func", payload="s3://events/c")


def test_hooks_surround_each_call(aws, tune, tmp_path):
    aws.add_function("seed", memory_mb=128, handler=lambda event, memory_mb: {**event, "seeded": True})
    (tmp_path / "hooks.py").write_text(
        "def after(event, call):\n"
        "    with open('log', 'a') as log:\n"
        "        print(call.memory_mb, call.outcome, event['seeded'], file=log)\n"
    )
    arn = aws.configuration("seed")["FunctionArn"]
    tune(
        aws,
        "my-func",
        memory_sizes=[512],
        invocations=2,
        payload='{"a": 1}',
        before=arn,
        after="hooks.py:after",
    )
    assert "512 ok True\n" * 3 == (tmp_path / "log").read_text()
    sent = [r.payload for r in aws.requests if r.operation == "Invoke" and r.function == "my-func"]
    assert [{"a": 1, "seeded": True}] * 3 == [json.loads(payload) for payload in sent]


def test_storage_above_the_included_is_part_of_the_bill(account, tune):
    aws = account()
    aws.add_function(
        "my-func",
        memory_mb=512,
        timeout_s=30,
        workload="cpu-bound",
        extra_configuration={"EphemeralStorage": {"Size": 10240}},
    )
    found = tune(aws, "my-func", memory_sizes=[512], invocations=2)
    billed_s = sum(i.billed_duration_ms for i in found.measurements.invocations) / 1000
    calls = len(found.measurements.invocations)
    expected = billed_s * (0.5 * 0.0000166667 + 9.5 * 0.0000000367) + calls * 0.0000002
    assert expected == pytest.approx(found.spent.cost_usd, rel=1e-4)


def test_a_version_of_other_code_gets_no_search(aws, tune):
    client = aws.client("lambda")
    version = client.publish_version(FunctionName="my-func")["Version"]
    client.update_function_configuration(FunctionName="my-func", Environment={"Variables": {"A": "1"}})
    found = tune(aws, f"my-func:{version}")
    assert (512,) == found.measurements.memory_sizes_mb
    assert 0 == operations(aws)["DeleteFunction"]


def test_what_calls_cost_lately_says_what_the_run_will(account):
    from pathlib import Path

    from tuner.settings import load_settings
    from tuner.tuning import rehearse

    aws = account()
    aws.add_function(
        "my-func",
        memory_mb=1024,
        timeout_s=60,
        workload="cpu-bound",
        recent_invocations=90,
        recent_duration_ms=300.0,
    )
    plans = []
    flags = {"endpoint_url": aws.endpoint_url, "memory_sizes": "512,1024", "max_invocations": "30"}
    rehearse(load_settings("my-func", flags, {}, Path.cwd()), on_plan=plans.append)
    assert 30 * (0.3 * 0.0000166667 + 0.0000002) == pytest.approx(plans[0].expected_usd, rel=1e-3)
    assert 30 * (70 * 0.0000166667 + 0.0000002) == pytest.approx(plans[0].worst_usd, rel=1e-3)
    assert "90 invocations in the last hour" in plans[0].description.warnings[0].message


@pytest.mark.sandbox
def test_the_real_handler_can_answer_through_aws(account, tune):
    from pathlib import Path

    root = Path(__file__).parents[3]
    aws = account()
    aws.add_function(
        "my-func", memory_mb=1024, timeout_s=30, sandbox=("examples/cpu_bound:app.handler", root)
    )
    found = tune(aws, "my-func", memory_sizes=[512, 1769], invocations=3)
    assert {Outcome.OK} == set(found.measurements.outcomes(512))
    assert found.candidates[0].duration_ms.mean > 2 * found.candidates[-1].duration_ms.mean


def test_without_a_journal_nothing_is_changed(aws, tune, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(UsageError, match="cannot be noted down"):
        tune(aws, "my-func", memory_sizes=[128, 512])
    assert 0 == operations(aws)["UpdateFunctionConfiguration"]
