"""The ways from and to AWS Lambda Power Tuning, through the real command line."""

import json
from pathlib import Path

import pytest
from fake_lambda import FakeLambda

FIXTURES = Path(__file__).parent.parent / "fixtures" / "power_tuning"
ADDRESS = (
    "https://lambda-power-tuning.show/"
    "#gAAAAQACAAQABsAL;ZooQR4yvkUa/pQRGRC5zRaADHUVjOftE;QdWhOEMkoziDT5Q4xhiIOMYYiDi6RNc4"
)


@pytest.fixture
def write(tmp_path):
    def write_input(**keys):
        (tmp_path / "input.json").write_text(json.dumps(keys))
        return "input.json"

    return write_input


def test_an_input_measures_its_function_with_its_sizes_and_events(tuner, write, tmp_path):
    with FakeLambda(control_rate=None) as account:
        account.add_function("my-func", memory_mb=512, timeout_s=30, workload="cpu-bound")
        events = [{"payload": {"secret": "hunter2"}, "weight": 1}, {"payload": {"b": 2}, "weight": 2}]
        given = write(lambdaARN="my-func", powerValues=[256, 1024], num=6, payload=events, strategy="speed")
        finished = tuner(
            "run",
            "--power-tuning-input",
            given,
            "--yes",
            "--json",
            "--save-run",
            "run.json",
            **account.environment,
        )
        assert 0 == finished.returncode, finished.stderr
        sent = {call.payload for call in account.invocations}
    document = json.loads(finished.stdout)
    assert ("speed", [256, 1024]) == (document["options"]["strategy"], document["options"]["memory_sizes"])
    assert "  powerValues: --memory-sizes 256,1024" in finished.stderr
    assert finished.stderr.index("  powerValues: ") < finished.stderr.index("a grid of 2 memory sizes")
    assert "payload: 2 events by weight" in finished.stderr
    assert {b'{"secret": "hunter2"}', b'{"b": 2}'} == sent
    everywhere = finished.stdout + finished.stderr + (tmp_path / "run.json").read_text()
    assert "hunter2" not in everywhere
    assert "--payload-weighted @PAYLOAD-FILE" in document["command"]


def test_the_command_line_wins_over_the_input(tuner, write):
    given = write(lambdaARN="my-func", powerValues=[256, 1024], num=6, strategy="speed")
    finished = tuner(
        "run", "model:cpu-bound", "--power-tuning-input", given, "--strategy", "cost", "--json", "--no-report"
    )
    document = json.loads(finished.stdout)
    assert ("model:cpu-bound", "cost") == (document["target"], document["options"]["strategy"])
    assert "lambdaARN: not used: the command line names a target" in finished.stderr
    assert "strategy: not used: the command line says otherwise" in finished.stderr


def test_a_dry_run_of_the_input_measures_nothing(tuner, write, tmp_path):
    given = write(lambdaARN="my-func", num=5, dryRun=True)
    finished = tuner("run", "model:cpu-bound", "--power-tuning-input", given)
    assert 0 == finished.returncode, finished.stderr
    assert "dryRun: --dry-run" in finished.stderr
    assert "" == finished.stdout
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'TARGET'"),
        (["--power-tuning-input", "nowhere.json"], "cannot read 'nowhere.json'"),
        (["--power-tuning-input", "input.json"], "unknown key 'balanceWeight'"),
    ],
)
def test_nothing_to_measure_is_a_usage_error(tuner, write, arguments, said):
    write(num=5, balanceWeight=0.5)
    finished = tuner("run", *arguments)
    assert 2 == finished.returncode
    assert said in finished.stderr


def test_an_input_without_a_function_needs_a_target(tuner, write):
    finished = tuner("run", "--power-tuning-input", write(num=5))
    assert 2 == finished.returncode
    assert "Missing argument 'TARGET'" in finished.stderr


def test_the_address_of_a_chart_is_analysed_and_its_doubts_are_said(tuner):
    finished = tuner("run", f"replay:{ADDRESS}", "--no-report")
    assert 0 == finished.returncode, finished.stderr
    assert "power-tuning should run at" in finished.stdout
    assert 1 == finished.stderr.count("[W-MEANS]")
    assert "W-STATED-COST" not in finished.stderr


def test_a_report_of_an_output_has_its_warnings(tuner, tmp_path):
    finished = tuner("run", f"replay:{FIXTURES / 'execution.json'}")
    assert 0 == finished.returncode, finished.stderr
    report = (tmp_path / "reports" / "orders.md").read_text()
    assert "W-MEANS" in report
    assert "hunter2" not in report + finished.stdout + finished.stderr


def test_a_file_of_no_known_form_is_a_usage_error(tuner, tmp_path):
    (tmp_path / "notes.txt").write_text("buy milk\n")
    finished = tuner("run", "replay:notes.txt", "--json")
    assert 2 == finished.returncode
    error = json.loads(finished.stdout)["error"]
    assert "it has no known form" in error["message"]
    assert "Power Tuning" in error["hint"]
