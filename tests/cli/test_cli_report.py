"""`tuner report`: the same run in every format, to a file or a pipe; several runs, compared."""

import json
import shutil
from importlib.resources import files

import jsonschema
import pytest

from tuner import tune
from tuner.errors import RunFileError
from tuner.runfile import parse_run, save_run

SCHEMA = json.loads((files("tuner") / "schemas" / "run.schema.json").read_text())
OPTIONS = {"memory_sizes": [256, 512, 1024], "invocations": 20}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A run of x86_64 and one of arm64, saved."""
    folder = tmp_path_factory.mktemp("runs")
    for name, architecture in (("x86", "x86_64"), ("arm", "arm64")):
        save_run(tune("model:mixed", architecture=architecture, **OPTIONS), folder / f"{name}.json")
    return folder


@pytest.fixture
def saved(runs, tmp_path):
    for path in runs.iterdir():
        shutil.copy(path, tmp_path)


def test_a_report_is_byte_for_byte_what_the_run_wrote_and_printed(tuner, tmp_path):
    run = tuner("run", "model:mixed", "--invocations", "5", "--save-run", "run.json")
    finished = tuner("report", "run.json", "--output", "again/mixed.md")
    assert 0 == finished.returncode, finished.stderr
    for name in ("mixed.md", "mixed.light.svg", "mixed.dark.svg"):
        assert (tmp_path / "reports" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert run.stdout.rstrip() == tuner("report", "run.json").stdout.rstrip()


def test_a_replay_keeps_the_date_of_the_measurement(tuner, tmp_path, saved):
    document = json.loads((tmp_path / "x86.json").read_text())
    document |= {"created_at": "2020-02-02T02:02:02+00:00", "tool_version": "0.0.1"}
    (tmp_path / "old.json").write_text(json.dumps(document))
    again = json.loads(tuner("run", "replay:old.json", "--no-report", "--json").stdout)
    assert "2020-02-02T02:02:02+00:00" == again["created_at"]
    assert document["command"] == again["command"]
    other = json.loads(tuner("run", "replay:old.json", "--strategy", "speed", "--no-report", "--json").stdout)
    assert "2020-02-02T02:02:02+00:00" == other["created_at"]
    assert "tuner run replay:old.json --strategy speed" == other["command"]
    assert "tuner 0.0.1, 2020-02-02" in tuner("report", "old.json", "--format", "md").stdout


def test_other_prices_than_those_of_the_measurement_are_said(tuner, tmp_path, saved):
    assert "W-NEW-PRICES" not in tuner("report", "x86.json").stderr
    document = json.loads((tmp_path / "x86.json").read_text())
    document["conditions"]["price_date"] = "2020-01-01"
    (tmp_path / "old.json").write_text(json.dumps(document))
    finished = tuner("report", "old.json")
    assert "2020-01-01" in finished.stderr
    assert "W-NEW-PRICES" in finished.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"created_at": "yesterday"},
        {"created_at": None},
        {"tool_version": ["0.1"]},
        {"command": 3},
        {"conditions": {"price_date": [1]}},
        {"conditions": "none"},
    ],
)
def test_where_a_run_comes_from_is_read_with_distrust(runs, change):
    document = json.loads((runs / "x86.json").read_text())
    with pytest.raises(RunFileError):
        parse_run(json.dumps(document | change))


def test_neither_the_environment_nor_tuner_toml_changes_a_report(tuner, tmp_path, saved):
    before = tuner("report", "x86.json").stdout
    (tmp_path / "tuner.toml").write_text('[defaults]\nstrategy = "speed"\nregion = "eu-west-1"\n')
    assert before == tuner("report", "x86.json", TUNER_STRATEGY="speed").stdout


def test_every_format_goes_to_stdout(tuner, saved):
    printed = {
        form: tuner("report", "x86.json", "--format", form)
        for form in ("terminal", "md", "html", "csv", "json", "svg", "power-tuning")
    }
    assert all(finished.returncode == 0 for finished in printed.values())
    text = {form: finished.stdout for form, finished in printed.items()}
    jsonschema.validate(json.loads(text["json"]), SCHEMA)
    assert text["html"].lower().startswith("<!doctype html>")
    assert text["csv"].startswith("run,function,")
    assert "<svg" in text["svg"]
    assert "<picture>" not in text["md"]
    assert {"power", "cost", "duration"} <= set(json.loads(text["power-tuning"])["results"])


def test_the_ending_of_the_file_chooses_the_format(tuner, tmp_path, saved):
    for ending, start in (
        ("png", b"\x89PNG"),
        ("csv", b"run,"),
        ("html", b"<!doctype html>"),
        ("json", b"{"),
    ):
        assert 0 == tuner("report", "x86.json", "--output", f"out/run.{ending}").returncode
        assert (tmp_path / "out" / f"run.{ending}").read_bytes().startswith(start)
    assert "should run at" in tuner("report", "x86.json", "--output", "-").stdout


def test_a_dark_chart_differs_from_a_light_one(tuner, saved):
    light, dark = (
        tuner("report", "x86.json", "--format", "svg", "--theme", theme).stdout for theme in ("light", "dark")
    )
    assert "<svg" in light
    assert light != dark


def test_two_runs_are_compared_with_the_first(tuner, tmp_path, saved):
    finished = tuner("report", "x86.json", "arm.json", "--output", "both.md")
    assert 0 == finished.returncode, finished.stderr
    page = (tmp_path / "both.md").read_text()
    assert "**arm64**" in page
    assert "cheaper" in page
    assert "both.dark.svg" in page
    assert (tmp_path / "both.dark.svg").exists()
    document = json.loads(tuner("report", "x86.json", "arm.json", "--json").stdout)
    assert ["x86_64", "arm64"] == [run["name"] for run in document["runs"]]
    assert document["contrasts"][0]["recommended"]["cost_change"]["high"] < 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x86.json", "--format", "hmtl"], ["hmtl", "did you mean html"]),
        (["x86.json", "--output", "run.xlsx"], ["run.xlsx", "csv"]),
        (["x86.json", "arm.json", "--format", "power-tuning"], ["one run"]),
        (["nowhere.json"], ["nowhere.json", "No such file"]),
        (["x86.json", "nowhere.json"], ["nowhere.json"]),
        (["x86.json"] * 7, ["7 runs", "two to 6"]),
        (["torn.json"], ["torn.json"]),
        (["x86.json", "--output", "x86.json/run.md"], ["x86.json"]),
        ([], ["Missing argument"]),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(tuner, tmp_path, saved, arguments, says):
    (tmp_path / "torn.json").write_text((tmp_path / "x86.json").read_text()[:5_000])
    finished = tuner("report", *arguments)
    assert 2 == finished.returncode, finished.stderr
    assert "" == finished.stdout
    assert "Traceback" not in finished.stderr
    for word in says:
        assert word in finished.stderr
