"""The interpreter of Logs Insights computes what the published syntax says, and refuses the rest."""

import math

import pytest
from logs_insights import MalformedQueryError, answer

EVENTS = [
    {"@message": f"took {took} ms{more}", "@logStream": "a[1]b", "@timestamp": 1_795_428_000_000 + 60_000 * n}
    for n, (took, more) in enumerate([(10, ""), (20, " cold"), (40, ""), ("no", "")])
]
PARSE = r"parse @message /took (?<took>[0-9]+) ms/ | "


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("stats count(*) as n by @logStream", [{"n": "4", "@logStream": "a[1]b"}]),
        (
            'filter @message like "cold" | stats count(*) as n by @logStream',
            [{"n": "1", "@logStream": "a[1]b"}],
        ),
        (
            PARSE + "stats count(took) as n, sum(took) as s, max(took + 1) as m by @logStream",
            [{"n": "3", "s": "70.0", "m": "41.0", "@logStream": "a[1]b"}],
        ),
        (
            PARSE
            + "filter ispresent(took) | stats min(floor(log(greatest(took, 0.01)) / 0.5)) as b by @logStream",
            [{"b": f"{float(math.floor(math.log(10) / 0.5))}", "@logStream": "a[1]b"}],
        ),
        (
            "filter @message like /(cold|no ms)/ | stats count(*) as n by bin(2m) as at",
            [{"n": "1", "at": "2026-11-23 10:00:00.000"}, {"n": "1", "at": "2026-11-23 10:02:00.000"}],
        ),
    ],
)
def test_a_query_is_computed(query, expected):
    assert expected == sorted(answer(query, EVENTS), key=lambda row: row.get("at", ""))


def test_a_field_that_is_missing_is_missing_in_the_row():
    rows = answer(PARSE + "stats count(*) as n by took", EVENTS)
    assert {"n": "1"} in rows
    assert 4 == len(rows)


@pytest.mark.parametrize(
    "query",
    [
        "stats count(*) as n by nothing",
        "stats median(@timestamp) as n by @logStream",
        "stats sum(@timestamp) as n by bin(90m) as at",
        PARSE + "stats sum(took) as took by @logStream",
        PARSE + PARSE + "stats count(*) as n by took",
        "select * from event",
        "filter @message like 'single quotes'",
        "stats count(*) as n by @logStream | limit 20000",
    ],
)
def test_what_logs_insights_would_not_take_is_refused(query):
    with pytest.raises(MalformedQueryError):
        answer(query, EVENTS)
