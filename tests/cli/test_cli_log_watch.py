"""`tuner logs --watch`, as a cron job uses it: exit codes, the evidence, and what it needs."""

import json
from pathlib import Path

import jsonschema
import pytest
from aws_account import STEADY
from fake_lambda import FakeLambda
from in_process import run_here

from cost_models.pricing import find_prices
from tuner.history import HistoryEntry, append_entry
from tuner.records import DurationSummary, Estimate

SCHEMA = Path(__file__).parents[2] / "tuner" / "schemas" / "watch.schema.json"
TAKES_MS = 5 + 300 * 1769 / 512  # what the function of the stand-in takes at 512 MB


@pytest.fixture(scope="module")
def aws():
    with FakeLambda(control_rate=None) as account:
        account.clock.advance(-20 * 3600)
        account.add_function("my-func", memory_mb=512, timeout_s=30, workload=STEADY)
        for _ in range(20):
            account.call("my-func", times=8)
            account.clock.advance(3600)
        yield account


@pytest.fixture
def watch(aws, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: run_here(["logs", "--watch", *arguments], capsys)


def recommend(folder, *, takes_ms=TAKES_MS, memory_mb=512, relative=False):
    """A history with one run, which promised that a warm call takes so long."""
    prices = find_prices("eu-central-1", "x86_64")
    cost = 1e6 * (takes_ms * float(prices.millisecond(memory_mb)) + float(prices.request))
    folder.mkdir(exist_ok=True)
    append_entry(
        HistoryEntry(
            created_at="2026-11-01T00:00:00+00:00",
            function="my-func",
            target="aws:my-func",
            commit=None,
            memory_mb=memory_mb,
            current_memory_mb=256,
            duration_ms=DurationSummary(takes_ms, takes_ms, takes_ms * 1.02, takes_ms, takes_ms, takes_ms),
            cost_usd_per_million=Estimate(cost, cost * 0.99, cost * 1.01),
            relative=relative,
            tool_version="1",
            conditions={},
        ),
        folder,
    )


def test_a_recommendation_that_holds_ends_with_0_and_its_evidence(tuner, aws, tmp_path):
    recommend(tmp_path / "reports")
    arguments = ["logs", "--watch", "my-func", "--yes", "--json", "--report", "watch.md"]
    done = tuner(*arguments, **aws.environment)
    assert 0 == done.returncode, done.stderr
    document = json.loads(done.stdout)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    assert ("my-func", "holds", 512) == (
        document["function"],
        document["standing"],
        document["recommended"]["memory_mb"],
    )
    assert 20 == document["production"]["hours"]
    p95, cost, memory = document["checks"]
    assert TAKES_MS == pytest.approx(p95["found"], rel=0.03)
    assert cost["low"] < cost["found"] < cost["high"] < cost["limit"]
    assert 45 == memory["found"]
    markdown = (tmp_path / "watch.md").read_text()
    assert "**my-func: 512 MB, recommended on 2026-11-01, still holds.**" in markdown


def test_one_that_has_drifted_ends_with_1_and_says_what(watch, tmp_path):
    recommend(tmp_path / "reports", takes_ms=TAKES_MS / 1.5)
    done = watch("my-func", "--yes")
    assert 1 == done.returncode, done.stderr
    assert "no longer holds: p95, cost per million." in " ".join(done.stdout.split())


def write_logs(path, *, takes_ms, memory_mb):
    line = (
        "2026-11-23T{:02d}:{:02d}:00.000Z REPORT RequestId: {:08d}-0000-4000-8000-000000000000\t"
        "Duration: {:.2f} ms\tBilled Duration: {:.0f} ms\tMemory Size: {} MB\tMax Memory Used: 90 MB\t\n"
    )
    calls = range(200)
    path.write_text(
        "".join(line.format(n // 20, n % 20, n, takes_ms - 0.5, takes_ms, memory_mb) for n in calls)
    )


def test_files_can_be_watched_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recommend(tmp_path / "reports", takes_ms=100)
    write_logs(tmp_path / "my-func.log", takes_ms=100, memory_mb=512)
    arguments = ["--function", "my-func", "--region", "eu-central-1"]
    done = run_here(["logs", "my-func.log", "--watch", *arguments], capsys)
    assert 0 == done.returncode, done.stderr + done.stdout
    assert "still holds" in done.stdout


@pytest.mark.parametrize(("factor", "code"), [(1.0, 0), (1.4, 1)])
def test_a_saved_run_can_be_what_is_watched(tmp_path, monkeypatch, capsys, factor, code):
    monkeypatch.chdir(tmp_path)
    run_here(["run", "model:cpu-bound", "--no-report", "--save-run", "run.json"], capsys)
    size = json.loads((tmp_path / "run.json").read_text())["recommendation"]
    takes_ms = size["duration_ms"]["mean"] * factor
    write_logs(tmp_path / "cpu-bound.log", takes_ms=takes_ms, memory_mb=size["memory_mb"])
    done = run_here(["logs", "cpu-bound.log", "--watch", "--run", "run.json", "--json"], capsys)
    assert code == done.returncode, done.stderr + done.stdout
    assert "run.json" == json.loads(done.stdout)["recommended"]["source"]


@pytest.mark.parametrize(
    ("history", "arguments", "code", "says"),
    [
        (None, ["my-func"], 2, "there is no history in 'reports'"),
        ({}, ["nobody"], 4, "no run of nobody is in"),
        ({}, ["my-func", "--since", "3h"], 4, ""),
        ({"memory_mb": 256}, ["my-func"], 4, "never at the 256 MB that were recommended"),
        ({"relative": True}, ["my-func"], 4, "not those of AWS"),
        ({}, ["."], 2, "name the function with --function"),
        ({}, ["my-func", "--run", "none.json"], 2, "cannot read the run file"),
    ],
)
def test_what_cannot_be_judged_is_told_apart_from_drift(watch, tmp_path, history, arguments, code, says):
    if history is not None:
        recommend(tmp_path / "reports", **history)
    done = watch(*arguments, "--yes")
    assert (code, True) == (done.returncode, says in done.stderr), done.stderr + done.stdout
    assert "Traceback" not in done.stderr
