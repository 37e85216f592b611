"""The log group of a function, asked through the real boto3; AWS is played over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from aws_account import STEADY
from fake_lambda import FakeLambda, Fault

from cost_models.pricing import find_prices
from tuner.errors import MeasurementError, NoAnswerError, UsageError
from tuner.logs.findings import PeakBasis
from tuner.logs.remote.concluding import Interest
from tuner.logs.remote.log_group import FunctionLogs, read_log_group
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.log_insights import InsightsGroup, find_log
from tuner.platforms.aws.names import parse_function_name

CALLS = 60


@pytest.fixture(scope="module")
def account(chatter):
    with FakeLambda(control_rate=None) as aws:
        aws.clock.advance(-3 * 86_400)
        for name, options in {
            "my-func": {"metrics": {"ConcurrentExecutions": 7.0}},
            "in-json": {"log_format": "JSON", "log_group": "/shared"},
            "beside-it": {"log_format": "JSON", "log_group": "/shared"},
            "never-called": {},
        }.items():
            usual = {"memory_mb": 512, "timeout_s": 30, "workload": STEADY, "log_lines": chatter}
            aws.add_function(name, **usual, **options)
        for _ in range(3):
            for name in ("my-func", "in-json", "beside-it"):
                aws.call(name, times=CALLS // 3)
            aws.clock.advance(86_400)
        yield aws


def group(name, *, max_usd=1.0, days=7, wait=lambda _: None):
    api = Api(Connection(region="eu-central-1"))
    function = parse_function_name(name)
    until = datetime.now(UTC) + timedelta(minutes=5)
    return InsightsGroup(
        api, function, find_log(api, function)[0], until - timedelta(days=days), until, max_usd, wait
    )


def read(name, **options):
    asked = group(name, **options)
    prices = find_prices("eu-central-1", "x86_64")
    return read_log_group(asked, FunctionLogs(name, 7 * 86_400, Interest(prices), shared=asked.shared))


@pytest.mark.parametrize("name", ["my-func", "in-json"])
def test_what_comes_back_is_what_was_invoked_and_of_no_other_function(aws, name):
    found = read(name)
    calls = [record for record in aws.invocations if record.function == name]
    (function,) = found.functions
    (size,) = function.by_memory
    assert (CALLS, 512) == (size.invocations, size.memory_mb)
    assert sum(call.billed_duration_ms for call in calls) == size.billed_ms
    assert sum(call.cold for call in calls) == size.init_ms.count
    assert max(call.duration_ms for call in calls) == pytest.approx(size.duration_ms.max)
    assert (CALLS, CALLS // 3) == (sum(function.load.hours_of_day), function.load.busiest_hour_invocations)
    assert function.advice.timeout_s >= 1
    assert CALLS == found.unreadable.lines
    assert found.read.bytes_read > 10_000


def test_the_peak_is_the_metrics_and_else_the_mean_of_the_busiest_period(aws):
    measured, guessed = read("my-func").functions[0], read("in-json")
    assert (7, PeakBasis.METRIC) == (measured.peak_concurrency, measured.peak_basis)
    assert (1, PeakBasis.MEAN) == (guessed.functions[0].peak_concurrency, guessed.functions[0].peak_basis)
    assert "W-MEAN-PEAK" in {warning.code for warning in guessed.warnings}


def test_what_will_be_scanned_is_known_before(aws):
    known = group("my-func").bytes_in_range()
    assert known == read("my-func").read.bytes_read / 4  # each of the four queries reads it once


def test_a_function_that_never_logged_and_one_that_is_not_there_are_told_apart(aws):
    with pytest.raises(UsageError, match="no log group '/aws/lambda/never-called' in eu-central-1"):
        read("never-called")
    with pytest.raises(UsageError, match="there is no function 'my-fnc'"):
        group("my-fnc")
    with pytest.raises(NoAnswerError, match="no REPORT record of my-func in that time range"):
        read("my-func", days=0.001)


def test_a_missing_permission_is_named(aws):
    aws.faults.add(Fault.denied("StartQuery"))
    with pytest.raises(AwsError) as refused:
        read("my-func")
    assert "allow logs:StartQuery" in refused.value.hint


def test_settings_and_metrics_that_may_not_be_read_cost_only_what_they_say(aws):
    aws.faults.add(Fault.denied("GetFunctionConfiguration"))
    aws.faults.add(Fault.denied("GetMetricData"))
    found = read("my-func")
    assert PeakBasis.MEAN == found.functions[0].peak_basis
    assert group("my-func").bytes_in_range() is None


@pytest.mark.parametrize("endless", [True, False])
def test_a_bound_on_spending_stops_queries_at_aws_and_starts_none_that_pass_it(aws, endless):
    aws.log_queries.endless = endless
    before = len(aws.log_queries.queries)
    once_usd = group("my-func").bytes_in_range() / 1024**3 * 0.005
    with pytest.raises(MeasurementError, match=r"were stopped: \$0.0+\d+ are spent"):
        read("my-func", max_usd=once_usd * (0.5 if endless else 2.5))
    assert (1, int(endless)) == (len(aws.log_queries.queries) - before, len(aws.log_queries.stopped))


def test_ctrl_c_stops_the_queries_at_aws(aws):
    waits = iter([None])  # the first query ends; what is started then does not

    def interrupt(_):
        aws.log_queries.endless = True
        if next(waits, "again") == "again":
            raise KeyboardInterrupt

    aws.log_queries.endless = False
    with pytest.raises(KeyboardInterrupt):
        read("my-func", wait=interrupt)
    assert aws.log_queries.stopped
