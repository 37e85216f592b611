import json

import pytest
from interchange_cases import FIXTURES, arn

from tuner.errors import UsageError
from tuner.interchange.power_tuning_input import ALL_SIZES_MB, read_input
from tuner.measure.payloads import read_payloads
from tuner.plans import SearchMethod
from tuner.settings import load_settings

ONE = {"lambdaARN": arn("orders"), "num": 10}


@pytest.fixture
def read(tmp_path):
    """Read an input with some keys, beside some flags of the command line."""

    def from_keys(keys, **flags):
        path = tmp_path / "input.json"
        path.write_text(keys if isinstance(keys, str) else json.dumps(ONE | keys))
        return read_input(path, flags)

    return from_keys


def events_of(found, tmp_path):
    return read_payloads(
        payload=found.options.get("payload"),
        lines=None,
        weighted=found.options.get("payload_weighted"),
        once=False,
        root=tmp_path,
        fetch=lambda _: b"",
    )


def test_the_documented_input_is_a_grid():
    found = read_input(FIXTURES / "input.json", {})
    assert "aws:your-lambda-function-arn" == found.target
    options = {"memory_sizes": (128, 256, 512, 1024), "invocations": 50, "payload": "{}", "strategy": "cost"}
    assert options == found.options
    assert "calls of one size follow each other" in found.understood["parallelInvocation"]
    assert not found.dry_run


def test_every_key_is_understood_as_an_option(tmp_path):
    found = read_input(FIXTURES / "input-weighted.json", {})
    assert f"aws:{arn('orders')}" == found.target
    assert ALL_SIZES_MB == found.options["memory_sizes"]
    assert 46 == len(ALL_SIZES_MB)
    assert ("balanced", 0.25) == (found.options["strategy"], found.options["balanced_weight"])
    assert arn("prepare") == found.options["before"]
    assert "command:sleep 0.2" == found.options["after"]
    assert ("OutOfStock", "NotFound") == found.options["expect_error"]
    written = json.loads((FIXTURES / "input-weighted.json").read_text())
    assert written.keys() == found.understood.keys()


def test_weighted_events_are_sent_as_they_are_there(tmp_path):
    events = events_of(read_input(FIXTURES / "input-weighted.json", {}), tmp_path)
    assert ('{"id": 1.50}', '{"id": 12345678901234567890}', '"plain"') == events.texts
    assert (5, 15, 30) == events.weights


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ('{"a": 1.10}', '{"a": 1.10}'),
        ('"hello"', '"hello"'),
        ('"{\\"a\\": 1}"', '{"a": 1}'),
        ('"@file"', '"@file"'),
        ("[1, 2]", "[1, 2]"),
        ("[]", "[]"),
    ],
)
def test_an_event_is_sent_as_it_is_there(read, tmp_path, payload, event):
    found = read(f'{{"lambdaARN": "orders", "num": 5, "payload": {payload}}}')
    assert (event,) == events_of(found, tmp_path).texts


def test_an_event_shows_neither_in_words_nor_in_a_representation(read):
    found = read({"payload": {"secret": "hunter2"}})
    assert "hunter2" not in repr(found)


def test_without_sizes_the_usual_ones_of_that_tool_are_measured(read):
    assert (128, 256, 512, 1024, 1536, 3008) == read({}).options["memory_sizes"]
    assert (128, 256, 512, 1024, 1536, 3008) == read({"powerValues": []}).options["memory_sizes"]
    assert "powerValues" in read({}).understood


def test_a_key_that_is_null_is_not_there(read):
    assert "payload" not in read({"payload": None, "autoOptimize": None}).options


def test_an_s3_object_is_the_event(read):
    found = read({"payloadS3": "s3://bucket/key.json"})
    assert "s3://bucket/key.json" == found.options["payload"]
    assert "--payload-weighted" in found.understood["payloadS3"]


def test_a_dry_run_is_one(read):
    assert read({"dryRun": True}).dry_run
    assert not read({"dryRun": False}).dry_run


def test_options_of_the_command_line_win(read):
    found = read({"powerValues": [128], "strategy": "speed"}, memory_sizes="512", strategy="cost")
    assert {"invocations": 10} == found.options
    assert "not used: the command line says otherwise" == found.understood["powerValues"]


def test_events_of_the_command_line_take_the_place_of_all_in_the_file(read):
    assert "payload" not in read({"payload": {"a": 1}}, payload_lines="events.jsonl").options


def test_a_search_of_the_command_line_takes_the_place_of_the_grid(read, tmp_path):
    found = read({"powerValues": [128]}, search="adaptive")
    assert {} == found.options
    settings = load_settings(str(found.target), {**found.options, "search": "adaptive"}, {}, tmp_path)
    assert SearchMethod.ADAPTIVE is settings.options.method


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"autoOptimize": True}, "autoOptimize: a run sets everything back"),
        ({"postProcessorARN": arn("clean")}, f"--after {arn('clean')}"),
        ({"discardTopBottom": 0.2}, "discardTopBottom: slow calls are on the bill"),
        ({"onlyColdStarts": True}, "--cold-starts N"),
    ],
)
def test_what_a_run_does_not_do_is_refused_with_a_sentence(read, keys, said):
    with pytest.raises(UsageError) as caught:
        read(keys)
    assert said in caught.value.message


def test_everything_that_is_refused_is_named_at_once(read):
    with pytest.raises(UsageError) as caught:
        read({"autoOptimize": True, "discardTopBottom": 0.1})
    assert "autoOptimize: " in caught.value.message
    assert "discardTopBottom: " in caught.value.message


def test_what_is_refused_can_be_replaced_on_the_command_line(read):
    found = read(
        {"postProcessorARN": arn("clean"), "onlyColdStarts": True}, after="command:true", cold_starts=5
    )
    assert "not used: the command line says otherwise" == found.understood["postProcessorARN"]


@pytest.mark.parametrize(
    ("keys", "said", "hint"),
    [
        ({"balanceWeight": 0.5}, "unknown key 'balanceWeight'", "did you mean balancedWeight?"),
        ({"powervalues": [128]}, "unknown key 'powervalues'", "did you mean powerValues?"),
        ({"powerValues": "all"}, 'powerValues: write a list of memory sizes, or "ALL"', None),
        ({"powerValues": [64]}, "powerValues: 64 MB is not a memory size", None),
        ({"powerValues": [128, "fast"]}, "powerValues: 'fast' is not a memory size", None),
        ({"powerValues": {"a": 1}}, "powerValues: write a list", None),
        ({"num": 0}, "num: 0 is not a whole number", None),
        ({"num": 2.5}, "num: 2.5 is not a whole number", None),
        ({"num": "many"}, "num: 'many' is not a number", None),
        ({"strategy": "sped"}, "strategy: unknown value 'sped'; did you mean speed?", None),
        ({"balancedWeight": 7}, "balancedWeight: 7 is not a weight", None),
        ({"balancedWeight": True}, "balancedWeight: True is not a number", None),
        ({"parallelInvocation": "false"}, "parallelInvocation: write true or false", None),
        ({"discardTopBottom": 0.9}, "discardTopBottom: write a number from 0 to 0.4", None),
        ({"sleepBetweenRunsMs": -1}, "sleepBetweenRunsMs: write a number from 0 to 60000", None),
        ({"payload": [{"payload": 1, "weight": 1}, {"payload": 2}]}, "give each of them both", None),
        ({"payload": {}, "payloadS3": "s3://a/b"}, "has a payload and a payloadS3", None),
        ({"payloadS3": "bucket/key"}, "payloadS3: write s3://BUCKET/KEY", None),
        ({"lambdaARN": 5}, "lambdaARN: 5 is no name", None),
        ({"lambdaARN": " "}, "lambdaARN: ' ' is no name", None),
        ({"preProcessorARN": ""}, "preProcessorARN: '' is no name", None),
        ({"allowedExceptions": 5}, "allowedExceptions: 5 is no list of names", None),
        ({"allowedExceptions": []}, "allowedExceptions: give at least one name", None),
        ("[]", "it is not a JSON object", None),
        ("{", "no execution input", None),
        ('{"num": NaN}', "a number that JSON does not have", None),
        ('{"payload": ' + "[" * 100_000, "nested too deeply", None),
    ],
)
def test_an_input_that_cannot_be_meant_is_refused_with_the_place(read, keys, said, hint):
    with pytest.raises(UsageError) as caught:
        read(keys)
    assert said in caught.value.message
    assert hint is None or hint == caught.value.hint


def test_an_input_that_is_too_large_is_not_read(read, monkeypatch):
    monkeypatch.setattr("tuner.interchange.power_tuning_input.MAX_BYTES", 5)
    with pytest.raises(UsageError, match="is larger than"):
        read({})


def test_a_missing_input_is_named(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_input(tmp_path / "nowhere.json", {})
