"""Executables that speak the Runtime API themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from sandbox_cases import Write

from tuner.errors import MeasurementError
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import open_command, open_local
from tuner.records import Outcome

pytestmark = pytest.mark.sandbox

BOOTSTRAP = f"""\
#!{sys.executable}
import json, os, urllib.request
base = f"http://{{os.environ['AWS_LAMBDA_RUNTIME_API']}}/2018-06-01/runtime"
assert os.environ["_HANDLER"] and os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()
while True:
    with urllib.request.urlopen(f"{{base}}/invocation/next") as event:
        name, body = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    kind, answer = "response", body
    if body == "fail":
        kind, answer = "error", {{"errorType": "Custom.Failed", "errorMessage": "as told"}}
    urllib.request.urlopen(f"{{base}}/invocation/{{name}}/{{kind}}", json.dumps(answer).encode()).read()
"""


@pytest.fixture
def bootstrap(write: Write) -> Path:
    path = write("", "bootstrap") / "bootstrap"
    path.write_text(BOOTSTRAP)
    path.chmod(0o755)
    return path


def test_bootstrap_is_invoked(bootstrap: Path, mechanism: str) -> None:
    with open_command("bootstrap", root=bootstrap.parent, mechanism=mechanism) as platform:
        described = platform.describe()
        good = platform.invoke(InvocationRequest(256, 3, b'{"a": 1}'))
        bad = platform.invoke(InvocationRequest(256, 3, b'"fail"'))
    assert (described.platform, described.function, described.warm_ups) == ("command", "bootstrap", 2)
    assert (good.outcome, good.cold) == (Outcome.OK, True)
    assert (bad.outcome, bad.error_type, bad.error_message) == (
        Outcome.FUNCTION_ERROR,
        "Custom.Failed",
        "as told",
    )


def test_provided_function_of_a_template_runs_its_bootstrap(bootstrap: Path) -> None:
    (bootstrap.parent / "template.yaml").write_text(
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: ., Runtime: provided.al2023, Handler: x}\n"
    )
    with open_local("template.yaml:F", root=bootstrap.parent) as platform:
        assert platform.invoke(InvocationRequest(128, 3, b"1")).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("#!/bin/sh\necho no config >&2; exit 9", ["exit status 9", "no config"]),
        ("#!/no/such/interpreter\n", ["cannot start"]),
        ("not a program\n", ["cannot start"]),
    ],
)
def test_command_that_never_asks_for_an_event_says_why(
    bootstrap: Path, script: str, words: list[str]
) -> None:
    bootstrap.write_text(script)
    with open_command(str(bootstrap), root=Path("/")) as platform, pytest.raises(MeasurementError) as caught:
        platform.invoke(InvocationRequest(1024, 3, b"1"))
    assert [word for word in words if word not in caught.value.message] == []
