"""`tuner history`: what every run adds, and how it is shown."""

import json
import subprocess

import pytest

from tuner import tune
from tuner.history import append_entry, entry_of

QUICK = ("--memory-sizes", "256,512", "--invocations", "3")


@pytest.fixture(scope="module")
def found():
    return tune("model:mixed", memory_sizes=[256, 512], invocations=3)


@pytest.fixture
def runs(found, tmp_path):
    """Two runs of one function, as they are remembered."""
    (tmp_path / "reports").mkdir()
    for commit in ("1111111111", "2222222222"):
        append_entry(entry_of(found, commit), tmp_path / "reports")


def test_every_run_adds_a_line_with_its_commit(tuner, tmp_path):
    name = ("-c", "user.name=a", "-c", "user.email=a@b")
    for command in (("init", "-q"), (*name, "commit", "-q", "--allow-empty", "-m", "first")):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    commit = asked.stdout.strip()
    assert 0 == tuner("run", "model:mixed", *QUICK, "--save-run", "run.json").returncode
    assert 0 == tuner("run", "model:mixed", *QUICK, "--no-report").returncode
    assert 0 == tuner("run", "replay:run.json").returncode  # no new run
    (line,) = (tmp_path / "reports" / "history.jsonl").read_text().splitlines()
    assert commit == json.loads(line)["commit"]
    assert commit[:9] in tuner("history", "mixed").stdout


def test_the_history_fits_into_80_columns(tuner, runs):
    finished = tuner("history", "mixed")
    assert 0 == finished.returncode, finished.stderr
    assert finished.stdout.startswith("mixed costs $")
    assert 80 >= max(map(len, finished.stdout.splitlines()))


def test_every_format(tuner, tmp_path, runs):
    for ending, start in (
        ("html", "<!doctype html>"),
        ("csv", "created_at,"),
        ("json", "{"),
        ("md", "**mixed**"),
    ):
        finished = tuner("history", "mixed", "--output", f"out/h.{ending}")
        assert 0 == finished.returncode, finished.stderr
        assert (tmp_path / "out" / f"h.{ending}").read_text().startswith(start)
    assert (tmp_path / "out" / "h.dark.svg").exists()
    document = json.loads(tuner("history", "model:mixed", "--json", "--limit", "1").stdout)
    assert 1 == len(document["runs"])


def test_a_torn_line_is_a_warning(tuner, tmp_path, runs):
    path = tmp_path / "reports" / "history.jsonl"
    torn = path.read_text()[:-40]
    path.write_text(torn)
    finished = tuner("history", "mixed")
    assert 0 == finished.returncode
    assert "line 2 of" in " ".join(finished.stdout.split())
    assert torn == path.read_text()


def test_the_folder_of_tuner_toml_is_found_for_a_name(tuner, tmp_path):
    (tmp_path / "tuner.toml").write_text(
        '[functions.my-func]\ntarget = "model:mixed"\nreport_dir = "there"\nmemory_sizes = [256, 512]\n'
    )
    assert 0 == tuner("run", "my-func").returncode
    assert (tmp_path / "there" / "history.jsonl").exists()
    assert "the only run" in tuner("history", "my-func").stdout


def test_a_history_that_cannot_be_written_costs_no_result(tuner, tmp_path):
    (tmp_path / "reports" / "history.jsonl").mkdir(parents=True)
    finished = tuner("run", "model:mixed", *QUICK)
    assert 0 == finished.returncode, finished.stderr
    assert "should run at" in finished.stdout
    assert "W-HISTORY" in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["mixd"], 4, ["mixd", "did you mean mixed"]),
        (["mixed", "--format", "pdf"], 2, ["pdf"]),
        (["mixed", "--limit", "0"], 2, ["limit"]),
        (["mixed", "--report-dir", "nowhere"], 2, ["no history", "nowhere"]),
    ],
)
def test_a_mistake_is_one_message(tuner, runs, arguments, code, says):
    finished = tuner("history", *arguments)
    assert code == finished.returncode, finished.stderr
    assert "Traceback" not in finished.stderr
    for word in says:
        assert word in finished.stderr
