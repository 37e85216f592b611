"""Run files: what is saved is read back; what is truncated or hostile is refused in one sentence."""

import json

import jsonschema
import pytest

import tuner
from tuner.document import to_document
from tuner.errors import RunFileError, UsageError
from tuner.runfile import load_run, parse_run, save_run


@pytest.fixture(scope="module")
def result():
    return tuner.tune("model:memory-hungry", seed=5, invocations=6)


@pytest.fixture(scope="module")
def text(result):
    return json.dumps(to_document(result, invocations=True))


def test_what_is_saved_is_read_back(result, tmp_path):
    path = tmp_path / "deep" / "run.json"
    save_run(result, path)
    saved = load_run(path)
    assert result.measurements == saved.measurements
    assert dict(result.options) == dict(saved.options)


def test_a_replay_reproduces_the_answer_bit_for_bit(result, tmp_path, monkeypatch):
    save_run(result, tmp_path / "run.json")
    monkeypatch.chdir(tmp_path)
    replayed = tuner.tune("replay:run.json").to_dict()
    original = result.to_dict()
    for document in (replayed, original):
        del document["created_at"], document["command"]
    assert json.dumps(original) == json.dumps(replayed)


def test_a_replay_takes_other_strategies_prices_and_constraints(result, tmp_path, monkeypatch):
    save_run(result, tmp_path / "run.json")
    monkeypatch.chdir(tmp_path)
    speed = tuner.tune("replay:run.json", strategy="speed", region="ap-east-1", architecture="arm64")
    assert "speed" == speed.recommendation.strategy
    assert "ap-east-1" == speed.conditions["region"]
    assert speed.candidates[-1].cost_usd_per_million != result.candidates[-1].cost_usd_per_million
    limited = tuner.tune("replay:run.json", min_memory=1024)
    assert limited.recommendation.candidate.memory_mb >= 1024
    assert result.spent.invocations == limited.spent.invocations


def test_documents_match_the_published_schema(result, text):
    from importlib.resources import files

    schema = json.loads((files("tuner") / "schemas" / "run.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(result.to_dict(), schema)
    jsonschema.validate(json.loads(text), schema)


def test_a_payload_never_reaches_a_run_file(tmp_path):
    secret = tuner.tune("model:mixed", payload={"password": "hunter2"}, invocations=3)
    save_run(secret, tmp_path / "run.json")
    assert "hunter2" not in (tmp_path / "run.json").read_text()
    assert "hunter2" not in secret.command
    assert 64 == len(secret.conditions["payload_sha256"])


def test_every_truncation_is_refused(text):
    for length in range(0, len(text) - 1, max(1, len(text) // 60)):
        with pytest.raises(RunFileError):
            parse_run(text[:length])


def _set(document, path, value):
    *parents, last = path
    for key in parents:
        document = document[key]
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["schema_version"], 2, "newer"),
        (["schema_version"], 0, "not known"),
        (["schema_version"], "1", "no schema_version"),
        (["schema_version"], True, "no schema_version"),
        (["invocations"], [], "0 invocations"),
        (["invocations"], {}, "not a list"),
        (["invocations", 0], 3, "not an object"),
        (["invocations", 0, "memory_mb"], 64, "not a memory size"),
        (["invocations", 0, "memory_mb"], 1e308, "not a number"),
        (["invocations", 0, "memory_mb"], True, "not a number"),
        (["invocations", 0, "duration_ms"], -1, "not a number"),
        (["invocations", 0, "duration_ms"], "1", "not a number"),
        (["invocations", 0, "outcome"], "fine", "not a valid"),
        (["invocations", 0, "__class__"], "x", "unknown key"),
        (["invocations", 0, "excluded"], "because", "not a valid"),
        (["function"], 3, "not a text"),
        (["function"], "x" * 100_000, "not a text"),
        (["measured"], None, "measured"),
        (["measured", "timeout_s"], 0, "timeout_s"),
        (["measured", "conditions"], {"a": [1]}, "plain value"),
        (["measured", "warnings"], [3], "measured.warnings"),
        (["measured", "search"], {"method": "guess", "range_mb": [128, 256], "stopped_by": "grid"}, "guess"),
        (["measured", "search"], {"method": "grid", "range_mb": [512, 256], "stopped_by": "grid"}, "down to"),
        (["measured", "search"], {"method": "grid", "range_mb": [128], "stopped_by": "grid"}, "search"),
        (["measured", "search"], {"method": "grid", "range_mb": [128, 256], "stopped_by": "x"}, "search"),
        (["measured", "prediction"], {"memory_mb": [128], "duration_ms": [], "calls": 3}, "prediction"),
        (["measured", "prediction"], {"memory_mb": [128], "duration_ms": [0], "calls": 3}, "prediction"),
        (["measured", "prediction"], {"memory_mb": [9, 8], "duration_ms": [1, 1], "calls": 3}, "ascending"),
        (["current"], {"memory_mb": 64, "timeout_s": 3}, "not a memory size"),
        (["options"], {"stratgy": "cost"}, "unknown option"),
    ],
)
def test_a_hostile_value_is_refused_with_its_place(text, path, value, message):
    document = json.loads(text)
    _set(document, path, value)
    with pytest.raises(RunFileError, match=message):
        parse_run(json.dumps(document))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"schema_version": NaN}', "", "null", "[]", "3"])
def test_a_document_that_is_no_run_is_refused(text):
    with pytest.raises(RunFileError):
        parse_run(text)


def test_a_file_that_is_not_text_or_not_there_is_refused(tmp_path):
    (tmp_path / "run.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunFileError, match="UTF-8"):
        load_run(tmp_path / "run.json")
    with pytest.raises(UsageError, match="cannot read"):
        load_run(tmp_path / "missing.json")
    with pytest.raises(UsageError, match="cannot read"):
        load_run(tmp_path)
