"""What runs before and after each call: a Python function, a command, or another Lambda function.

A hook prepares what the event names, or sends another event; afterwards it clears up what the call has left.
Events are the user's data: no message quotes one, nor what a hook says of it.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from tuner.errors import MeasurementError, UsageError
from tuner.measure.json_text import parse_json
from tuner.measure.payloads import PAYLOAD_MAX_BYTES

COMMAND_TIMEOUT_S = 60

_COMMAND = "command:"
_ARN = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w-]+(:[\w$-]+)?")
_FORMS = "write FILE.py:function, command:LINE or the ARN of a function"


@dataclass(frozen=True, slots=True)
class HookCall:
    """The call that a hook stands beside: its number in the run, from 0, and afterwards its outcome."""

    memory_mb: int
    index: int
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook that is there. `ask` runs it; its answer is JSON as bytes, a value to write as JSON, or None."""

    name: str
    ask: Callable[[bytes, HookCall], object] = field(repr=False)

    def before(self, payload: bytes, call: HookCall) -> bytes:
        """The event to send: the hook's answer, or `payload` where it has none.

        Raises:
            MeasurementError: the hook failed, or its answer is no event.
        """
        answer = self._answer(payload, call)
        return payload if answer is None else self._event(answer)

    def after(self, payload: bytes, call: HookCall) -> None:
        """Run the hook once the call has ended, whatever it answers. Raises MeasurementError if it failed."""
        self._answer(payload, call)

    def _answer(self, payload: bytes, call: HookCall) -> object:
        try:
            return self.ask(payload, call)
        except MeasurementError as error:
            raise MeasurementError(f"the hook '{self.name}' failed: {error.message}", error.hint) from None

    def _event(self, answer: object) -> bytes:
        try:
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            parse_json(content.decode())
        except (TypeError, ValueError, RecursionError):
            raise MeasurementError(
                f"the hook '{self.name}' answered with something that is not JSON",
                "answer with the event to send, or with nothing; write messages to the standard error stream",
            ) from None
        if len(content) > PAYLOAD_MAX_BYTES:
            raise MeasurementError(
                f"the hook '{self.name}' answered with {len(content):,} bytes; "
                "a synchronous event has at most 6 MB"
            )
        return content


def load_hook(text: str, *, root: Path, invoke: Callable[[str, bytes], bytes]) -> Hook:
    """The hook that a text names; relative files start at `root`, where commands run too.

    `FILE.py:function` is called with the event and the `HookCall`. `command:LINE` reads the event from its
    standard input and has TUNER_MEMORY_MB, TUNER_INDEX and TUNER_OUTCOME (empty before the call) in its
    environment, and 60 s. A function's ARN is invoked with the event by `invoke(arn, payload)`, which returns
    its answer.

    Raises:
        UsageError: the hook is not there, or cannot be called.
    """
    if text.startswith(_COMMAND):
        return Hook(text, partial(_run_command, _command(text, root), root))
    if text.startswith("arn:"):
        if not _ARN.fullmatch(text):
            raise UsageError(f"the hook '{text}' is not the ARN of a Lambda function", _FORMS)
        return Hook(text, partial(_invoke_function, invoke, text))
    file, _, name = text.rpartition(":")
    if not file.endswith(".py") or not name:
        raise UsageError(f"'{text}' names no hook", _FORMS)
    path = (root / Path(file).expanduser()).resolve()
    return Hook(text, partial(_call_python, _python_function(path, name), path))


def _python_function(path: Path, name: str) -> Callable[[Any, HookCall], object]:
    function: object = getattr(_module(path), name, None)
    if not callable(function) or not _takes_two(function):
        raise UsageError(
            f"{path} has no function '{name}' that takes an event and a call",
            f"define it as `def {name}(event, call): ...`",
        )
    return function


def _takes_two(function: Callable[..., object]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return not inspect.iscoroutinefunction(function)  # nobody would wait for it


def _module(path: Path) -> ModuleType:
    """The file as a module: the same one for two hooks of one file, a new one once the file has changed."""
    try:
        name = f"tuner_hook:{path}:{path.stat().st_mtime_ns}"
    except OSError as error:
        raise UsageError(f"cannot read the hook's file '{path}': {error.strerror}") from error
    if name not in sys.modules:
        module = ModuleType(name)
        module.__file__ = str(path)
        sys.modules[name] = module
        try:
            with contextlib.redirect_stdout(sys.stderr):
                SourceFileLoader(name, str(path)).exec_module(module)
        except (Exception, SystemExit) as error:
            del sys.modules[name]
            raise UsageError(
                f"cannot load the hook's file '{path}': {_place(error, path)}: {error}"
            ) from error
    return sys.modules[name]


def _call_python(
    function: Callable[[Any, HookCall], object], path: Path, payload: bytes, call: HookCall
) -> object:
    try:
        # Standard output is the result of a run, and nothing else.
        with contextlib.redirect_stdout(sys.stderr):
            return function(json.loads(payload), call)
    except (Exception, SystemExit) as error:
        # What an exception says often quotes the event (a key, a value): its type and place say enough.
        raise MeasurementError(_place(error, path)) from None


def _place(error: BaseException, path: Path) -> str:
    lines = [
        frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
    ]
    kind = type(error).__name__
    return f"{kind} in line {lines[-1]} of {path.name}" if lines else kind


def _command(text: str, root: Path) -> list[str]:
    try:
        arguments = shlex.split(text.removeprefix(_COMMAND))
    except ValueError as error:
        raise UsageError(f"the hook '{text}' cannot be read: {error}", "close every quotation") from None
    if not arguments:
        raise UsageError(f"the hook '{text}' names no command", _FORMS)
    program, *rest = arguments
    # A program with a folder is found from `root`, where it runs, and not from here.
    found = shutil.which(str(root.resolve() / program) if os.sep in program else program)
    if found is None:
        raise UsageError(f"the hook '{text}': there is no program '{program}' that can be run")
    return [found, *rest]


def _run_command(command: list[str], root: Path, payload: bytes, call: HookCall) -> bytes | None:
    about = {
        "TUNER_MEMORY_MB": str(call.memory_mb),
        "TUNER_INDEX": str(call.index),
        "TUNER_OUTCOME": call.outcome or "",
    }
    try:
        status, answer = _communicate(command, root, os.environ | about, payload)
    except subprocess.TimeoutExpired:
        raise MeasurementError(f"it took longer than {COMMAND_TIMEOUT_S} s and was stopped") from None
    except OSError as error:
        raise MeasurementError(f"it cannot be run: {error.strerror}") from error
    if status != 0:
        reason = f"it ended with status {status}" if status > 0 else f"it was ended by signal {-status}"
        raise MeasurementError(reason)
    return answer if answer.strip() else None


def _communicate(
    command: list[str], folder: Path, environment: Mapping[str, str], payload: bytes
) -> tuple[int, bytes]:
    """The exit status and the standard output of a command; whatever ends the wait ends what it started."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            answer, _ = process.communicate(payload, timeout=COMMAND_TIMEOUT_S)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, answer


def _invoke_function(
    invoke: Callable[[str, bytes], bytes], arn: str, payload: bytes, _call: HookCall
) -> bytes | None:
    """The function's answer if it is an event: an object with something in it, not its usual null or text."""
    answer = invoke(arn, payload)
    try:
        value = parse_json(answer.decode())
    except ValueError:
        return None
    return answer if value and isinstance(value, dict) else None
