import json

import pytest
from interchange_cases import FIXTURES

import tuner
from tuner.errors import UsageError
from tuner.interchange.power_tuning_output import power_tuning_document
from tuner.interchange.power_tuning_url import decode
from tuner.interchange.reading import read_results

SIZES = (128, 256, 512, 1024, 1536, 3008)


def fixture(name):
    return json.loads((FIXTURES / name).read_text())


@pytest.mark.parametrize("name", ["output.json", "output-stats.json", "execution.json"])
def test_an_output_is_read_with_and_without_stats_and_out_of_an_execution(name):
    found = read_results(name, FIXTURES)
    assert SIZES == found.measurements.memory_sizes_mb
    assert set(SIZES) == set(found.stated_usd)
    assert pytest.approx(427.2) == found.measurements.at(512)[0].duration_ms
    assert ["W-MEANS"] == [warning.code for warning in found.measurements.warnings]


def test_the_stats_alone_are_an_output(read):
    stats = fixture("output-stats.json")["results"]["stats"]
    assert SIZES == read(json.dumps(stats)).measurements.memory_sizes_mb


def test_an_output_without_results_wrapped_around_it_is_one_too(read):
    assert SIZES == read(json.dumps(fixture("output.json")["results"])).measurements.memory_sizes_mb


def test_an_output_that_names_only_the_best_size_has_one(read):
    assert (128,) == read(
        '{"power": "128", "cost": 2.083e-07, "duration": 2.906}'
    ).measurements.memory_sizes_mb


def test_numbers_in_quotes_are_numbers(read):
    stats = [{"value": "512", "averagePrice": "0.0000035", "averageDuration": "427.2"}]
    assert 427.2 == read(json.dumps({"stats": stats})).measurements.at(512)[0].duration_ms


def test_an_execution_knows_the_function_and_its_region_and_keeps_the_event_to_itself():
    found = read_results("execution.json", FIXTURES)
    assert "orders" == found.measurements.function
    assert "eu-west-1" == found.measurements.conditions["region"]
    assert "hunter2" not in repr(found)


def test_an_output_round_trips(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = tuner.tune(f"replay:{FIXTURES / 'output-stats.json'}")
    written = power_tuning_document(result)
    given = fixture("output-stats.json")
    assert given.keys() == written.keys()
    assert given["results"].keys() == written["results"].keys()
    assert given["results"]["stateMachine"].keys() == written["results"]["stateMachine"].keys()
    for before, after in zip(given["results"]["stats"], written["results"]["stats"], strict=True):
        assert pytest.approx(before, rel=1e-5) == after
    chosen = next(s for s in given["results"]["stats"] if s["value"] == int(written["results"]["power"]))
    assert pytest.approx(chosen["averagePrice"], rel=1e-5) == written["results"]["cost"]
    assert chosen["averageDuration"] == written["results"]["duration"]
    before, after = (
        [mean.duration_ms for mean in decode(d["results"]["stateMachine"]["visualization"])]
        for d in (given, written)
    )
    assert before == after


def test_a_document_is_read_back_to_the_same_document(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    first = power_tuning_document(tuner.tune("model:mixed", seed=3))
    (tmp_path / "again.json").write_text(json.dumps(first))
    again = power_tuning_document(tuner.tune("replay:again.json"))
    assert [s["value"] for s in first["results"]["stats"]] == [s["value"] for s in again["results"]["stats"]]
    durations = [s["averageDuration"] for s in first["results"]["stats"]]
    assert pytest.approx(durations) == [s["averageDuration"] for s in again["results"]["stats"]]


def test_costs_in_a_document_are_those_of_the_duration_alone(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    result = tuner.tune("model:cpu-bound")
    chosen = result.recommendation.candidate
    cost = power_tuning_document(result)["results"]["cost"]
    assert pytest.approx(chosen.cost_usd_per_million.mean / 1e6 - 2e-7) == cost


def test_a_failed_execution_says_why_without_its_event():
    with pytest.raises(UsageError) as caught:
        read_results("execution-failed.json", FIXTURES)
    assert "Error: Invocation error (running in series): KeyError" in caught.value.message
    assert "hunter2" not in caught.value.message + (caught.value.hint or "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"errorMessage": "Missing num or num below 5", "errorType": "Error", "trace": []}', "num below 5"),
        ('{"Error": "States.Timeout", "Cause": null}', "States.Timeout"),
        (r'{"errorMessage": "\u001b[31mred"}', r"read:  \[31mred"),
        ('{"executionArn": "a", "status": "RUNNING"}', "the execution is RUNNING"),
        ('{"executionArn": "a", "status": "SUCCEEDED", "output": "{}"}', "ended without results"),
        ('{"executionArn": "a", "status": "SUCCEEDED", "output": "null"}', "ended without results"),
        ('{"executionArn": "a", "output": "{"}', "the output of the execution is not JSON"),
        ('{"results": []}', "ended without results"),
        ('{"stats": 5, "power": 1}', "stats is not a list"),
        ('{"stats": []}', "stats holds no memory size"),
        ('{"stats": [{"value": 128}]}', "'None' is not a duration"),
        ('{"stats": [{"value": true, "averageDuration": 1}]}', "'True' is not a memory size"),
        ('{"power": 128, "duration": 1e308}', "is not a duration"),
        ('{"stateMachine": {"visualization": "https://x"}}', "three parts"),
    ],
)
def test_an_output_that_holds_nothing_is_refused_with_the_reason(read, text, said):
    with pytest.raises(UsageError, match=said):
        read(text)
