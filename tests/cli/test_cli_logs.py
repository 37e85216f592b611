"""`tuner logs` as a stranger uses it."""

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "tuner" / "schemas" / "logs.schema.json"
REPORT = "REPORT RequestId: {:08d}-0000-4000-8000-000000000000\tDuration: {:.2f} ms\tBilled Duration: {} ms\t"
REPORT += "Memory Size: {} MB\tMax Memory Used: 90 MB\t"


def exported(number, duration, memory=512, more=""):
    minute, second = divmod(number, 60)
    at = f"2026-11-23T{minute // 60:02d}:{minute % 60:02d}:{second:02d}.000Z "
    return at + REPORT.format(number, duration, int(duration) + 1, memory) + more + "\n"


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "export" / "aws-lambda-checkout" / "2026-11-23-[3]0a1b"
    folder.mkdir(parents=True)
    lines = [exported(n, 100 + n % 50) for n in range(400)]
    lines += [exported(n, 400 + n % 80, memory=128) for n in range(4000, 4400)]
    (folder / "000000").write_text(
        "".join(lines) + "2026-11-23T20:00:00.000Z REPORT RequestId: cut\tDuration: 1\n"
    )
    return tmp_path / "export"


def test_json_is_the_document_of_the_contract(tuner, archive):
    done = tuner("logs", archive, "--json")
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert 1 == document["unreadable_lines"]
    (function,) = document["functions"]
    assert ("checkout", 800, 1) == (
        function["function"],
        function["invocations"],
        function["peak_concurrency"],
    )
    small, large = function["by_memory"]
    assert [128, 512] == [small["memory_mb"], large["memory_mb"]]
    assert {"ok": 400} == large["outcomes"]
    assert 124.5 == pytest.approx(large["duration_ms"]["p50"], rel=0.005)
    assert {"mean": 125.5, "total": 50_200} == large["billed_duration_ms"]
    assert large["init_duration_ms"] is None
    assert {"p50": 90, "max": 90} == large["max_memory_used_mb"]
    compute = 50.2 * 512 / 1024 * 0.0000166667
    assert compute == pytest.approx(large["cost_usd"]["compute"])
    assert 400 * 0.0000002 == pytest.approx(large["cost_usd"]["requests"])
    advice = function["recommendation"]
    assert 128 == advice["memory_floor_mb"]
    assert 128 == advice["memory_mb"]
    assert 1 == advice["timeout_s"]
    assert any("different times" in reason for reason in advice["reasons"])


def test_the_terminal_and_markdown_say_the_same(tuner, archive, tmp_path):
    done = tuner("logs", archive, "--report", "out.md")
    assert 0 == done.returncode, done.stderr
    assert "checkout: 800 invocations" in done.stdout
    assert "report: out.md" in done.stderr
    markdown = (tmp_path / "out.md").read_text()
    for word in ("800 invocations", "Memory floor", "128 MB", "Timeout", "look like a record"):
        assert word in done.stdout
        assert word in markdown


def test_one_size_only_bounds_the_gain_and_says_what_to_measure(tuner, tmp_path):
    (tmp_path / "checkout.log").write_text("".join(exported(n * 60, 100) for n in range(300)))
    done = tuner("logs", "checkout.log", "--json")
    advice = json.loads(done.stdout)["functions"][0]["recommendation"]
    assert advice["memory_mb"] is None
    assert 0 == advice["saving_usd_per_month"]["low"]
    assert advice["saving_usd_per_month"]["high"] > 0
    assert any("tuner run checkout --memory-sizes 512,256,1024" in reason for reason in advice["reasons"])


def test_a_saved_run_gives_the_curve(tuner, tmp_path):
    (tmp_path / "checkout.log").write_text("".join(exported(n * 60, 100, memory=512) for n in range(300)))
    tuner("run", "model:cpu-bound", "--no-report", "--save-run", "run.json")
    done = tuner("logs", "checkout.log", "--run", "run.json", "--json")
    assert 0 == done.returncode, done.stderr
    advice = json.loads(done.stdout)["functions"][0]["recommendation"]
    assert "the curve of a saved run" == advice["memory_basis"]
    assert advice["memory_mb"] is not None


def test_timeouts_raise_the_timeout_and_out_of_memory_the_floor(tuner, tmp_path):
    calls = [exported(n, 100) for n in range(50)]
    calls += [
        exported(60, 3000, more="Status: timeout\t"),
        exported(61, 50, more="Status: error\tError Type: Runtime.OutOfMemory\t"),
    ]
    (tmp_path / "f.log").write_text("".join(calls))
    advice = json.loads(tuner("logs", "f.log", "--json").stdout)["functions"][0]["recommendation"]
    assert 6 == advice["timeout_s"]
    assert 615 == advice["memory_floor_mb"]
    assert any("cut off at 3.00 s" in reason for reason in advice["reasons"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["nowhere"], 2, "no file or folder 'nowhere'"),
        ([], 2, "Missing argument"),
        (["x.log", "--since", "yesterday"], 2, "is no time"),
        (["x.log", "--region", "us-esat-1"], 2, "us-east-1"),
        (["x.log", "--run", "none.json"], 2, "cannot read the run file"),
        (["x.log"], 4, "no REPORT record"),
    ],
)
def test_what_cannot_be_read_is_said_with_what_to_do(tuner, tmp_path, arguments, code, words):
    (tmp_path / "x.log").write_text("hello\n")
    done = tuner("logs", *arguments)
    assert code == done.returncode
    assert words in done.stderr
    assert "Traceback" not in done.stderr
