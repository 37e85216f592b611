"""The frame of the command line: help, unknown commands, bugs, signals."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tuner.cli import main
from tuner.errors import RunInterruptedError, TunerError


def test_help_lists_every_command(tuner):
    finished = tuner("--help")
    assert 0 == finished.returncode
    for name in main.COMMANDS:
        assert f"\n  {name}" in finished.stdout


def test_an_unknown_command_names_the_nearest(tuner):
    finished = tuner("rnu")
    assert 2 == finished.returncode
    assert "run" in finished.stderr


def test_a_bug_is_exit_code_70_and_asks_for_a_report(capsys):
    explained = main._explain(ZeroDivisionError("x"))
    assert isinstance(explained, TunerError)
    assert 70 == explained.exit_code
    assert "report it" in explained.hint
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_an_interrupt_is_exit_code_130():
    assert isinstance(main._explain(KeyboardInterrupt()), RunInterruptedError)


@pytest.mark.sandbox
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_130_and_leaves_no_process(tmp_path, number):
    marker = f"marker_{os.getpid()}_{number}"
    (tmp_path / f"{marker}.py").write_text("import time\ndef handler(e, c):\n    time.sleep(0.5)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "tuner", "run", f"local:.:{marker}.handler", "--no-report"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert 130 == process.returncode, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _alive(marker):
        time.sleep(0.1)
    assert [] == _alive(marker)


def _alive(marker):
    found = subprocess.run(["pgrep", "-af", marker], capture_output=True, text=True, check=False).stdout
    return [line for line in found.splitlines() if "pgrep" not in line]
