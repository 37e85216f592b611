"""What a function sees of its environment, and what the platform says of the function."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from sandbox_cases import Open, Write

from tuner.errors import MeasurementError
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import LocalPlatform, open_local
from tuner.records import FunctionSettings, Outcome

pytestmark = pytest.mark.sandbox

# A handler cannot hand data back through the platform, so it writes what it sees to a file it is told.
REPORT = """
    import json, os, signal, sys
    def handler(event, context):
        seen = {
            "env": dict(os.environ),
            "cwd": os.getcwd(),
            "left": context.get_remaining_time_in_millis(),
            "memory": context.memory_limit_in_mb,
            "name": context.function_name,
            "version": context.function_version,
            "request": context.aws_request_id,
            "arn": context.invoked_function_arn,
            "group": context.log_group_name,
            "stream": context.log_stream_name,
            "cpus": len(os.sched_getaffinity(0)),
            "session": os.getsid(0) == os.getpid(),
            "fds": sorted(os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")[:3]),
            "sigint": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
        }
        with open(event, "w") as file: json.dump(seen, file)
"""


def seen_by(
    platform: LocalPlatform, place: Path, memory_mb: int = 512, timeout_s: int = 7
) -> dict[str, object]:
    file = place / "seen.json"
    got = platform.invoke(InvocationRequest(memory_mb, timeout_s, json.dumps(str(file)).encode()))
    assert got.outcome is Outcome.OK, got
    loaded: dict[str, object] = json.loads(file.read_text())
    return loaded


def test_function_sees_the_variables_and_context_of_lambda(open_app: Open, tmp_path: Path) -> None:
    with open_app(REPORT, environment={"TABLE": "orders", "AWS_REGION": "eu-west-1"}) as platform:
        seen = seen_by(platform, tmp_path)
        again = seen_by(platform, tmp_path)
    env = seen["env"]
    assert isinstance(env, dict)
    code = str(tmp_path / "code")
    expected = {
        "_HANDLER": "app.handler",
        "LAMBDA_TASK_ROOT": code,
        "AWS_LAMBDA_FUNCTION_NAME": "code",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/code",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "TZ": ":UTC",
        "TABLE": "orders",
    }
    assert expected == {name: env.get(name) for name in expected}
    assert {"AWS_LAMBDA_RUNTIME_API", "LAMBDA_RUNTIME_DIR", "LANG", "PATH", "TMPDIR"} <= env.keys()
    assert env["AWS_EXECUTION_ENV"].startswith("AWS_Lambda_python3.")
    assert env["AWS_LAMBDA_LOG_STREAM_NAME"].count("/") == 3
    assert (seen["memory"], seen["name"], seen["version"], seen["cwd"]) == ("512", "code", "$LATEST", code)
    assert str(seen["arn"]).startswith("arn:aws:lambda:eu-west-1:")
    assert 6000 < int(str(seen["left"])) <= 7000
    assert seen["request"] != again["request"]
    assert seen["session"] is True
    assert seen["cpus"] == min(2, len(os.sched_getaffinity(0)))


def test_secrets_of_the_caller_do_not_reach_the_function(
    open_app: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-leak")
    monkeypatch.setenv("GITHUB_TOKEN", "do-not-leak")
    with open_app(REPORT) as platform:
        seen = json.dumps(seen_by(platform, tmp_path))
    assert "do-not-leak" not in seen


def test_temporary_folder_is_private_and_removed(open_app: Open, tmp_path: Path) -> None:
    with open_app(REPORT) as platform:
        env = seen_by(platform, tmp_path)["env"]
        assert isinstance(env, dict)
        folder = Path(env["TMPDIR"])
        assert folder.is_dir()
        assert folder.parent.stat().st_mode & 0o077 == 0
    assert not folder.parent.exists()


def test_nothing_is_written_into_the_code_folder(open_app: Open, tmp_path: Path) -> None:
    with open_app(REPORT) as platform:
        seen_by(platform, tmp_path)
    assert [path.name for path in (tmp_path / "code").iterdir()] == ["app.py"]


def test_environment_is_frozen_between_calls(open_app: Open, mechanism: str, tmp_path: Path) -> None:
    source = """
        import threading, time
        def beat(path):
            while True:
                with open(path, "a") as file: file.write("x")
                time.sleep(0.01)
        def handler(event, context):
            if event: threading.Thread(target=beat, args=[event], daemon=True).start()
            time.sleep(0.15)
    """
    beats = tmp_path / "beats"
    with open_app(source, mechanism=mechanism) as platform:
        platform.invoke(InvocationRequest(512, 5, json.dumps(str(beats)).encode()))
        during = len(beats.read_text())
        time.sleep(0.3)
        parked = len(beats.read_text())
        platform.invoke(InvocationRequest(512, 5, b"null"))
        after = len(beats.read_text())
    assert during >= 3
    assert parked <= during + 1
    assert after >= parked + 3


def test_description_says_what_two_runs_must_share(open_app: Open, mechanism: str) -> None:
    settings = FunctionSettings(memory_mb=512, timeout_s=3)
    with open_app("def handler(event, context): pass", mechanism=mechanism, settings=settings) as platform:
        got = platform.describe()
    assert (got.platform, got.relative, got.current, got.warm_ups) == ("local", True, settings, 2)
    assert got.measurable_mb == (128, min(10_240, 1769 * len(os.sched_getaffinity(0))))
    assert got.conditions["mechanism"] == mechanism
    assert got.conditions["period_ms"] == 20.0
    assert str(got.conditions["runtime"]).startswith("python 3.")
    assert {
        "handler",
        "runtime_client",
        "code_sha256",
        "cpu_model",
        "cores",
        "kernel",
    } <= got.conditions.keys()
    codes = [warning.code for warning in got.warnings]
    assert "W-RELATIVE" in codes
    assert ("W-DUTY-CYCLE" in codes) == (mechanism == "duty-cycle")


def test_digest_changes_with_the_code_only(write: Write) -> None:
    def digest() -> object:
        with open_local(f"{folder}:app.handler", root=Path("/")) as platform:
            return platform.describe().conditions["code_sha256"]

    folder = write("def handler(event, context): return 1")
    first = digest()
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").write_text("x")
    assert first == digest()
    write("def handler(event, context): return 2")
    assert first != digest()


def test_interpreter_without_the_client_says_how_to_install_it(write: Write, tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    python = str(tmp_path / "bare" / "bin" / "python")
    folder = write("def handler(event, context): pass")
    platform = open_local(f"{folder}:app.handler", root=Path("/"), python=python)
    with platform, pytest.raises(MeasurementError) as caught:
        platform.invoke(InvocationRequest(128, 3, b"{}"))
    assert caught.value.hint == f"run: {python} -m pip install awslambdaric"
