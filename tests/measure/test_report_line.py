"""REPORT lines and platform.report records: real ones, look-alikes, and arbitrary text."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tuner.measure.report_line import Report, find_report, parse_reports

LOGS = Path(__file__).parent.parent / "fixtures" / "report_lines"
OWN = "3f8b1c2a-5d4e-4f60-8a71-9b2c3d4e5f60"
OTHER = "00000000-0000-4000-8000-000000000000"

# duration, billed, memory, max memory used, init, restore, billed restore, status, error type
REAL = {
    "warm": (27.55, 28, 1024, 472, None, None, None, None, None),
    "timeout_old_style": (3004.92, 3117, 128, 33, 111.23, None, None, None, None),
    "timeout": (3016.78, 3101, 128, 31, 84.0, None, None, "timeout", None),
    "exit": (133.61, 214, 128, 31, 80.0, None, None, "error", "Runtime.ExitError"),
    "out_of_memory": (6954.19, 6955, 1024, 1023, None, None, None, "error", "Runtime.OutOfMemory"),
    "out_of_memory_cold": (
        *(376256.59, 376257, 10239, 10239, 551.73, None, None),
        *("error", "Runtime.OutOfMemory"),
    ),
    "snapstart_traced": (127.1, 154, 2048, 212, None, 325.93, 26.0, None, None),
    "snapstart": (306.34, 610, 1024, 180, None, 511.25, 303.0, None, None),
    "snapstart_slow": (2338.66, 2521, 1024, 180, None, 398.97, 182.0, None, None),
    "traced_on_one_line": (27.55, 28, 1024, 472, None, None, None, None, None),
    "json_cold": (693.92, 694, 128, 84, 397.68, None, None, "success", None),
    "json_timeout": (3000.0, 3000, 128, 84, None, None, None, "timeout", "Sandbox.Timedout"),
    "json_managed_instances": (41.2, None, None, None, None, None, None, "success", None),
}


def logged(name):
    return (LOGS / f"{name}.log").read_text()


def line(request_id=OWN, duration="101.5", billed="102"):
    return (
        f"REPORT RequestId: {request_id}\tDuration: {duration} ms\tBilled Duration: {billed} ms\t"
        "Memory Size: 256 MB\tMax Memory Used: 80 MB\t"
    )


def record(metrics, request_id=OWN, kind="platform.report"):
    return json.dumps({"time": "T", "type": kind, "record": {"requestId": request_id, "metrics": metrics}})


def duration(log):
    found = find_report(log, OWN)
    return found and found.duration_ms


def test_every_fixture_is_expected_to_say_something():
    assert {path.stem for path in LOGS.iterdir()} == {*REAL, "init_failed"}


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("separator", ["\t", " "])
def test_real_records(name, separator):
    log = logged(name).replace("\t", separator)
    expected = Report(OWN, *REAL[name])
    assert (expected,) == parse_reports(log)
    assert expected == find_report(log, OWN)


def test_windows_line_ends():
    assert Report(OWN, *REAL["timeout"]) == find_report(logged("timeout").replace("\n", "\r\n"), OWN)


def test_an_initialisation_that_failed_is_no_invocation():
    assert () == parse_reports(logged("init_failed"))


def test_fields_in_another_order():
    shuffled = f"REPORT Error Type: E Memory Size: 256 MB Duration: 7 ms RequestId: {OWN} Status: error"
    assert Report(OWN, 7.0, memory_mb=256, status="error", error_type="E") == find_report(shuffled, OWN)


def test_numbers_that_a_line_does_not_have_are_not_zero():
    assert Report(OWN, 7.0) == find_report(f"REPORT RequestId: {OWN} Duration: 7 ms", OWN)


def test_records_of_a_whole_log_stand_in_order():
    log = "".join(logged(name) for name in REAL)
    assert [values[0] for values in REAL.values()] == [report.duration_ms for report in parse_reports(log)]


@pytest.mark.parametrize(
    "printed",
    [
        f"REPORT RequestId: {OTHER} Duration: 1 ms\n",
        line(OTHER, "1", "1") + "\n",
        f"REPORT RequestId: {OWN} Duration: 1 ms\n",
        line(OWN, "1", "1") + "\n",
        "Duration: 1 ms\tBilled Duration: 1 ms\n",
        f"see REPORT RequestId: {OWN} Duration: 1 ms and ",
        f"REPORT RequestId: {OWN} Duration: 1 ms ",
        record({"durationMs": 1}) + "\n",
        record({"durationMs": 1}, OTHER) + "\n",
        record({"durationMs": 1}, kind="mine"),
        "half a line, then ",
        '{"half": "an object"}',
        '{"broken": \n',
        '"platform.report" {',
        '"platform.report" 5',
    ],
)
def test_what_the_function_prints_before_does_not_win(printed):
    assert 101.5 == duration(printed + line() + "\n")


@pytest.mark.parametrize(
    "printed",
    [
        line(OTHER) + "\n",
        f"REPORT RequestId: {OWN}x Duration: 1 ms\n",
        f"seen: REPORT RequestId: {OWN} Duration: 1 ms\n",
        "Duration: 1 ms Billed Duration: 1 ms Memory Size: 128 MB\n",
        f"REPORT for today: Duration: 1 ms RequestId: {OWN}\n",
        "REPORT Duration: 1 ms Billed Duration: 1 ms Memory Size: 128 MB\n",
        json.dumps({"type": "log", "message": line()}) + "\n",
        json.dumps({"type": "log", "inner": json.loads(record({"durationMs": 1}))}) + "\n",
        record({"durationMs": 1}, kind="platform.reports") + "\n",
        "seen: " + record({"durationMs": 1}) + "\n",
        f"RESTORE_{line()}\n",
        f"a form feed\x0cREPORT RequestId: {OWN} Duration: 1 ms\n",
    ],
)
def test_what_the_function_prints_is_not_this_record(printed):
    assert find_report(printed, OWN) is None
    assert 101.5 == duration(line() + "\n" + printed)


@pytest.mark.parametrize("prefix", ["no newline", "no newline ", "{", '{"a": 1}'])
def test_a_complete_record_behind_text_without_a_newline_is_found(prefix):
    whole = {"durationMs": 101.5, "billedDurationMs": 102, "memorySizeMB": 256}
    assert 101.5 == duration(prefix + line())
    assert 101.5 == duration(prefix + record(whole))


@pytest.mark.parametrize("printed", ["Duration: 1 ms", "and 2 MB", '"platform.report" 5'])
def test_text_that_follows_a_record_changes_nothing(printed):
    assert 101.5 == duration(line() + printed)


def test_a_record_that_the_tail_cut_is_lost():
    for cut in range(1, len(OWN)):
        assert find_report(line()[cut:], OWN) is None
        assert find_report(record({"durationMs": 1})[cut:], OWN) is None


@pytest.mark.parametrize("absurd", ["-1", "nan", "inf", "-inf", "1e3", "x", "", "1_000", "1 ms/2", "9" * 400])
def test_absurd_text_makes_a_record_unreadable(absurd):
    assert () == parse_reports(line(duration=absurd))
    assert () == parse_reports(line(billed=absurd))


@pytest.mark.parametrize("absurd", ["-1", "NaN", "Infinity", "true", '"1"', "[]", "1e999", "9" * 400])
def test_absurd_json_makes_a_record_unreadable(absurd):
    readable = record({"durationMs": 1, "billedDurationMs": 2})
    assert 1 == len(parse_reports(readable))
    assert () == parse_reports(readable.replace('Ms": 1', f'Ms": {absurd}'))
    assert () == parse_reports(readable.replace('Ms": 2', f'Ms": {absurd}'))


@pytest.mark.parametrize("broken", ["null", "[]", "5", '{"metrics": 5}', '{"metrics": {}}'])
def test_a_record_of_another_shape_is_none(broken):
    assert () == parse_reports(f'{{"type": "platform.report", "record": {broken}}}')


def test_billed_milliseconds_are_whole():
    assert () == parse_reports(line(billed="102.5"))
    assert 102 == find_report(line(billed="102.00"), OWN).billed_duration_ms


FRAGMENTS = st.sampled_from(
    [
        *("REPORT ", "RequestId: ", "Duration: ", "Billed Duration: ", "Memory Size: ", "Status: ", OWN),
        *("1 ms", "-1 ms", "128 MB", "\t", " ", "\n", "{", "}", "[", '"', ":", "INIT_"),
        *('"type":"platform.report"', '"record":', '"metrics":', '"durationMs":', "null", "NaN", "\\u0000"),
        line(),
        record({"durationMs": 1}),
    ]
)


@given(st.text() | st.lists(FRAGMENTS | st.text(max_size=3)).map("".join))
@example('{"type":"platform.report","record":' + "[" * 100_000)
@example("\ud800 REPORT RequestId: \ud800 Duration: 1 ms")
def test_nothing_that_is_logged_raises(log):
    assert isinstance(parse_reports(log), tuple)
    find_report(log, OWN)


@pytest.mark.parametrize(
    "hostile",
    [
        "REPORT ",
        "REPORT" + " " * 1000,
        " ",
        "Duration: ",
        "REPORT RequestId: ",
        '{"time"',
        '"platform.report"{',
        "REPORT RequestId: x Duration: 1 ms ",
        "9",
    ],
)
def test_a_megabyte_of_it_is_read_in_linear_time(hostile):
    started = time.process_time()
    parse_reports("REPORT RequestId: x Duration: " + hostile * (1_000_000 // len(hostile)))
    assert time.process_time() - started < 10  # a quadratic reading takes minutes


NUMBERS = st.integers(0, 10**8)
HUNDREDTHS = NUMBERS.map(lambda number: number / 100)
OPTIONAL = st.none() | HUNDREDTHS
WORDS = st.none() | st.sampled_from(["success", "error", "failure", "timeout", "Runtime.ExitError"])
REPORTS = st.builds(
    Report,
    request_id=st.uuids().map(str),
    duration_ms=HUNDREDTHS,
    billed_duration_ms=NUMBERS,
    memory_mb=NUMBERS,
    max_memory_used_mb=st.none() | NUMBERS,
    init_duration_ms=OPTIONAL,
    restore_duration_ms=OPTIONAL,
    billed_restore_duration_ms=st.none() | NUMBERS.map(float),
    status=WORDS,
    error_type=WORDS,
)


FORMS = {  # of a field: its text, its key in JSON
    "request_id": ("RequestId: {}", None),
    "duration_ms": ("Duration: {:.2f} ms", "durationMs"),
    "billed_duration_ms": ("Billed Duration: {} ms", "billedDurationMs"),
    "memory_mb": ("Memory Size: {} MB", "memorySizeMB"),
    "max_memory_used_mb": ("Max Memory Used: {} MB", "maxMemoryUsedMB"),
    "init_duration_ms": ("Init Duration: {:.2f} ms", "initDurationMs"),
    "restore_duration_ms": ("Restore Duration: {:.2f} ms", "restoreDurationMs"),
    "billed_restore_duration_ms": ("Billed Restore Duration: {:.0f} ms", "billedRestoreDurationMs"),
    "status": ("Status: {}", None),
    "error_type": ("Error Type: {}", None),
}


def as_text(report, separator="\t", shuffle=lambda fields: None):
    known = [(form, getattr(report, name)) for name, (form, _) in FORMS.items()]
    fields = [form.format(value) for form, value in known if value is not None]
    shuffle(fields)
    return "REPORT " + separator.join(fields)


def as_json(report):
    metrics = {key: getattr(report, name) for name, (_, key) in FORMS.items() if key}
    words = {"requestId": report.request_id, "status": report.status, "errorType": report.error_type}
    return json.dumps({"type": "platform.report", "record": {**words, "metrics": metrics}})


@given(REPORTS, st.sampled_from(["\t", " ", "\t\t"]), st.randoms())
def test_a_rendered_record_reads_back(report, separator, order):
    assert (report,) == parse_reports(as_text(report, separator, order.shuffle))
    assert report == find_report(f"before\n{as_json(report)}\nafter", report.request_id)


@given(REPORTS, st.text(st.characters(blacklist_characters="\n"), max_size=30))
def test_a_record_reads_back_behind_anything(report, printed):
    assert report == find_report(printed + as_text(report), report.request_id)
