"""The extraction of both dialects against the exact reader, which defines what a record means."""

import random

import pytest
from log_lines import ENGINES, FIXTURES, extracted, json_report, report, request_id

from tuner.measure.report_line import parse_reports

IN_ALL = ("duration_ms", "billed_ms", "memory_mb", "used_mb", "init_ms", "restore_ms", "status", "error_type")
ENVELOPES = ("", "2026-11-23T10:00:00.123Z ", "2026-11-23T10:00:00.123000+00:00 2026/11/23/[$LATEST]0a1b ")
EXPORTED = "2026-11-23T10:00:00.123Z "


def meaning(line):
    """The values of the one record of a line; None where it has not exactly one."""
    found = parse_reports(line)
    if len(found) != 1:
        return None
    r = found[0]
    start = (r.duration_ms, r.billed_duration_ms, r.memory_mb, r.max_memory_used_mb)
    return (*start, r.init_duration_ms, r.restore_duration_ms, r.status, r.error_type)


def values(row):
    return tuple(row[name] for name in IN_ALL)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("fixture", sorted(FIXTURES.iterdir()), ids=lambda path: path.stem)
def test_every_real_record_is_read_as_the_definition_reads_it(engine, envelope, fixture):
    lines = fixture.read_text().split("\n")
    expected = [meaning(line) for line in lines if parse_reports(line)]
    rows = extracted(engine, [envelope + line for line in lines])
    # What is not complete is left to the exact reader, and nothing is lost.
    unread = [meaning(row["unread"].removeprefix(envelope)) for row in rows if row["unread"]]
    read = [values(row) for row in rows if not row["unread"]]
    assert sorted(map(str, expected)) == sorted(map(str, read + [m for m in unread if m]))
    if expected and fixture.stem != "json_managed_instances":
        assert expected == read


def scrambled(rng):
    """A record, or something that nearly is one."""
    line = rng.choice(
        [
            report(rng.randrange(9), rng.lognormvariate(3, 2), init=rng.choice([None, 80.0])),
            report(2, more="Status: timeout\t"),
            report(3, more="Restore Duration: 5.10 ms\tBilled Restore Duration: 6 ms\t"),
            report(4, more="Restore Duration: 5.10 ms\tStatus: error\tError Type: Runtime.ExitError\t"),
            json_report(5, rng.choice([0, 1.25, 3000, 1e3]), init=rng.choice([None, 80.0])),
            json_report(6, status="error", errorType="Runtime.OutOfMemory"),
        ]
    )
    old, new = rng.choice(
        [
            ("", ""),
            ("", ""),
            (" ms", rng.choice(["", " s", "  ms", " ms x", "ms"])),
            (": ", rng.choice([":", ":  ", ": -", ": 1e", ": _"])),
            ("\t", rng.choice([" ", "", "\t\t", " x\t"])),
            ("Duration", rng.choice(["duration", "Init Duration", "Billed Duration"])),
            (rng.choice('0123456789{}"'), rng.choice(["", ".", "true", '"', "null"])),
            ("REPORT", rng.choice(["INIT_REPORT", "report", "x REPORT", "REPORT REPORT"])),
            ("success", rng.choice(["fine", "", '\\"'])),
        ]
    )
    line = line.replace(old, new, rng.choice([1, -1])) if old else line
    return (
        rng.choice(ENVELOPES)
        + line
        + rng.choice(["", "", "", "\t", "\r", " tail", "XRAY TraceId: 1-2\tSampled: true"])
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_read_is_what_the_definition_says_and_the_rest_is_unread(engine):
    rng = random.Random(7)
    lines = [scrambled(rng) for _ in range(4000)]
    rows = extracted(engine, lines)
    read = [row for row in rows if row["unread"] is None]
    assert 500 < len(read) < len(rows)
    for row in read:
        line = lines[row["number"]]
        bare = next(line.removeprefix(e) for e in reversed(ENVELOPES) if line.startswith(e))
        assert meaning(bare) == values(row), line


@pytest.mark.parametrize("engine", ENGINES)
def test_the_time_and_version_of_a_record_come_from_its_envelope(engine):
    line = report()
    at = 1795428000123000
    cases = [
        (None, None, line),
        (at, None, EXPORTED + line),
        (at, "12", "2026-11-23T10:00:00.123000+00:00 2026/11/23/[12]0a1b " + line),
        (at - 3_600_000_000, "$LATEST", "2026-11-23T10:00:00.123+01:00 2026/11/23/[$LATEST]0a1b " + line),
        (at - 123_000, None, "2026-11-23T10:00:00 " + line),
        (at - 123_000, None, json_report()),
        (at, None, EXPORTED + json_report()),
    ]
    rows = extracted(engine, [text for _, _, text in cases])
    assert [case[:2] for case in cases] == [(row["at_us"], row["version"]) for row in rows]
    assert [None] * len(cases) == [row["unread"] for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "line",
    [
        report(separator=" "),
        "something " + report(),
        report()[:-40],
        json_report()[:-1],
        json_report(memory=None),
        json_report(used="90"),
        json_report(used=-1),
        json_report(used=True),
        '{"message": "REPORT RequestId: x"}',
        f"2023-12-06T09:07:30.000Z {request_id(1)} Task timed out after 3.00 seconds",
    ],
)
def test_what_is_not_in_the_platforms_own_form_is_left_to_the_exact_reader(engine, line):
    assert [line] == [row["unread"] for row in extracted(engine, [line])]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "line", ["", "hello", "START RequestId: x Version: 1", '{"level": "INFO"}', "INIT_REPORT x"]
)
def test_lines_of_the_application_are_left_alone(engine, line):
    assert [] == extracted(engine, [line])
