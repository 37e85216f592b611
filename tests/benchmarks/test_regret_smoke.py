"""A short run of the regret benchmark: three functions, one run of each method."""

import json

import pytest
from click.testing import CliRunner
from methods import BOUNDS, METHODS, choose_methods, ours
from peers import POWER_TUNING_SIZES_MB
from regret import Job, answers, main
from tables import INIT_MS, Table, load_tables

import tuner
from tuner.records import Strategy

# Waiting only: the smallest size is the cheapest by a factor, and no size is faster than another.
WAITING = Table("waiting", "warm", tuple((size, 200.0) for size in POWER_TUNING_SIZES_MB))
MEASURED = [t for t in load_tables("eval") if t.id in ("lpt-aspnet-basic", "lpt-list-function-x86-a")]
TABLES = [WAITING, *MEASURED]
# The other bounds of ours take the same way, and time.
ASKED = [name for name in METHODS if name not in {f"ours@{bound}" for bound in BOUNDS[1:]}]


@pytest.fixture(scope="module")
def runs():
    jobs = [Job(name, table, Strategy.COST, 0) for name in ASKED for table in TABLES]
    return dict(zip(((j.method, j.table.id) for j in jobs), answers(jobs, 1), strict=True))


def test_every_method_finds_that_waiting_is_cheapest_small(runs):
    found = {name: runs[name, WAITING.id] for name in ASKED}
    assert set(found) == {name for name, run in found.items() if run.answer.memory_mb == 128}
    assert {0.0} == {run.loss.regret for run in found.values()}


def test_no_method_makes_more_calls_than_it_may(runs):
    for table in TABLES:
        low, high = table.range_mb
        usual = [size for size in POWER_TUNING_SIZES_MB if low <= size <= high]
        calls = {name: runs[name, table.id].answer.invocations for name in ASKED}
        assert calls["ours@12"] <= 12
        assert (10 * len(usual), 50 * len(usual)) == (calls["power-tuning@10"], calls["power-tuning@50"])
        assert 50 * len(table.points) == calls["own-sizes@50"]
        assert 3 * 8 <= calls["parrotfish"] <= 6 * 16


def test_answers_are_sizes_of_the_range_and_ours_come_with_their_regret(runs):
    for (name, _), run in runs.items():
        table = next(t for t in TABLES if t.id == run.table)
        assert table.range_mb[0] <= run.answer.memory_mb <= table.range_mb[1]
        assert name.startswith("ours") == (run.answer.stated is not None)
        assert 0 <= run.loss.regret < 1


@pytest.mark.parametrize("strategy", list(Strategy))
def test_ours_is_what_the_python_interface_recommends(strategy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = MEASURED[0]
    (tmp_path / "f.toml").write_text(
        f'name = "{table.id}"\n[duration]\npoints = {json.dumps(table.points)}\n'
        "[noise]\ncv = 0.08\nslow_share = 0.01\nslow_factor = [1.5, 4.0]\n"
        f"[init]\nduration_ms = {INIT_MS}\n"
    )
    low, high = table.range_mb
    options = {"strategy": str(strategy), "seed": 5, "max_invocations": 20}
    result = tuner.tune("model:f.toml", min_memory=low, max_memory=high, **options)
    answer = ours(table.workload(), table.range_mb, strategy, 5, 20)
    assert result.recommendation.candidate.memory_mb == answer.memory_mb
    assert result.recommendation.expected_regret == answer.stated
    assert result.spent.invocations == answer.invocations


def test_the_command_writes_its_tables_and_the_chart(tmp_path):
    (tmp_path / "mine.json").write_text(json.dumps([{"id": WAITING.id, "points": WAITING.points}]))
    methods = "ours@12,power-tuning@10,parrotfish"
    arguments = ["--tables", str(tmp_path / "mine.json"), "--seeds", "1", "--methods", methods]
    finished = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "out")])
    assert 0 == finished.exit_code, finished.output
    report = (tmp_path / "out" / "regret.md").read_text()
    for strategy in Strategy:
        assert f"## {strategy}" in report
    rows = [line for line in finished.stdout.splitlines() if line.startswith("| Parrotfish")]
    assert 1 == len(rows)  # it knows the strategy cost only
    assert "0.00 %" in rows[0]
    assert (tmp_path / "out" / "regret.svg").read_text().count("mean number of calls") == len(Strategy)


def test_a_wrong_name_is_refused_with_those_there_are(tmp_path):
    assert ["ours", "ours@12"] == [method.name for method in choose_methods("ours, ours@12")]
    finished = CliRunner().invoke(main, ["--methods", "parotfish", "--out", str(tmp_path)])
    assert 2 == finished.exit_code
    assert "no method is called parotfish" in finished.output
