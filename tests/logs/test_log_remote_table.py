"""A table of Athena, asked through the real boto3; AWS is played over HTTP, and moto judges the shape."""

import pytest
from aws_account import STEADY
from fake_lambda import FakeLambda, Fault
from fake_lambda.moto_bridge import call_moto

from cost_models.pricing import find_prices
from tuner.errors import MeasurementError, NoAnswerError, UsageError
from tuner.logs.remote.athena import Lines, queries
from tuner.logs.remote.concluding import Interest
from tuner.logs.remote.insights import all_queries
from tuner.logs.remote.table import read_table
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.athena import AthenaTable
from tuner.platforms.aws.connection import Connection

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def account(chatter):
    with FakeLambda(control_rate=None) as aws:
        for name, memory_mb in (("checkout", 512), ("thumbs", 1024)):
            aws.add_function(name, memory_mb=memory_mb, timeout_s=30, workload=STEADY, log_lines=chatter)
            aws.call(name, times=30)
        yield aws


def read(*, name="lambda", max_usd=1.0, wait=lambda _: None, **limits):
    api = Api(Connection(region=REGION))
    table = AthenaTable(api, "logs", name, "primary", "s3://results/tuner/", max_usd, wait)
    relation = f'(SELECT "$path" AS path, line FROM "logs"."{name}")'
    return read_table(table, Lines(relation, **limits), Interest(find_prices(REGION, "x86_64")))


def test_every_function_of_the_archive_is_counted_with_its_exact_peak(aws):
    found = read()
    assert {"checkout": (30, 512), "thumbs": (30, 1024)} == {
        f.function: (f.invocations, f.current.memory_mb) for f in found.functions
    }
    billed = {f.function: f.current.billed_ms for f in found.functions}
    for name, total in billed.items():
        assert sum(r.billed_duration_ms for r in aws.invocations if r.function == name) == total
    assert all(f.peak_concurrency > 1 for f in found.functions)  # the clock stood still
    assert 60 == found.unreadable.lines
    assert 5 * aws.athena.table_bytes == found.read.bytes_read


def test_a_bound_on_spending_starts_no_query_that_passes_it(aws):
    before = len(aws.athena.queries)
    with pytest.raises(MeasurementError, match="were stopped"):
        read(max_usd=aws.athena.table_bytes / 1024**4 * 5 * 3)
    assert 1 == len(aws.athena.queries) - before


def test_ctrl_c_stops_the_query_at_aws(aws):
    aws.athena.endless = True

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(wait=interrupt)
    assert 1 == len(aws.athena.stopped)


def test_a_table_that_is_not_there_a_range_without_calls_and_a_denied_call_are_told(aws):
    with pytest.raises(UsageError, match="Athena knows no such table"):
        read(name="nothing")
    with pytest.raises(NoAnswerError, match="no REPORT record in that table and time range"):
        read(until_us=1)
    aws.faults.add(Fault.denied("StartQueryExecution"))
    with pytest.raises(AwsError) as refused:
        read()
    assert "allow athena:StartQueryExecution" in refused.value.hint


def test_the_requests_have_the_shape_that_aws_asks_for(aws):
    for query in queries(Lines("log")).values():
        assert len(query) < 262_144  # Athena's limit
        asked = {"QueryString": query, "WorkGroup": "primary"}
        asked["ResultConfiguration"] = {"OutputLocation": "s3://results/"}
        assert call_moto("athena", REGION, "StartQueryExecution", asked)["QueryExecutionId"]
    call_moto("logs", REGION, "CreateLogGroup", {"logGroupName": "/aws/lambda/checkout"})
    for query in all_queries(None, 60).values():
        assert len(query) <= 10_000  # the limit of Logs Insights
        asked = {"logGroupName": "/aws/lambda/checkout", "startTime": 0, "endTime": 1, "queryString": query}
        assert call_moto("logs", REGION, "StartQuery", asked)["queryId"]
