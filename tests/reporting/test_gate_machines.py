"""What a gate tells machines: JUnit, annotations, code quality, the JSON document, whether to comment."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from dataclasses import replace
from importlib.resources import files

import gate_cases
import jsonschema
import pytest
from gate_cases import CASES, HOSTILE

from tuner.gate import Answer
from tuner.reporting.gate import (
    gate_document,
    github_annotations,
    gitlab_code_quality,
    render_junit,
    worth_a_comment,
)

SCHEMA = json.loads((files("tuner") / "schemas" / "gate.schema.json").read_text())


@pytest.mark.parametrize("case", CASES)
def test_documents_match_the_published_schema(case):
    document = gate_document(CASES[case]())
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(json.dumps(document, allow_nan=False)), SCHEMA)


def test_the_schema_names_every_key():
    def unnamed(value, schema):
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
        schema = next((unwrapped for unwrapped in schema.get("oneOf", [])), schema)
        if "$ref" in schema:
            return unnamed(value, schema)
        if isinstance(value, list):
            return [key for item in value for key in unnamed(item, schema["items"])]
        if not isinstance(value, dict) or "properties" not in schema:
            return []
        return [key for key in value if key not in schema["properties"]] + [
            key
            for name, item in value.items()
            if name in schema["properties"]
            for key in unnamed(item, schema["properties"][name])
        ]

    for case in CASES.values():
        assert [] == unnamed(gate_document(case()), SCHEMA["$defs"]["result"])


def test_a_document_that_lacks_its_verdict_is_refused():
    document = gate_document(gate_cases.passed())
    del document["verdict"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def test_an_open_bound_is_null():
    change = gate_document(gate_cases.live())["evidence"]["findings"][1]["change"]
    assert {"estimate": 0.02, "low": -1.0, "high": None} == change


@pytest.mark.parametrize(
    ("case", "verdict"),
    [
        ("passed", "pass"),
        ("acknowledged", "regression"),
        ("no_baseline", "no_baseline"),
        ("different_region", "not_comparable"),
        ("broken_base", "not_comparable"),
    ],
)
def test_the_verdict_has_a_stable_name(case, verdict):
    assert verdict == gate_document(CASES[case]())["verdict"]


@pytest.mark.parametrize(
    ("case", "failures", "errors", "skipped", "tests"),
    [
        ("regression", 2, 0, 0, 6),
        ("regression_of_a_budget", 1, 0, 0, 3),
        ("improvement", 0, 0, 0, 6),
        ("passed", 0, 0, 0, 6),
        ("passed_with_a_warning", 0, 0, 0, 6),
        ("inconclusive", 0, 0, 2, 6),
        ("not_confirmed", 0, 0, 2, 6),
        ("no_baseline", 0, 0, 1, 1),
        ("different_region", 0, 0, 1, 1),
        ("broken_contender", 0, 1, 5, 6),
        ("empty", 0, 0, 6, 6),
        ("acknowledged", 0, 0, 2, 6),
        ("out_of_memory", 1, 0, 5, 6),
        ("saved_runs", 2, 0, 0, 6),
    ],
)
def test_junit_has_a_case_for_each_rule(case, failures, errors, skipped, tests):
    suite = ET.fromstring(render_junit(CASES[case]())).find("testsuite")
    said = {name: int(suite.get(name)) for name in ("failures", "errors", "skipped", "tests")}
    assert {"failures": failures, "errors": errors, "skipped": skipped, "tests": tests} == said
    assert tests == len(suite.findall("testcase"))
    assert failures == len(suite.findall("testcase/failure"))


def test_junit_says_why_and_by_how_much():
    suite = ET.fromstring(render_junit(gate_cases.regression())).find("testsuite")
    cost = next(case for case in suite if case.get("name") == "cost +10 %")
    assert "cost +14 % (between" in cost.find("failure").get("message")
    assert "baseline: $4.10" in cost.find("system-out").text


@pytest.mark.parametrize("name", [HOSTILE, "]]>", "\x00\x0b\ufffe\ud800", "&amp;", "\"'", ""])
def test_junit_is_well_formed_for_any_name(name):
    result = replace(gate_cases.hostile(), function=name)
    text = render_junit(result)
    assert "testsuites" == ET.fromstring(text.encode("utf-8")).tag
    assert "<script" not in text


def test_annotations_of_a_regression_name_each_rule():
    assert (
        "::error title=tuner gate%3A my-func::cost +14 %25 (between +12 %25 and +16 %25), "
        "surely above the 10 %25 allowed",
        "::error title=tuner gate%3A my-func::p50 +14 %25 (between +12 %25 and +15 %25), "
        "surely above the 10 %25 allowed",
    ) == github_annotations(gate_cases.regression())


@pytest.mark.parametrize(
    ("case", "levels"),
    [
        ("passed", []),
        ("passed_with_a_warning", ["warning"]),
        ("improvement", ["notice"]),
        ("inconclusive", ["warning"]),
        ("no_baseline", ["warning"]),
        ("broken_base", ["error"]),
        ("out_of_memory", ["error"]),
        ("acknowledged", ["warning", "warning"]),
    ],
)
def test_annotations_are_as_loud_as_the_verdict(case, levels):
    lines = github_annotations(CASES[case]())
    assert levels == [line[2:].split(" ", 1)[0] for line in lines]


def test_no_name_starts_a_workflow_command_of_its_own():
    result = replace(gate_cases.regression(), function="a,b:c%\r\n::set-env name=X::y")
    for line in github_annotations(result):
        assert len(line.splitlines()) == 1
        assert line.startswith("::error title=tuner gate%3A a%2Cb%3Ac%25 %3A%3Aset-env name=X%3A%3Ay::")


def test_gitlab_has_an_entry_for_each_concern():
    first, second = json.loads(gitlab_code_quality(gate_cases.regression()))
    assert "major" == first["severity"]
    assert {"path": "tuner.toml", "lines": {"begin": 1}} == first["location"]
    assert first["description"].startswith("my-func: cost +14 %")
    assert first["fingerprint"] != second["fingerprint"]


def test_gitlab_knows_a_concern_again_when_its_numbers_have_changed():
    runs = [gate_cases.regression(), gate_cases.saved_runs()]
    found = [{entry["fingerprint"] for entry in json.loads(gitlab_code_quality(run))} for run in runs]
    assert found[0] == found[1]


def test_gitlab_has_nothing_to_say_of_a_plain_pass():
    assert [] == json.loads(gitlab_code_quality(gate_cases.passed()))


@pytest.mark.parametrize("case", sorted(set(CASES) - {"passed", "hostile"}))
def test_everything_but_a_plain_pass_is_worth_a_comment(case):
    assert worth_a_comment(CASES[case](), min_change=math.inf)


@pytest.mark.parametrize(
    ("change", "width", "min_change", "worth"),
    [
        (0.03, 0.02, 0.02, True),
        (-0.03, 0.02, 0.02, True),
        (0.03, 0.04, 0.02, False),  # perhaps no change at all
        (0.03, 0.02, 0.05, False),  # sure, but small
        (0.0, 0.001, 0.02, False),
    ],
)
def test_a_pass_is_worth_a_comment_when_something_surely_moved(change, width, min_change, worth):
    found = gate_cases.verdict(Answer.PASS, (gate_cases.growth(gate_cases.COST, 4.1, change, width),))
    assert worth is worth_a_comment(gate_cases.result(found), min_change=min_change)
