"""`tuner run --architectures`: a run for each, and the comparison; refused where there is only one."""

import json

import pytest

BOTH = ("--architectures", "x86_64,arm64")
QUICK = ("--memory-sizes", "256,512,1024", "--invocations", "20")


def test_each_is_run_and_reported_and_then_compared(tuner, tmp_path):
    finished = tuner("run", "model:mixed", *QUICK, *BOTH, "--save-run", "run.json")
    assert 0 == finished.returncode, finished.stderr
    assert 2 == finished.stdout.count("mixed should run at")
    assert "arm64 is " in finished.stdout
    reports = {path.name for path in (tmp_path / "reports").glob("*.md")}
    assert {"mixed-x86_64.md", "mixed-arm64.md", "mixed-architectures.md"} == reports
    saved = [json.loads((tmp_path / f"run-{name}.json").read_text()) for name in ("x86_64", "arm64")]
    assert ["x86_64", "arm64"] == [run["conditions"]["architecture"] for run in saved]
    assert 2 == len((tmp_path / "reports" / "history.jsonl").read_text().splitlines())


def test_json_is_the_document_of_the_comparison(tuner, tmp_path):
    finished = tuner("run", "model:mixed", *QUICK, *BOTH, "--json", "--no-report")
    document = json.loads(finished.stdout)
    assert "arm64" == document["contrasts"][0]["run"]
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["aws:my-func", *BOTH], ["one architecture", "deploy", "tuner report"]),
        (["local:.:app.handler", *BOTH], ["this machine", "tuner report"]),
        (["replay:run.json", *BOTH], ["measured on one architecture"]),
        (["model:mixed", *BOTH, "--architecture", "arm64"], ["leave one of them out"]),
        (["model:mixed", *BOTH, "--dry-run"], ["--dry-run"]),
        (["model:mixed", "--architectures", "x86_64"], ["two different"]),
        (["model:mixed", "--architectures", "arm64,arm64"], ["two different"]),
        (["model:mixed", "--architectures", "x86_64,arm"], ["did you mean arm64"]),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(tuner, tmp_path, arguments, says):
    finished = tuner("run", *arguments)
    assert 2 == finished.returncode, finished.stderr
    assert "Traceback" not in finished.stderr
    for word in says:
        assert word in finished.stderr
    assert not (tmp_path / "reports").exists()
