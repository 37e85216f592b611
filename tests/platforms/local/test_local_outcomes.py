"""Every way a call can end, through real handlers under both mechanisms."""

from __future__ import annotations

import json

import pytest
from sandbox_cases import Open

from tuner.errors import MeasurementError, UsageError
from tuner.platforms.base import InvocationRequest
from tuner.platforms.local import LocalPlatform
from tuner.records import Invocation, Outcome

pytestmark = pytest.mark.sandbox


def call(
    platform: LocalPlatform,
    memory_mb: int = 256,
    event: object = None,
    *,
    timeout_s: int = 5,
    fresh: bool = False,
) -> Invocation:
    payload = json.dumps(event).encode()
    return platform.invoke(InvocationRequest(memory_mb, timeout_s, payload, fresh))


def test_first_call_is_cold_and_the_next_is_warm(open_app: Open, mechanism: str) -> None:
    with open_app("def handler(event, context): return event", mechanism=mechanism) as platform:
        first, second = call(platform), call(platform)
    assert (first.outcome, second.outcome) == (Outcome.OK, Outcome.OK)
    assert first.cold and not second.cold
    assert first.environment == second.environment
    assert first.init_duration_ms is not None and first.init_duration_ms > 1
    assert first.billed_duration_ms is not None and first.duration_ms is not None
    assert first.billed_duration_ms >= first.duration_ms + first.init_duration_ms
    assert second.duration_ms is not None and second.billed_duration_ms is not None
    assert 0 <= second.billed_duration_ms - second.duration_ms < 1
    assert second.cpu_time_ms is not None and second.max_memory_used_mb is not None
    assert 5 < second.max_memory_used_mb < 100


def test_fresh_request_starts_a_new_environment(open_app: Open) -> None:
    with open_app("def handler(event, context): return event") as platform:
        first, second = call(platform), call(platform, fresh=True)
    assert second.cold
    assert first.environment != second.environment


def test_sizes_take_turns_in_environments_of_their_own(open_app: Open, mechanism: str) -> None:
    source = """
        count = 0
        def handler(event, context):
            global count
            count += 1
            assert int(context.memory_limit_in_mb) == event["size"], "another size's environment"
            assert count == event["count"], count
    """
    with open_app(source, mechanism=mechanism) as platform:
        calls = [
            call(platform, size, {"size": size, "count": count})
            for count in (1, 2, 3)
            for size in (128, 512, 1024, 256)
        ]
    assert [each.outcome for each in calls] == [Outcome.OK] * 12
    assert len({each.environment for each in calls}) == 4


def test_exception_is_a_function_error_and_the_environment_lives_on(open_app: Open) -> None:
    with open_app("def handler(event, context): raise ValueError('too odd')") as platform:
        first, second = call(platform), call(platform)
    assert (first.outcome, first.error_type, first.error_message) == (
        Outcome.FUNCTION_ERROR,
        "ValueError",
        "too odd",
    )
    assert not second.cold


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(60)"])
def test_call_over_its_timeout_is_ended(open_app: Open, mechanism: str, body: str) -> None:
    source = f"def handler(event, context):\n    if event: return 1\n    {body}"
    with open_app(source, mechanism=mechanism) as platform:
        late = call(platform, 128, timeout_s=1)
        again = call(platform, 128, 1, timeout_s=1)
    assert (late.outcome, late.duration_ms) == (Outcome.TIMEOUT, 1000.0)
    assert (again.outcome, again.cold) == (Outcome.OK, True)
    assert late.environment != again.environment


def test_more_memory_than_the_size_has_is_out_of_memory(open_app: Open, mechanism: str) -> None:
    source = """
        def handler(event, context):
            block = bytearray(event * 1024 * 1024)
            for i in range(0, len(block), 4096): block[i] = 1
    """
    with open_app(source, mechanism=mechanism) as platform:
        small, large = call(platform, 128, 300), call(platform, 1024, 300)
        after = call(platform, 128, 1)
    assert (small.outcome, small.error_type) == (Outcome.OUT_OF_MEMORY, "Runtime.OutOfMemory")
    assert small.max_memory_used_mb == 128
    assert large.outcome is Outcome.OK
    assert large.max_memory_used_mb is not None and 300 <= large.max_memory_used_mb <= 345
    assert (after.outcome, after.cold) == (Outcome.OK, True)


def test_memory_of_child_processes_counts(open_app: Open, mechanism: str) -> None:
    source = """
        import subprocess, sys
        def handler(event, context):
            code = "b = bytearray(150 << 20); b[::4096] = b[::4096]; print(1, flush=True); input()"
            pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            children = [subprocess.Popen([sys.executable, "-c", code], **pipes) for _ in range(3)]
            assert all(child.stdout.readline() for child in children), "a child was killed"
            assert all(child.communicate(b"\\n") and child.returncode == 0 for child in children)
    """
    with open_app(source, mechanism=mechanism) as platform:
        small, large = call(platform, 400), call(platform, 1769)
    assert small.outcome is not Outcome.OK
    assert large.outcome is Outcome.OK


def test_python_memory_error_is_an_ordinary_function_error(open_app: Open) -> None:
    with open_app("def handler(event, context): raise MemoryError") as platform:
        got = call(platform)
    assert (got.outcome, got.error_type) == (Outcome.FUNCTION_ERROR, "MemoryError")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "Runtime exited with error: signal: segmentation fault"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "Runtime exited with error: signal: killed"),
    ],
)
def test_end_of_the_runtime_is_an_exit_error(open_app: Open, body: str, message: str) -> None:
    source = f"import os, signal\ndef handler(event, context):\n    if event: return 1\n    {body}"
    with open_app(source) as platform:
        ended, again = call(platform), call(platform, event=1)
    assert (ended.outcome, ended.error_type) == (Outcome.FUNCTION_ERROR, "Runtime.ExitError")
    assert ended.error_message == message
    assert ended.duration_ms is not None
    assert (again.outcome, again.cold) == (Outcome.OK, True)


def test_end_of_the_runtime_after_its_response_leaves_a_good_call(open_app: Open) -> None:
    source = """
        import os, threading, time
        def handler(event, context):
            threading.Thread(target=lambda: (time.sleep(0.05), os._exit(1))).start()
            return 1
    """
    with open_app(source) as platform:
        first = call(platform)
        second = call(platform)
    assert first.outcome is Outcome.OK
    assert second.outcome in (Outcome.OK, Outcome.FUNCTION_ERROR)


def test_response_above_six_megabytes_is_a_function_error(open_app: Open) -> None:
    with open_app("def handler(event, context): return 'x' * event") as platform:
        large, small = call(platform, event=6_300_000), call(platform, event=6_200_000)
    assert large.error_type == "Function.ResponseSizeTooLarge"
    assert small.outcome is Outcome.OK


def test_large_event_arrives_whole(open_app: Open, mechanism: str) -> None:
    with open_app(
        "def handler(event, context): assert len(event) == 5_000_000", mechanism=mechanism
    ) as platform:
        assert call(platform, 128, "x" * 5_000_000, timeout_s=20).outcome is Outcome.OK


def test_chatty_handler_is_no_trouble(open_app: Open) -> None:
    source = "def handler(event, context):\n    for _ in range(20): print('x' * 1_000_000)"
    with open_app(source) as platform:
        assert [call(platform, 1769, timeout_s=20).outcome for _ in range(3)] == [Outcome.OK] * 3


def test_error_in_a_later_init_is_data(open_app: Open) -> None:
    source = """
        import os
        if os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128": raise RuntimeError("too small for me")
        def handler(event, context): pass
    """
    with open_app(source) as platform:
        assert call(platform, 256).outcome is Outcome.OK
        failed = call(platform, 128)
    assert (failed.outcome, failed.error_type) == (Outcome.FUNCTION_ERROR, "RuntimeError")


def test_init_that_needs_more_memory_than_the_first_size_is_data(open_app: Open, mechanism: str) -> None:
    source = """
        block = b"x" * (250 << 20)
        def handler(event, context): pass
    """
    with open_app(source, mechanism=mechanism) as platform:
        small, large = call(platform, 128), call(platform, 512)
    assert (small.outcome, small.duration_ms) == (Outcome.OUT_OF_MEMORY, None)
    assert large.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def other(event, context): pass", ["Runtime.HandlerNotFound", "handler"]),
        ("import no_such_module_here", ["Runtime.ImportModuleError", "no_such_module_here"]),
        ("raise KeyError('TABLE_NAME')", ["KeyError", "TABLE_NAME", "app.py"]),
        ("def broken(:", ["Runtime.UserCodeSyntaxError", "app.py"]),
        (
            "print('last words', flush=True); import os; os._exit(7)",
            ["Runtime.ExitError", "exit status 7", "last words"],
        ),
    ],
)
def test_function_that_can_never_run_is_an_error_that_says_why(
    open_app: Open, source: str, words: list[str]
) -> None:
    with open_app(source) as platform, pytest.raises(MeasurementError) as caught:
        call(platform)
    assert [word for word in words if word not in caught.value.message] == []
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_init_longer_than_ten_seconds_says_so(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuner.platforms.local.environment.INIT_LIMIT_S", 1)
    with open_app("import time; time.sleep(30)") as platform, pytest.raises(MeasurementError) as caught:
        call(platform)
    assert "init took longer than 1 s" in caught.value.message


def test_size_beyond_this_machine_is_refused(open_app: Open) -> None:
    with open_app("def handler(event, context): pass") as platform:
        above = platform.describe().measurable_mb[1] + 1
        with pytest.raises(UsageError):
            call(platform, above)
        with pytest.raises(UsageError):
            call(platform, 127)
