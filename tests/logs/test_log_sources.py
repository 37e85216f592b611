"""Every form of log that is read, from files as people have them, and the damaged ones."""

import gzip
import json
import os
import signal
import subprocess
import sys

import pytest
from log_lines import json_report, report, request_id

from tuner.errors import NoAnswerError, UsageError
from tuner.logs.archive import Archive
from tuner.logs.documents import elements
from tuner.logs.origins import Origin, origin_of_path
from tuner.logs.workflow import LogOptions, read_logs
from tuner.records import Outcome

EXPORTED = "2026-11-23T10:00:00.123Z "
AT_MS = 1795428000123


def findings(folder, files, **options):
    """What is read from files with these texts or bytes."""
    for name, content in files.items():
        path = folder / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_logs([folder / "logs"], LogOptions(**options))


def only(found):
    assert 1 == len(found.functions)
    return found.functions[0]


def event(message, **more):
    return {"timestamp": AT_MS, "message": message, **more}


def zstd(text):
    return subprocess.run(["zstd", "-c"], input=text.encode(), capture_output=True, check=True).stdout


LINE = report(1, 27.55)
GROUP = {"logGroup": "/aws/lambda/my-func", "logStream": "2026/11/23/[12]0a1b"}
FORMS = {
    "export": (EXPORTED + LINE + "\n", 1, None),
    "tail": (f"2026-11-23T10:00:00.123000+00:00 2026/11/23/[12]0a1b {LINE}\n", 1, "12"),
    "tail-short": (f"2026-11-23T10:00:00 {LINE}\n", 1, None),
    "with-spaces": (EXPORTED + LINE.replace("\t", " ") + "\n", 1, None),
    "json-log-format": (EXPORTED + json_report() + "\n", 1, None),
    "telemetry": (json.dumps([json.loads(json_report(n)) for n in (1, 2)], indent=2), 2, None),
    "telemetry-on-one-line": (json.dumps([json.loads(json_report(n)) for n in (1, 2)]), 2, None),
    "json-lines": ("".join(json.dumps(event(report(n))) + "\n" for n in (1, 2)), 2, None),
    "json-lines-of-json": (json.dumps(event(json_report(), **GROUP)) + "\n", 1, "12"),
    "filter-log-events": (
        json.dumps(
            {"events": [event(report(n) + "\n", logStreamName="2026/11/23/[12]0a") for n in (1, 2)]}, indent=4
        ),
        2,
        "12",
    ),
    "subscription": (
        json.dumps({"messageType": "DATA_MESSAGE", **GROUP, "logEvents": [event(LINE)]}) + "\n",
        1,
        "12",
    ),
    "no-newline-before": (f"{EXPORTED}printed without a newline {LINE}\n", 1, None),
    "windows-line-ends": (EXPORTED + LINE + "\r\n", 1, None),
    "traced": (EXPORTED + LINE + "\nXRAY TraceId: 1-2\tSegmentId: 3\tSampled: true\t\n", 1, None),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_log_is_read(tmp_path, form):
    text, calls, version = FORMS[form]
    noise = "" if text[0] in "[{" else f"{EXPORTED}START RequestId: x Version: 1\n{EXPORTED}hello\n"
    found = only(findings(tmp_path, {"aws-lambda-my-func/log.txt": noise + text}))
    assert ("my-func", calls) == (found.function, found.invocations)
    assert [version] == [v.version for v in found.by_version]
    size = found.by_memory[0]
    assert (512, 90, {Outcome.OK: calls}) == (size.memory_mb, size.used_max_mb, size.outcomes)
    assert 27.55 == pytest.approx(size.duration_ms.mean)
    assert 1 <= found.peak_concurrency <= calls


@pytest.mark.parametrize(
    "pack", [lambda text: gzip.compress(text.encode()), zstd, str], ids=["gzip", "zstd", "plain"]
)
@pytest.mark.parametrize("suffix", [".gz", ".zst", ".log", ""])
def test_compression_is_told_by_content_and_not_by_name(tmp_path, pack, suffix):
    name = f"export/aws-lambda-f/2026-11-23-[$LATEST]0a1b/000000{suffix}"
    text = "".join(f"{EXPORTED}{report(n)}\n" for n in range(3))
    found = only(findings(tmp_path, {name: pack(text)}))
    assert ("f", 3, "$LATEST") == (found.function, found.invocations, found.by_version[0].version)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x/aws-lambda-my-func/2026-11-23-[12]0a1b/000000.gz", Origin("my-func", "12")),
        ("aws/lambda/my_func/2026/11/23/[$LATEST]0a1b/000000.gz", Origin("my_func", "$LATEST")),
        ("-aws-lambda-my-func.log", Origin("my-func")),
        ("logs/my-func.log.gz", Origin("my-func", certain=False)),
        (
            "my-func/0b0b0b0b-1111-2222-3333-444444444444/2026-11-23-[7]0a/000000.gz",
            Origin("my-func", "7", certain=False),
        ),
        ("000000.gz", Origin("unknown", certain=False)),
    ],
)
def test_whose_log_it_is_follows_from_the_path(path, expected):
    assert expected == origin_of_path(path)


def test_the_record_and_the_flag_go_before_the_path(tmp_path):
    line = json.dumps(event(LINE, **GROUP)) + "\n"
    assert "my-func" == only(findings(tmp_path, {"other.log": line})).function
    assert "mine" == only(findings(tmp_path, {"other.log": line}, function="mine")).function


def test_a_name_that_only_the_file_has_is_said_to_be_so(tmp_path):
    found = findings(tmp_path, {"checkout.log": EXPORTED + LINE})
    assert "checkout" == only(found).function
    assert ["W-FUNCTION-FROM-FILE"] == [w.code for w in found.warnings]


def test_how_calls_ended(tmp_path):
    own = [
        report(1),
        report(2, more="Status: timeout\t"),
        report(3, more="Status: error\tError Type: Runtime.ExitError\t"),
        report(4, used=512, more="Status: error\tError Type: Runtime.OutOfMemory\t"),
        report(5, used=511, more="Status: timeout\t"),
        f"{request_id(6)} Task timed out after 3.00 seconds",
        report(6),
        f"RequestId: {request_id(7)} Error: Runtime exited with error: signal: killed",
        report(7),
        json_report(8, status="error", errorType="MyError"),
        json_report(9, status="failure"),
    ]
    found = only(findings(tmp_path, {"f.log": "".join(f"{EXPORTED}{line}\n" for line in own)}))
    expected = {Outcome.OK: 1, Outcome.TIMEOUT: 2, Outcome.FUNCTION_ERROR: 3, Outcome.OUT_OF_MEMORY: 3}
    assert expected == found.by_memory[0].outcomes


def test_corrupt_lines_are_counted_and_sampled_and_change_nothing(tmp_path):
    corrupt = [
        LINE[:90],
        LINE.replace("27.55 ms", "x ms"),
        json_report()[:-9],
        LINE.replace("512 MB", "5_12 MB"),
    ]
    text = "".join(f"{EXPORTED}{line}\n" for line in (LINE, *corrupt))
    found = findings(
        tmp_path, {"f.log": text.encode() + b"\xff\xfe " + LINE[:90].encode() + b"\n\x00\x01\xff\n"}
    )
    assert 1 == only(found).invocations
    assert 5 == found.unreadable.lines
    assert all(sample.startswith(("REPORT", '"platform.report"')) for sample in found.unreadable.samples)


def test_a_record_in_a_line_with_foreign_bytes_is_read(tmp_path):
    found = only(
        findings(tmp_path, {"f.log": b"printed \xff\xfe without a newline " + LINE.encode() + b"\n"})
    )
    assert 1 == found.invocations


@pytest.mark.parametrize("pack", [lambda text: gzip.compress(text.encode()), zstd], ids=["gzip", "zstd"])
@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_cut_download_is_read_as_far_as_it_goes_and_spoils_no_other(tmp_path, keep, pack):
    cut, whole = (
        pack("".join(f"{EXPORTED}{report(first + n, n / 7)}\n" for n in range(5000))) for first in (0, 5000)
    )
    files = {"aws-lambda-f/a": cut[: int(len(cut) * keep)], "aws-lambda-g/b": whole}
    found = findings(tmp_path, files)
    calls = {function.function: function.invocations for function in found.functions}
    assert 5000 == calls["g"]
    assert 0.5 * keep * 5000 < calls["f"] < 5000
    assert ["W-DAMAGED-FILE"] == [w.code for w in found.warnings]


def test_a_document_that_is_cut_is_read_as_far_as_it_goes(tmp_path):
    text = json.dumps({"events": [event(report(n)) for n in range(50)]}, indent=1)
    found = findings(tmp_path, {"aws-lambda-f.json": text[: len(text) // 2]})
    assert 20 < only(found).invocations < 30
    assert ["W-DAMAGED-FILE"] == [w.code for w in found.warnings]


def test_a_time_range_keeps_what_ended_in_it(tmp_path):
    lines = "".join(f"2026-11-23T10:00:{s:02d}.000Z {report(s)}\n" for s in range(60))
    begin = 1795428000000000
    found = findings(tmp_path, {"f.log": lines}, since_us=begin + 10_000_000, until_us=begin + 15_000_000)
    assert 5 == only(found).invocations
    with pytest.raises(NoAnswerError, match="time range"):
        findings(tmp_path, {"f.log": lines}, since_us=begin + 10**12)


@pytest.mark.parametrize("content", ["", "hello\n", "\n\n", "[]", "{}", "{", '{"events": []}', "\x00\xff"])
def test_logs_without_a_record_are_no_answer(tmp_path, content):
    with pytest.raises(NoAnswerError, match="no REPORT record"):
        findings(tmp_path, {"f.log": content})


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no file or folder"):
        read_logs([tmp_path / "none"], LogOptions())
    with pytest.raises(UsageError, match="no file in"):
        read_logs([tmp_path], LogOptions())


def test_without_the_engine_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError) as refused:
        findings(tmp_path, {"f.log": EXPORTED + LINE})
    assert "pip install 'tuner[logs]'" == refused.value.hint


def test_ctrl_c_keeps_what_was_read(tmp_path, monkeypatch):
    monkeypatch.setattr("tuner.logs.intake.PART_FILES", 1)
    for n in range(100):
        (tmp_path / f"aws-lambda-f{n}.log").write_text(f"{EXPORTED}{report(n)}\n")

    def stop_early(read):
        if read.files_read >= 2:
            raise KeyboardInterrupt

    found = read_logs([tmp_path], LogOptions(), observer=stop_early)
    assert found.interrupted
    assert 100 == found.read.files
    assert 2 <= found.read.files_read == len(found.functions) < 100


def test_ctrl_c_reaches_us_through_the_engine():
    previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        with Archive() as archive:
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt):
                archive.rows("SELECT sum(hash(i)) FROM range(1000000000000) AS t(i)")
            assert [{"one": 1}] == archive.rows("SELECT 1 AS one")
    finally:
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_documents_are_taken_apart_whatever_the_chunks(size):
    pages = [{"events": [{"n": 1}, {"n": 2}], "nextToken": "x"}, {"logEvents": [{"n": 3, "m": [1, "]"]}]}]
    text = "\n".join(json.dumps(page, indent=2) for page in pages)
    chunks = (text[at : at + size] for at in range(0, len(text), size))
    assert [1, 2, 3] == [element["n"] for element in elements(chunks)]


def test_what_was_read_twice_counts_once_and_a_retry_counts(tmp_path):
    lines = [f"2026-11-23T10:00:{s:02d}.000Z {report(s, s + 0.5)}\n" for s in range(40)]
    lines += [f"{EXPORTED}{json_report(50)}\n", f"2026-11-23T10:30:00.000Z {report(7, 7.5)}\n"]
    files = {"aws-lambda-f/a.log": "".join(lines), "aws-lambda-f/copy/b.log": "".join(lines[30:])}
    found = findings(tmp_path, files)
    assert 42 == only(found).invocations
    assert ["W-REPEATED"] == [w.code for w in found.warnings]
    assert found.warnings[0].message.startswith("12 ")


def test_records_without_a_time_are_no_repeats(tmp_path):
    found = findings(tmp_path, {"aws-lambda-f/a.log": LINE + "\n", "aws-lambda-f/b.log": LINE + "\n"})
    assert 2 == only(found).invocations


PADDED = gzip.compress(f"{EXPORTED}{report(1)}\n".encode()) + gzip.compress(
    f"{EXPORTED}{report(2)}\n".encode()
)


@pytest.mark.parametrize(
    ("content", "calls"),
    [
        (zstd(json.dumps({"events": [event(report(n)) for n in (1, 2)]}, indent=1)), 2),
        (gzip.compress(json.dumps({"events": [event(report(n)) for n in (1, 2)]}, indent=1).encode()), 2),
        ("".join(f"[{json_report(2 * n)}, {json_report(2 * n + 1)}]\n" for n in (1, 2)), 4),
        (zstd(f"{EXPORTED}{report(1)}\n") + zstd(f"{EXPORTED}{report(2)}\n"), 2),
        (PADDED + bytes(512), 2),
        (f"{EXPORTED}{report(1)}\n{'x' * 17_000_000}\n{EXPORTED}{report(2)}\n", 2),
        (zstd(f"{EXPORTED}{report(1)}\n{'x' * 17_000_000}\n{EXPORTED}{report(2)}\n"), 2),
        (zstd(f"{EXPORTED}{report(1)}\r\n{EXPORTED}{report(2)}"), 2),
    ],
    ids=[
        *("document-in-zstd", "document-in-gzip", "lists-by-line", "zstd-frames", "gzip-with-zeros"),
        *("endless-line", "endless-line-in-zstd", "windows-in-zstd"),
    ],
)
def test_what_is_no_plain_file_of_lines_is_read_all_the_same(tmp_path, content, calls):
    found = findings(tmp_path, {"aws-lambda-f/log": content})
    assert calls == only(found).invocations
    assert [] == [w.code for w in found.warnings if w.code != "W-NO-TIMES"]


def test_without_zstandard_it_is_said_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(UsageError) as refused:
        findings(tmp_path, {"f.log": zstd(EXPORTED + LINE)})
    assert "pip install 'tuner[logs]'" == refused.value.hint


def test_times_without_a_zone_are_utc_wherever_they_are_read(tmp_path):
    (tmp_path / "aws-lambda-f.log").write_text(f"2026-11-23T10:00:00 {LINE}\n")
    command = [sys.executable, "-m", "tuner", "logs", str(tmp_path), "--json"]
    env = os.environ | {"TZ": "America/New_York"}
    found = json.loads(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert "2026-11-23T10:00:00.000+00:00" == found["functions"][0]["first_at"]
