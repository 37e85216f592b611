"""Hooks before and after a call: what they are given, what they may change, how they fail."""

import io
import json
import shlex
import sys
import time
from contextlib import redirect_stderr, redirect_stdout

import pytest

from tuner.errors import MeasurementError, UsageError
from tuner.measure import hooks
from tuner.measure.hooks import HookCall, load_hook
from tuner.measure.payloads import PAYLOAD_MAX_BYTES
from tuner.platforms.local.processes import alive

SECRET = "hunter2"
EVENT = b'{"password": "hunter2"}'
CALL = HookCall(memory_mb=512, index=3)
ENDED = HookCall(memory_mb=512, index=3, outcome="ok")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:prepare"


def no_invoke(arn, payload):
    raise AssertionError(f"{arn} is not invoked")


@pytest.fixture
def load(tmp_path):
    """A hook whose files are in the folder of the test; `python` is the source of hook.py."""

    def load(text, python=None, invoke=no_invoke):
        if python is not None:
            (tmp_path / "hook.py").write_text(python)
        return load_hook(text, root=tmp_path, invoke=invoke)

    return load


def command(source):
    return f"command:{shlex.quote(sys.executable)} -c {shlex.quote(source)}"


def failure(hook, moment="before"):
    with pytest.raises(MeasurementError) as failed:
        getattr(hook, moment)(EVENT, CALL)
    assert failed.value.message.startswith(f"the hook '{hook.name}' ")
    assert SECRET not in f"{failed.value.message} {failed.value.hint}"
    return failed.value.message.removeprefix(f"the hook '{hook.name}' ")


# A Python function


def test_a_function_may_send_another_event(load):
    hook = load("hook.py:prepare", "def prepare(event, call): return event | {'at': call.memory_mb}")
    assert {"password": "hunter2", "at": 512} == json.loads(hook.before(EVENT, CALL))


def test_without_an_answer_the_event_stays_as_it_was_written(load):
    hook = load("hook.py:prepare", "def prepare(event, call): event['password'] = 1")
    assert EVENT == hook.before(EVENT, CALL)


@pytest.mark.parametrize("answer", ["0", "{}", "[]", "''", "False"])
def test_any_answer_but_none_is_an_event(load, answer):
    hook = load("hook.py:prepare", f"def prepare(event, call): return {answer}")
    assert json.dumps(eval(answer)).encode() == hook.before(EVENT, CALL)


def test_a_function_knows_the_call_and_afterwards_its_outcome(load, tmp_path):
    source = f"def note(event, call): open({str(tmp_path / 'out')!r}, 'a').write(repr(call))"
    hook = load("hook.py:note", source)
    hook.before(EVENT, CALL)
    hook.after(EVENT, ENDED)
    assert repr(CALL) + repr(ENDED) == (tmp_path / "out").read_text()


def test_two_hooks_of_one_file_share_what_it_remembers(load):
    source = "seen = []\ndef first(event, call): seen.append(7)\ndef second(event, call): return seen"
    first, second = load("hook.py:first", source), load("hook.py:second")
    first.before(EVENT, CALL)
    assert b"[7]" == second.before(EVENT, CALL)


def test_a_file_that_has_changed_is_loaded_anew(load, tmp_path):
    assert b"1" == load("hook.py:f", "def f(event, call): return 1").before(EVENT, CALL)
    load_again = load("hook.py:f", "def f(event, call): return 2222")
    assert b"2222" == load_again.before(EVENT, CALL)


def test_a_file_may_use_dataclasses(load):
    source = (
        "from __future__ import annotations\nfrom dataclasses import asdict, dataclass\n"
        "@dataclass\nclass Order:\n    n: int\ndef f(event, call): return asdict(Order(call.index))"
    )
    assert b'{"n": 3}' == load("hook.py:f", source).before(EVENT, CALL)


def test_what_a_function_prints_is_not_on_standard_output(load):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        load("hook.py:f", "print('loaded')\ndef f(event, call): print('called')").before(EVENT, CALL)
    assert ("", "loaded\ncalled\n") == (out.getvalue(), err.getvalue())


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("raise ValueError(event)", "failed: ValueError in line 2 of hook.py"),
        ("event[event['password']]", "failed: KeyError in line 2 of hook.py"),
        ("raise SystemExit(event['password'])", "failed: SystemExit in line 2 of hook.py"),
        ("__import__('json').loads('{' + event['password'])", "failed: JSONDecodeError in line 2 of hook.py"),
    ],
)
def test_an_exception_is_told_by_its_kind_and_place(load, statement, reason, moment):
    hook = load("hook.py:f", f"def f(event, call):\n    {statement}\n")
    assert reason == failure(hook, moment)


def test_an_interruption_is_no_failure_of_the_hook(load):
    hook = load("hook.py:f", "def f(event, call): raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        hook.before(EVENT, CALL)


@pytest.mark.parametrize("answer", ["{event['password']}", "float('nan')", "object()", "b'{hunter2'"])
def test_an_answer_that_is_no_json_fails_before_and_means_nothing_after(load, answer):
    hook = load("hook.py:f", f"def f(event, call): return {answer}")
    assert "answered with something that is not JSON" == failure(hook)
    hook.after(EVENT, CALL)


def test_an_answer_of_more_than_six_megabytes_is_no_event(load):
    hook = load("hook.py:f", f"def f(event, call): return 'x' * {PAYLOAD_MAX_BYTES}")
    assert failure(hook).endswith("at most 6 MB")


@pytest.mark.parametrize(
    ("text", "python", "message"),
    [
        ("missing.py:f", None, "cannot read .*missing.py.*No such file"),
        ("hook.py:f", "g = 1", "no function 'f' that takes an event and a call"),
        ("hook.py:f", "f = 1", "no function 'f' that takes an event and a call"),
        ("hook.py:f", "def f(event): ...", "no function 'f' that takes an event and a call"),
        ("hook.py:f", "async def f(event, call): ...", "no function 'f' that takes an event and a call"),
        ("hook.py:f", "\nimport not_there", "cannot load .*ModuleNotFoundError in line 2 of hook.py"),
        ("hook.py:f", "def f(", "cannot load .*SyntaxError"),
        ("hook.py:f", "raise SystemExit(0)", "cannot load .*SystemExit in line 1"),
        ("hook.py:", None, "names no hook"),
        ("hook.py", None, "names no hook"),
        ("hook.txt:f", None, "names no hook"),
        ("", None, "names no hook"),
        ("command:", None, "names no command"),
        ("command:not-there-at-all x", None, "no program 'not-there-at-all'"),
        ("command:./hook.py", "x", "no program './hook.py' that can be run"),
        ("command:echo 'x", None, "cannot be read"),
        ("arn:aws:s3:::bucket", None, "not the ARN of a Lambda function"),
        (ARN.replace("1234", ""), None, "not the ARN of a Lambda function"),
    ],
)
def test_a_hook_that_cannot_be_called_is_refused_when_it_is_loaded(load, text, python, message):
    with pytest.raises(UsageError, match=message):
        load(text, python)


def test_a_file_that_could_not_be_loaded_is_tried_again(load):
    with pytest.raises(UsageError, match="cannot load"):
        load("hook.py:f", "1 / 0\ndef f(event, call): ...")
    with pytest.raises(UsageError, match="cannot load"):
        load("hook.py:f")


# A command


def test_a_command_reads_the_event_and_may_print_another(load):
    hook = load(command("import json, sys; print(json.dumps([json.load(sys.stdin)]))"))
    assert [json.loads(EVENT)] == json.loads(hook.before(EVENT, CALL))


@pytest.mark.parametrize("line", ["true", "cat /dev/null", "echo"])
def test_a_command_that_prints_nothing_leaves_the_event(load, line):
    large = b'"' + b"x" * 1_000_000 + b'"'
    assert large == load(f"command:{line}").before(large, CALL)


def test_a_command_knows_the_call_and_afterwards_its_outcome(load, tmp_path):
    hook = load("command:sh -c 'echo $TUNER_MEMORY_MB,$TUNER_INDEX,$TUNER_OUTCOME. >> out'")
    hook.after(EVENT, CALL)
    hook.after(EVENT, ENDED)
    assert "512,3,.\n512,3,ok.\n" == (tmp_path / "out").read_text()


def test_a_command_is_split_as_in_a_shell_and_run_without_one(load):
    hook = load("command:printf '[\"%s\"]' 'a  b' '$HOME;x'")
    assert b'["a  b"]["$HOME;x"]' == hook.ask(EVENT, CALL)


def test_a_program_in_the_folder_of_the_settings_is_found_there(load, tmp_path):
    script = tmp_path / "bin" / "prepare"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho 7\n")
    script.chmod(0o755)
    assert b"7\n" == load("command:bin/prepare").before(EVENT, CALL)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import sys; sys.exit(3)", "failed: it ended with status 3"),
        ("import os; os.kill(os.getpid(), 9)", "failed: it was ended by signal 9"),
        ("import sys; print(sys.stdin.read()); sys.exit(1)", "failed: it ended with status 1"),
        ("import sys; print('{' + sys.stdin.read())", "answered with something that is not JSON"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "answered with something that is not JSON"),
    ],
)
def test_a_command_that_fails_is_told_without_what_it_printed(load, source, reason):
    assert reason == failure(load(command(source)))


def test_what_a_command_prints_after_a_call_means_nothing(load):
    load("command:echo done").after(EVENT, ENDED)


def test_a_file_that_is_no_program_fails(load, tmp_path):
    program = tmp_path / "program"
    program.write_bytes(b"\x7fELF, not really")
    program.chmod(0o755)
    assert "failed: it cannot be run: Exec format error" == failure(load("command:./program"))


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(load, tmp_path, monkeypatch):
    monkeypatch.setattr(hooks, "COMMAND_TIMEOUT_S", 0.5)
    hook = load("command:sh -c 'sleep 50 & echo $! > pid; wait'")
    started = time.monotonic()
    assert "failed: it took longer than 0.5 s and was stopped" == failure(hook)
    child = int((tmp_path / "pid").read_text())
    while alive(child):
        assert time.monotonic() - started < 10
        time.sleep(0.02)


# A function on AWS


@pytest.mark.parametrize(
    ("answer", "sent"),
    [
        (b'{"id": 1.50}', b'{"id": 1.50}'),
        (b"null", EVENT),
        (b"{}", EVENT),
        (b"[1]", EVENT),
        (b'"done"', EVENT),
        (b"", EVENT),
        (b"\xff", EVENT),
    ],
)
def test_a_function_answers_with_an_object_that_is_not_empty(load, answer, sent):
    asked = []

    def invoke(arn, payload):
        asked.append((arn, payload))
        return answer

    assert sent == load(ARN + ":live", invoke=invoke).before(EVENT, CALL)
    assert [(ARN + ":live", EVENT)] == asked


@pytest.mark.parametrize("arn", [ARN, ARN + ":$LATEST", ARN.replace("arn:aws:", "arn:aws-cn:")])
def test_arns(load, arn):
    assert arn == load(arn).name


def test_a_function_that_fails_is_named(load):
    def invoke(arn, payload):
        raise MeasurementError("no permission", "ask for lambda:InvokeFunction")

    hook = load(ARN, invoke=invoke)
    assert "failed: no permission" == failure(hook, "after")
    with pytest.raises(MeasurementError) as failed:
        hook.before(EVENT, CALL)
    assert "ask for lambda:InvokeFunction" == failed.value.hint
