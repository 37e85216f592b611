"""Events in wrappers: what SQL makes of them against the exact reader, which defines what they mean."""

import json
import random

import duckdb
import pytest
from log_lines import json_report, report

from tuner.logs.lines import events, recorded
from tuner.logs.reader import read_line

AT_MS = 1795428000123
NOTE = "2026-11-23T10:00:00.000Z 00000000-0000-0000-0000-000000000001 Task timed out after 3.00 seconds"


def event(message, **more):
    return {"timestamp": AT_MS, "message": message, **more}


def batch(*found, **more):
    return {"messageType": "DATA_MESSAGE", "logGroup": "/aws/lambda/f", "logEvents": list(found), **more}


def unwrapped(lines):
    """What SQL reads of lines: time, function, version and duration, or the text that is left."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE TABLE log (function INTEGER, version VARCHAR, line VARCHAR)")
    connection.executemany("INSERT INTO log VALUES (7, NULL, ?)", [[line] for line in lines])
    wanted = "at_us, owner, version, duration_ms, unread"
    return connection.execute(f"SELECT {wanted} FROM ({recorded(events('log'))})").fetchall()


def exactly(line):
    found = [reading for reading in read_line(line) if reading.report]
    return [(r.context.at_us, r.context.function, r.context.version, r.report.duration_ms) for r in found]


PLAIN = {
    "event": event(report(1)),
    "event-with-newline": event(report(1) + "\n", logStream="2026/11/23/[12]0a"),
    "event-of-json": event(json_report(2), logGroup="/aws/lambda/my-func"),
    "event-of-an-object": event(json.loads(json_report(2))),
    "event-that-names-its-function": event(report(1), functionName="mine", logGroup="/aws/lambda/other"),
    "event-of-another-service": event(report(1), logGroup="/aws/codebuild/x"),
    "insights-names": event(report(1), **{"@logStream": "2026/11/23/[$LATEST]0a", "@log": "1:/aws/lambda/f"}),
    "batch": batch(event(report(1), id="1"), event("START x"), event(json_report(2)), logStream="a/[3]b"),
    "batch-of-streams": {"events": [event(report(n), logStreamName=f"x/[{n}]y") for n in (1, 2)]},
    "event-with-a-time-of-its-own": event(f"2026-11-23T09:00:00.000Z {report(1)}"),
    "message-of-two-lines": event(f"{report(1)}\nprinted\n{report(2)}"),
}


@pytest.mark.parametrize("form", PLAIN)
def test_plain_wrappers_are_read_by_the_engine_as_the_exact_reader_reads_them(form):
    line = json.dumps(PLAIN[form])
    found = unwrapped([line])
    assert exactly(line)
    assert sorted(map(str, exactly(line))) == sorted(str(row[:4]) for row in found)
    assert {None} == {row[4] for row in found}


ODD = {
    "no-time": {"message": report(1)},
    "time-as-text": event(report(1), timestamp="2026-11-23T10:00:00Z"),
    "of-an-application": event(report(1), level="INFO"),
    "absurd-time": event(report(1), timestamp=12),
    "batch-with-an-odd-event": batch(event(report(1)), {"message": report(2)}),
    "number-for-a-message": batch(event(5), event(report(1))),
}


@pytest.mark.parametrize("form", ODD)
def test_what_is_not_plain_is_left_whole(form):
    line = json.dumps(ODD[form])
    assert [(None, None, None, line)] == [(*row[:3], row[4]) for row in unwrapped([line])]


def test_what_a_message_leaves_unread_keeps_what_its_wrapper_says():
    line = json.dumps(batch(event(NOTE), event(report(1)[:-40]), logStream="a/[3]b"))
    note, cut = sorted(unwrapped([line]), key=lambda row: row[4])
    assert (None, "f", "3", NOTE) == (*note[:3], note[4])
    assert (AT_MS * 1000, "f", "3", report(1)[:-40]) == (*cut[:3], cut[4])


def test_broken_wrappers_are_left_whole():
    rng = random.Random(5)
    whole = [json.dumps(wrapper) for wrapper in PLAIN.values()]
    lines = [(text := rng.choice(whole))[: rng.randrange(40, len(text))] for _ in range(300)]
    lines = [line for line in lines if "REPORT RequestId: " in line or "platform.report" in line]
    assert 100 < len(lines)
    assert sorted(lines) == sorted(row[4] for row in unwrapped(lines))
