"""From two versions to a verdict: revisions, baseline files, saved runs."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import tuner
from tuner.errors import RunFileError, SettingsError, UsageError
from tuner.gate import Answer
from tuner.gating import exit_code, gate, gate_saved, record_baseline
from tuner.gating.baseline import BASELINE_FILE, Accepted, read_baseline, write_baseline
from tuner.gating.options import read_gate_options
from tuner.records import Outcome
from tuner.runfile import save_run
from tuner.settings import load_settings

MODEL = """
name = "m"
architecture = "x86_64"
[duration]
io_ms = 40.0
cpu_ms = {cpu}
[noise]
cv = 0.05
[init]
duration_ms = 350.0
[memory]
used_mb = 90
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with one function; `write(cpu)` changes how much it computes."""

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    def write(cpu, text=MODEL):
        (tmp_path / "m.toml").write_text(text.format(cpu=cpu))

    git("init", "--quiet", "--initial-branch", "main")
    (tmp_path / "tuner.toml").write_text('[functions.m]\ntarget = "model:m.toml"\nmemory = 512\n')
    write(300.0)
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    monkeypatch.chdir(tmp_path)
    return write


def compared(seed=0, **flags):
    settings = load_settings("m", {"seed": seed}, {}, Path.cwd())
    raw = {name: (value, f"--{name}") for name, value in flags.items()}
    return gate(settings, read_gate_options(dict(settings.gate) | raw), command="tuner gate m")


@pytest.mark.parametrize(
    ("cpu", "answer", "code"),
    [
        (300.0, Answer.PASS, 0),
        (306.0, Answer.PASS, 0),
        (390.0, Answer.REGRESSION, 1),
        (210.0, Answer.IMPROVEMENT, 0),
    ],
)
def test_the_working_tree_is_compared_with_the_last_commit(project, cpu, answer, code):
    project(cpu)
    result = compared().result
    assert answer is result.verdict.answer, result.verdict.reasons
    assert code == exit_code(result.verdict)
    assert ("HEAD", 512) == (result.baseline.name, result.baseline.memory_mb)
    assert len(result.durations_ms[0]) == len(result.durations_ms[1]) > 0


@pytest.mark.parametrize("seed", range(4))
def test_at_their_best_sizes_the_same_code_is_compared_at_one_size(project, seed):
    project(300.0)
    result = compared(memory="best", seed=seed).result
    assert result.baseline.memory_mb == result.contender.memory_mb < 512, "where this function is cheapest"
    assert Answer.REGRESSION is not result.verdict.answer


def test_a_best_size_is_slow_and_has_the_timeout_that_goes_with_it(project):
    project(300.0, MODEL.replace("cv = 0.05", "cv = 0.1"))  # near today's 3 s where it is cheapest
    calls = compared(memory="best").contender
    assert calls.timeout_s > 3
    assert {Outcome.OK} == {call.outcome for call in calls.invocations}


def test_at_their_best_sizes_a_version_that_needs_more_memory_is_dearer(project):
    subprocess.run(["git", "checkout", "--quiet", "-b", "waits"], check=True)
    project(1.0, MODEL.replace("io_ms = 40", "io_ms = 400"))
    subprocess.run(["git", "add", "."], check=True)
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *identity, "commit", "--quiet", "-m", "waits"], check=True)
    project(1.0, MODEL.replace("io_ms = 40", "io_ms = 400").replace("used_mb = 90", "used_mb = 400"))
    result = compared(memory="best", against="HEAD").result
    assert result.baseline.memory_mb < 400 < result.contender.memory_mb
    assert Answer.REGRESSION is result.verdict.answer


def test_saved_runs_are_compared_at_the_best_size_of_each(project, tmp_path):
    runs = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, cpu in zip(runs, (300.0, 420.0), strict=True):
        project(cpu)
        save_run(tuner.tune("m", memory_sizes=[128, 256, 1024], invocations=60, max_invocations=300), path)
    settings = load_settings("m", {}, {}, Path.cwd())
    options = read_gate_options({"memory": ("best", "--memory")})
    result = gate_saved(settings, options, *runs, command="").result
    assert result.baseline.memory_mb == result.contender.memory_mb < 1024
    assert Answer.REGRESSION is result.verdict.answer


def test_a_baseline_is_recorded_at_the_best_size(project):
    settings = load_settings("m", {}, {}, Path.cwd())
    entry = record_baseline(settings, read_gate_options({"memory": ("best", "--memory")}))
    assert {entry.memory_mb} == set(entry.measurements.memory_sizes_mb)
    assert entry.memory_mb < 512


def test_a_baseline_file_stands_in_for_the_other_version(project):
    settings = load_settings("m", {}, {}, Path.cwd())
    entry = record_baseline(settings, read_gate_options({}))
    write_baseline(Path(BASELINE_FILE), "m", entry)
    write_baseline(Path(BASELINE_FILE), "other", entry)
    found = read_baseline(Path(BASELINE_FILE), "m")
    assert replace(entry, measurements=None) == replace(found, measurements=None)
    assert len(entry.measurements.invocations) == len(found.measurements.invocations) > 100
    same = compared(against=BASELINE_FILE).result
    assert Answer.PASS is same.verdict.answer
    assert entry.measured_at == same.baseline.measured_at
    project(400.0)
    worse = compared(against=BASELINE_FILE).result
    assert Answer.REGRESSION is worse.verdict.answer
    assert worse.verdict.environments > 4, "what was recorded says in which environments"
    # Recorded calls are not made again.
    assert worse.spent.invocations < 2 * (worse.verdict.pairs + worse.verdict.confirmation_pairs)


def test_other_conditions_are_not_comparable_and_no_pass(project):
    settings = load_settings("m", {}, {}, Path.cwd())
    write_baseline(Path(BASELINE_FILE), "m", record_baseline(settings, read_gate_options({})))
    project(300.0, MODEL.replace("x86_64", "arm64"))
    result = compared(against=BASELINE_FILE).result
    assert result.verdict is None
    assert "architecture was x86_64 and is arm64" in result.note
    assert 4 == exit_code(result.verdict)


def test_a_function_that_the_other_revision_lacks_is_nothing_to_compare_with(project, tmp_path):
    (tmp_path / "new.toml").write_text(MODEL.format(cpu=100.0))
    (tmp_path / "tuner.toml").write_text('[functions.m]\ntarget = "model:new.toml"\nmemory = 512\n')
    result = compared().result
    assert (None, None) == (result.verdict, result.baseline)
    assert "HEAD has no such function" in result.note


def test_a_baseline_file_without_the_function_is_nothing_to_compare_with(project):
    settings = load_settings("m", {}, {}, Path.cwd())
    write_baseline(Path(BASELINE_FILE), "other", record_baseline(settings, read_gate_options({})))
    result = compared(against=BASELINE_FILE).result
    assert result.verdict is None
    assert "--update-baseline" in result.note


def test_saved_runs_are_compared_without_a_call(project, tmp_path):
    runs = []
    for cpu in (300.0, 420.0):
        project(cpu)
        found = tuner.tune("m", memory_sizes=[512], invocations=60, max_invocations=200)
        runs.append(tmp_path / f"{cpu}.json")
        save_run(found, runs[-1])
    settings = load_settings("m", {}, {}, Path.cwd())
    result = gate_saved(settings, read_gate_options({}), *runs, command="").result
    assert Answer.REGRESSION is result.verdict.answer, result.verdict
    assert 0 == result.spent.invocations
    same = gate_saved(settings, read_gate_options({}), runs[0], runs[0], command="").result
    assert Answer.REGRESSION is not same.verdict.answer


def test_saved_runs_that_are_too_short_say_nothing(project, tmp_path):
    found = tuner.tune("m", memory_sizes=[512], invocations=5)
    save_run(found, tmp_path / "a.json")
    settings = load_settings("m", {}, {}, Path.cwd())
    same = [tmp_path / "a.json"] * 2
    result = gate_saved(settings, read_gate_options({}), *same, command="").result
    assert Answer.INCONCLUSIVE is result.verdict.answer


def test_a_live_version_is_not_compared_with_a_short_run(project, tmp_path):
    save_run(tuner.tune("m", memory_sizes=[512], invocations=5), tmp_path / "a.json")
    with pytest.raises(UsageError, match="too few to compare"):
        compared(against="a.json")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "no baseline file"),
        ('{"schema_version": 2, "functions": {}}', "no baseline file"),
        ('{"schema_version": 1, "functions": []}', "no functions"),
        ('{"schema_version": 1, "functions": {"m": {}}}', "measured is missing"),
        ('{"schema_version": 1, "functions": {"m": 3}}', "m"),
    ],
)
def test_a_hostile_baseline_is_refused_with_its_place(tmp_path, text, says):
    path = tmp_path / BASELINE_FILE
    path.write_text(text)
    with pytest.raises(RunFileError, match=says):
        read_baseline(path, "m")


def test_what_was_accepted_is_known_by_its_code(project):
    settings = load_settings("m", {}, {}, Path.cwd())
    entry = record_baseline(settings, read_gate_options({}))
    entry = replace(
        entry, accepted=(Accepted("2026-01-01", "needed", "abc"), Accepted("2026-02-01", "more", "def"))
    )
    write_baseline(Path(BASELINE_FILE), "m", entry)
    found = read_baseline(Path(BASELINE_FILE), "m")
    assert "needed" == found.acceptance_of("abc").reason
    assert found.acceptance_of("xyz") is None
    assert found.acceptance_of(None) is None
    assert 1 == len(json.loads(Path(BASELINE_FILE).read_text())["functions"])


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('fial = {cost = "5%"}', "did you mean fail"),
        ('fail = "5%"', "must be a table"),
        ('fail = {cots = "5%"}', "did you mean cost"),
        ("fail = {cost = 5}", "write 10%"),
        ("max_pairs = 0", "at least 1"),
        ('comment = "never"', "always"),
    ],
)
def test_a_mistake_in_the_rules_is_told_with_its_place(project, tmp_path, table, says):
    with (tmp_path / "tuner.toml").open("a") as file:
        file.write(f"[functions.m.gate]\n{table}\n")
    with pytest.raises(SettingsError, match=r"functions\.m\.gate") as told:
        compared()
    assert says in f"{told.value.message}; {told.value.hint}"


def test_a_functions_own_rules_win_over_the_common_ones(project, tmp_path):
    with (tmp_path / "tuner.toml").open("a") as file:
        file.write(
            '[gate]\nfail = {cost = "50%"}\nmax_pairs = 150\n[functions.m.gate]\nfail = {cost = "5%"}\n'
        )
    project(350.0)
    verdict = compared().result.verdict
    assert Answer.REGRESSION is verdict.answer
    assert verdict.pairs + verdict.confirmation_pairs <= 150
