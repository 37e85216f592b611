import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interchange_cases import DOCUMENTED_ADDRESS, EXPORT_HEADER, FIXTURES, export_row

import tuner
from tuner.errors import RunFileError, UsageError
from tuner.interchange.reading import KNOWN, read_results
from tuner.runfile import SavedRun, save_run

TABLE = "memory_mb,duration_ms\n128,200\n512,50\n"
_KEYS = (
    "results",
    "power",
    "cost",
    "duration",
    "stats",
    "value",
    "averageDuration",
    "stateMachine",
    "visualization",
)
_EXECUTION = ("executionArn", "output", "input", "lambdaARN", "error", "cause", "Error", "errorMessage")
_OPTIMIZER = (
    "lambdaFunctionRecommendations",
    "functionArn",
    "currentMemorySize",
    "utilizationMetrics",
    "name",
)
_WORDS = (*_KEYS, *_EXECUTION, *_OPTIMIZER, "memorySizeRecommendationOptions", "schema_version")


@pytest.mark.parametrize("file", ["run.json", "run.csv", "run"])
@pytest.mark.parametrize(
    "text",
    [
        (FIXTURES / "output.json").read_text(),
        DOCUMENTED_ADDRESS,
        TABLE,
        f"{EXPORT_HEADER}\n{export_row('orders')}\n",
    ],
    ids=["output", "address", "table", "export"],
)
def test_a_form_is_known_by_its_content_and_not_by_its_name(read, file, text):
    assert 2 <= len(read(text, file=file).measurements.invocations)


def test_an_address_needs_no_file(tmp_path):
    found = read_results(DOCUMENTED_ADDRESS, tmp_path)
    assert (128, 256, 512, 1024, 1536, 3008) == found.measurements.memory_sizes_mb
    assert f"replay:{DOCUMENTED_ADDRESS}" == found.measurements.target


def test_a_saved_run_is_still_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_run(tuner.tune("model:cpu-bound"), tmp_path / "saved")
    assert isinstance(read_results("saved", tmp_path), SavedRun)


def test_a_file_may_have_a_hash_in_its_name(read):
    assert 2 == len(read(TABLE, file="run#2.csv").measurements.invocations)


def test_a_name_is_refused_where_there_is_a_single_function(read):
    with pytest.raises(UsageError, match="holds a single function") as caught:
        read(TABLE, name="orders")
    assert "leave out #orders" == caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        (" \n\ufeff\n", "no known form"),
        ("hello\n", "no known form"),
        ("{}", "no known form"),
        ("[]", "no known form"),
        ("[1, 2]", "no known form"),
        ('{"hello": 1}', "no known form"),
        ("<html></html>", "no known form"),
        ("\x00\x01\x02", "no known form"),
    ],
)
def test_content_of_no_known_form_is_told_the_known_ones(read, text, said):
    with pytest.raises(UsageError, match=said) as caught:
        read(text)
    assert all(form in caught.value.hint for form in KNOWN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"results": {"power"', "not valid JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"results": {"power": NaN}}', "NaN"),
    ],
)
def test_json_that_is_none_is_refused_as_a_run_file_is(read, text, said):
    with pytest.raises(RunFileError, match=said):
        read(text)


def test_json_on_one_long_line_is_no_table(read):
    text = (FIXTURES / "output.json").read_text().replace("\n", " ").replace("{", "{" + " " * 200_000, 1)
    assert 6 == len(read(text).measurements.invocations)


@pytest.mark.parametrize("text", ["x" * 200_000, '"' + "x\n" * 100])
def test_text_that_is_no_table_is_of_no_known_form(read, text):
    with pytest.raises(UsageError, match="no known form"):
        read(text)


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_in_a_file_is_read_or_refused(read, content):
    with contextlib.suppress(UsageError):
        read(content)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(_WORDS), _JSON, min_size=1, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_a_document_says_it_is_read_or_refused(read, document):
    with contextlib.suppress(UsageError):
        read(json.dumps(document))


def test_text_in_another_encoding_is_told_what_to_do(read):
    with pytest.raises(UsageError, match="not UTF-8 text") as caught:
        read(TABLE.encode("utf-16"))
    assert "UTF-8" in caught.value.hint


def test_a_file_that_is_too_large_is_not_read(read, monkeypatch):
    monkeypatch.setattr("tuner.interchange.reading.MAX_BYTES", 10)
    with pytest.raises(UsageError, match="is larger than"):
        read(TABLE)


def test_a_file_without_an_end_is_not_read_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("tuner.interchange.reading.MAX_BYTES", 1000)
    with pytest.raises(UsageError, match="is larger than"):
        read_results("/dev/zero", tmp_path)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path):
    with pytest.raises(UsageError, match="Is a directory"):
        read_results(".", tmp_path)
    with pytest.raises(UsageError, match="No such file"):
        read_results("nowhere.csv#orders", tmp_path)
