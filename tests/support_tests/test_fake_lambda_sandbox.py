"""A function behind the fake that really runs."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from fake_lambda_cases import Open, log_of, report_of

pytestmark = pytest.mark.sandbox


@pytest.fixture(autouse=True)
def private_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_real_function_is_invoked_cold_and_warm(open_fake: Open, tmp_path: Path) -> None:
    source = """
        import time
        calls = 0

        def handler(event, context):
            global calls
            calls += 1
            if event.get("fail"):
                raise ValueError("asked to fail")
            time.sleep(event.get("sleep", 0.02))
    """
    (tmp_path / "app.py").write_text(textwrap.dedent(source))
    aws = open_fake()
    aws.add_function("my-func", sandbox=("app.py:handler", tmp_path), memory_mb=1024, timeout_s=1)
    reports = []
    for payload in (b"{}", b"{}", b'{"fail": true}', b'{"sleep": 5}', b"{}"):
        # A client of its own each: its connection ends, and the thread that served it.
        client = aws.client("lambda")
        answer = client.invoke(FunctionName="my-func", LogType="Tail", Payload=payload)
        reports.append(report_of(log_of(answer)))
        client.close()
    cold, warm, failed, timed_out, again = reports
    assert "Init Duration" in cold
    assert "Init Duration" not in warm
    assert 20 <= float(warm["Duration"].removesuffix(" ms")) < 200
    assert ("error", "ValueError") == (failed["Status"], failed["Error Type"])
    assert "timeout" == timed_out["Status"]
    assert "Init Duration" in again
    assert [1024] * 5 == [each.memory_mb for each in aws.invocations]


def test_more_memory_than_this_machine_has_cores_for_is_reported_as_asked(
    open_fake: Open, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    aws = open_fake()
    aws.add_function("my-func", sandbox=("app.py:handler", tmp_path), memory_mb=10240)
    answer = aws.client("lambda").invoke(FunctionName="my-func", LogType="Tail")
    assert "FunctionError" not in answer
    assert "10240 MB" == report_of(log_of(answer))["Memory Size"]
