"""`tuner run`: streams, exit codes, files, and one clear message for each mistake."""

import json
from importlib.resources import files

import jsonschema
import pytest

SCHEMA = json.loads((files("tuner") / "schemas" / "run.schema.json").read_text())
HANDLER = "def handler(event, context):\n    return event\n"


def one_clear_message(finished, exit_code):
    """The contract of every failure: its exit code, `error:` on stderr, no result, no traceback."""
    assert exit_code == finished.returncode, finished.stderr
    assert "Traceback" not in finished.stderr
    errors = [line for line in finished.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, finished.stderr
    return errors[0], finished.stderr


def test_a_run_prints_the_answer_to_stdout_and_the_rest_to_stderr(tuner, tmp_path):
    finished = tuner("run", "model:mixed")
    assert 0 == finished.returncode
    assert "should run at" in finished.stdout
    assert "warning" not in finished.stdout
    assert "report: " in finished.stderr
    report = (tmp_path / "reports" / "mixed.md").read_text()
    assert "tuner run model:mixed" in report
    assert 2 == len(list((tmp_path / "reports").glob("*.svg")))


def test_json_is_one_document_that_matches_the_schema(tuner, tmp_path):
    finished = tuner("run", "model:mixed", "--json", "--no-report")
    document = json.loads(finished.stdout)
    jsonschema.validate(document, SCHEMA)
    assert "model" == document["platform"]
    assert not (tmp_path / "reports").exists()


def test_json_is_one_document_on_failure_too(tuner):
    finished = tuner("run", "model:mixd", "--json")
    document = json.loads(finished.stdout)
    jsonschema.validate(document, SCHEMA)
    assert (2, 2) == (document["error"]["exit_code"], finished.returncode)
    assert "mixed" in document["error"]["hint"]


def test_a_saved_run_replays_to_the_same_answer(tuner, tmp_path):
    first = json.loads(tuner("run", "model:memory-hungry", "--save-run", "run.json", "--json").stdout)
    again = json.loads(tuner("run", "replay:run.json", "--json", "--no-report").stdout)
    assert first["recommendation"] == again["recommendation"]
    assert first["candidates"] == again["candidates"]
    jsonschema.validate(json.loads((tmp_path / "run.json").read_text()), SCHEMA)


def test_the_same_seed_gives_the_same_answer_and_another_seed_other_numbers(tuner):
    def numbers(seed):
        return json.loads(tuner("run", "model:mixed", "--seed", seed, "--json", "--no-report").stdout)[
            "candidates"
        ]

    assert numbers(1) == numbers(1)
    assert numbers(1) != numbers(2)


def test_a_dry_run_shows_the_plan_and_measures_nothing(tuner, tmp_path):
    finished = tuner("run", "model:mixed", "--dry-run", "--memory-sizes", "256,512")
    assert 0 == finished.returncode
    assert "256 MB, 512 MB" in finished.stderr
    assert "at most" in finished.stderr
    assert "" == finished.stdout
    assert [] == list(tmp_path.iterdir())
    plan = json.loads(tuner("run", "model:mixed", "--dry-run", "--json").stdout)["plan"]
    assert plan["invocations"] <= plan["max_invocations"]


def test_a_name_from_tuner_toml_is_its_entry(tuner, tmp_path):
    (tmp_path / "tuner.toml").write_text(
        '[functions.my-func]\ntarget = "model:cpu-bound"\nmemory = 3008\nstrategy = "cost"\n'
    )
    finished = tuner("run", "my-func")
    assert "my-func should run at" in finished.stdout
    assert "cheaper" in finished.stdout
    assert (tmp_path / "reports" / "my-func.md").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["model:mixed", "--strategy", "cheap"], ["cheap", "cost, speed"]),
        (["model:mixed", "--memory-sizes", "64"], ["64 MB", "128"]),
        (["model:mixed", "--memory-sizes", "128,20000"], ["20000 MB", "10,240"]),
        (["model:mixed", "--stratgy", "cost"], ["--stratgy", "--strategy"]),
        (["model:mixd"], ["mixd", "did you mean mixed"]),
        (["model:nowhere.toml"], ["nowhere.toml", "No such file"]),
        (["my-fnc"], ["my-fnc", "local:PATH:HANDLER"]),
        (["model:"], ["names nothing"]),
        (["local:nowhere:app.handler"], ["nowhere"]),
        (["local:.:missing.handler"], ["missing"]),
        (["local:template.yaml:Fn"], ["template.yaml"]),
        (["command:nowhere"], ["nowhere"]),
        (["replay:nowhere.json"], ["nowhere.json", "No such file"]),
        (["model:mixed", "--region", "us-esat-1"], ["us-esat-1", "us-east-1"]),
        (["model:mixed", "--region", "cn-north-1"], ["CNY"]),
        (["model:mixed", "--payload", "{"], ["not JSON"]),
        (["model:mixed", "--payload", "@event.json"], ["event.json"]),
        (["model:mixed", "--max-duration", "800"], ["write 800ms"]),
        ([], ["Missing argument"]),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(tuner, tmp_path, arguments, says):
    _, everything = one_clear_message(tuner("run", *arguments), 2)
    for word in says:
        assert word in everything
    assert not (tmp_path / "reports" / "mixed.md").exists()


def test_a_misspelt_key_in_tuner_toml_is_refused(tuner, tmp_path):
    (tmp_path / "tuner.toml").write_text("[defaults]\nstratgy = 'speed'\n")
    message, everything = one_clear_message(tuner("run", "model:mixed"), 2)
    assert "stratgy" in message
    assert "strategy" in everything


def test_a_report_folder_that_cannot_be_written_is_refused_before_anything_is_measured(tuner, tmp_path):
    (tmp_path / "reports").write_text("a file, not a folder")
    message, everything = one_clear_message(tuner("run", "model:mixed"), 2)
    assert "reports" in message
    assert "--report-dir" in everything
    assert "invocations each" not in everything


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"schema_version": 1}', '{"schema_version": 1e999}', "[" * 50_000, "\x00\x01"]
)
def test_a_truncated_or_hostile_run_file_is_refused(tuner, tmp_path, content):
    (tmp_path / "run.json").write_text(content)
    message, _ = one_clear_message(tuner("run", "replay:run.json"), 2)
    assert "run.json" in message


def test_an_option_without_effect_on_a_replay_is_refused(tuner):
    tuner("run", "model:mixed", "--save-run", "run.json", "--no-report")
    message, _ = one_clear_message(tuner("run", "replay:run.json", "--invocations", "3"), 2)
    assert "--invocations has no effect" in message


def test_an_infeasible_constraint_is_exit_code_4_with_the_nearest_answer(tuner):
    message, everything = one_clear_message(tuner("run", "model:io-bound", "--max-duration", "10ms"), 4)
    assert "no memory size keeps p95" in message
    assert "the nearest is" in everything


def test_a_function_that_always_fails_could_not_be_measured(tuner):
    message, everything = one_clear_message(
        tuner("run", "model:memory-hungry", "--memory-sizes", "128,256", "--no-report"), 3
    )
    assert "out of memory" in message
    assert "--memory-sizes" in everything


def test_a_budget_that_ends_before_the_first_sample_could_not_measure(tuner):
    one_clear_message(tuner("run", "model:mixed", "--max-invocations", "1"), 3)


def test_a_grid_that_a_bound_ends_still_answers_and_says_so(tuner):
    finished = tuner("run", "model:io-bound", "--search", "grid", "--max-invocations", "30", "--no-report")
    assert 0 == finished.returncode
    assert "W-BUDGET" in finished.stderr
    assert "30 invocations" in finished.stdout


def test_a_search_that_a_bound_ends_too_early_answers_says_what_more_would_do_and_exits_with_4(tuner):
    finished = tuner("run", "model:cpu-bound", "--max-invocations", "10", "--no-report")
    assert 4 == finished.returncode
    assert "W-INCONCLUSIVE" in finished.stderr
    assert "more invocations would do" in finished.stderr
    assert "should run at" in finished.stdout
    assert "inconclusive" in finished.stdout


def test_no_colour_and_no_progress_where_there_is_no_terminal(tuner):
    finished = tuner("run", "model:mixed", "--no-report")
    assert "\x1b" not in finished.stdout + finished.stderr


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("code", "handler", "says"),
    [
        (HANDLER, "app.missing", "missing"),
        ("raise RuntimeError('no database')\n", "app.handler", "no database"),
        ("import nowhere\n" + HANDLER, "app.handler", "nowhere"),
        ("def handler(event, context):\n    raise ValueError('bad event')\n", "app.handler", "bad event"),
    ],
)
def test_a_handler_that_cannot_run_is_exit_code_3_with_its_own_words(tuner, tmp_path, code, handler, says):
    (tmp_path / "app.py").write_text(code)
    arguments = ("--memory-sizes", "512,1024", "--invocations", "1", "--no-report")
    _, everything = one_clear_message(tuner("run", f"local:.:{handler}", *arguments), 3)
    assert says in everything


@pytest.mark.sandbox
def test_a_real_handler_runs_end_to_end(tuner, tmp_path):
    (tmp_path / "app.py").write_text(HANDLER)
    finished = tuner(
        "run", "local:.:app.handler", "--memory-sizes", "256,1024", "--invocations", "3", "--json"
    )
    assert 0 == finished.returncode, finished.stderr
    document = json.loads(finished.stdout)
    jsonschema.validate(document, SCHEMA)
    assert document["relative"] is True
    assert document["spent"]["cost_usd"] is None
    assert all(c["init_duration_ms"] for c in document["candidates"] if c["basis"] == "measured")


@pytest.mark.sandbox
def test_sizes_that_this_machine_cannot_run_are_extrapolated_and_marked(tuner, tmp_path):
    (tmp_path / "app.py").write_text(HANDLER)
    finished = tuner(
        "run", "local:.:app.handler", "--memory-sizes", "512,1024,10240", "--invocations", "3", "--json"
    )
    rows = {c["memory_mb"]: c for c in json.loads(finished.stdout)["candidates"]}
    if rows[10_240]["basis"] == "measured":
        pytest.skip("this machine has six cores or more")
    assert "extrapolated" == rows[10_240]["basis"]
    assert "never recommended" in rows[10_240]["rejected"]


@pytest.mark.sandbox
def test_a_prediction_answers_from_a_few_calls_and_says_so(tuner, tmp_path):
    (tmp_path / "app.py").write_text(
        "def handler(event, context):\n    return sum(n * n for n in range(3_000_000))\n"
    )
    finished = tuner("run", "local:.:app.handler", "--predict", "--no-report", "--json")
    assert finished.returncode == 0
    document = json.loads(finished.stdout)
    assert "predicted" == document["recommendation"]["basis"]
    assert "predict" == document["search"]["method"]
    assert 3 == document["spent"]["invocations"]
    durations = {c["memory_mb"]: c["duration_ms"]["mean"] for c in document["candidates"]}
    assert durations[128] / durations[1024] == pytest.approx(8, rel=0.25)


def test_a_model_cannot_be_predicted(tuner):
    one_clear_message(tuner("run", "model:mixed", "--predict", "--no-report"), 2)
