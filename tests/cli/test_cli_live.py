"""The live view and the plot, as somebody at a terminal has them: through a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess

import forked
import pyte
import pytest

RUN = ("run", "model:cpu-bound", "--seed", "1", "--no-report", "--regret", "2%")
QUICK = ("run", "model:cpu-bound", "--memory-sizes", "512,1024", "--search", "grid", "--no-report")
ROWS = 24
COLOUR = re.compile(rb"\x1b\[[0-9;]*[1-9]m")
_TOO_LONG_S = 60


@dataclass
class Session:
    """What a terminal saw: every screen it showed, and every byte it was sent."""

    columns: int
    screens: list[list[str]] = field(default_factory=list)
    sent: bytes = b""
    piped: str = ""
    exit_code: int | None = None
    cursor_hidden: bool = False

    @property
    def last(self) -> str:
        return "\n".join(self.screens[-1])

    def ever(self, words: str) -> bool:
        """Whether the words were on a screen at any time, on one line or over two."""
        return any(words in " ".join("\n".join(screen).split()) for screen in self.screens)


@pytest.fixture
def at_a_terminal(tmp_path) -> Callable[..., Session]:
    """Run `tuner ARGUMENTS` at a terminal; `stdout` may go elsewhere; `interrupt_at` words are Ctrl-C."""

    def run(
        *arguments: str,
        columns: int = 80,
        piped: bool = False,
        interrupt_at: str | None = None,
        **environment: str,
    ) -> Session:
        clean = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "COLUMNS", "LINES")}
        master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        terminal, pipe = os.ttyname(slave), tmp_path / "piped"
        process = forked.start_command_line(
            arguments,
            cwd=tmp_path,
            environment=clean | {"TERM": "xterm-256color"} | environment,
            streams=[terminal, pipe if piped else terminal, terminal],
        )
        try:
            session = _watch(process, master, columns, interrupt_at)
            session.piped = pipe.read_text(encoding="utf-8") if piped else ""
            process.join()
            session.exit_code = process.exitcode
        finally:
            process.kill()  # where it hangs
            os.close(slave)
            os.close(master)
        return session

    return run


def _watch(process: BaseProcess, master: int, columns: int, interrupt_at: str | None) -> Session:
    session, screen = Session(columns), pyte.Screen(columns, ROWS)
    stream = pyte.ByteStream(screen)
    while master in select.select([master, process.sentinel], [], [], _TOO_LONG_S)[0]:
        read = os.read(master, 65_536)
        session.sent += read
        stream.feed(read)
        session.screens.append([line.rstrip() for line in screen.display])
        if interrupt_at and interrupt_at in session.last:
            os.kill(process.pid, signal.SIGINT)
            interrupt_at = None
    session.cursor_hidden = screen.cursor.hidden
    return session


@pytest.fixture
def slow(tmp_path):
    """The options that make a run on a model slow enough to be watched."""
    (tmp_path / "hook.py").write_text("import time\ndef wait(event, call): time.sleep(0.03)\n")
    return "--before", "hook.py:wait"


def test_a_run_shows_its_sizes_its_bounds_and_the_regret_and_leaves_the_result_only(at_a_terminal, slow):
    session = at_a_terminal(*RUN, *slow, piped=True)
    assert session.ever("best so far")
    assert session.ever("$ per")
    assert session.ever("of at most 40 invocations")
    assert session.ever("Expected regret: ")
    assert session.ever("enough is 2.0 % and 4.0 %")
    assert session.ever("not measured yet, and it may beat")
    assert "Expected regret" not in session.last
    assert "at most 40 invocations; timeout" in " ".join(session.last.split())
    assert "should run at" in session.piped
    assert "\x1b" not in session.piped
    assert not session.cursor_hidden
    assert COLOUR.search(session.sent)


def test_a_narrow_terminal_without_colour_gets_what_matters_most(at_a_terminal, slow):
    session = at_a_terminal(*RUN, *slow, columns=40, piped=True, NO_COLOR="1")
    assert session.ever("best so far")
    assert session.ever("Expected regret: ")
    assert not session.ever("95 % interval")
    assert not COLOUR.search(session.sent)
    assert "Expected regret" not in session.last
    assert not session.cursor_hidden


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_a_dumb_terminal_and_a_build_server_get_no_view(at_a_terminal, environment):
    session = at_a_terminal(*QUICK, piped=True, **environment)
    assert not session.ever("Spent: ")
    assert b"\x1b[?25l" not in session.sent


def test_a_pipe_gets_no_view_and_no_plot(tuner):
    finished = tuner(*QUICK)
    assert "\x1b" not in finished.stderr + finished.stdout
    assert "Spent: " not in finished.stderr
    assert "log scale" not in finished.stdout


def test_ctrl_c_takes_the_view_away_and_brings_the_cursor_back(at_a_terminal, tmp_path):
    # A hook is the only slow part of a run on a model.
    (tmp_path / "hook.py").write_text("import time\ndef wait(event, call): time.sleep(0.1)\n")
    session = at_a_terminal(*RUN, "--before", "hook.py:wait", interrupt_at="best so far")
    assert 130 == session.exit_code
    assert "error: interrupted" in session.last
    assert "best so far" not in session.last
    assert "Spent" not in session.last
    assert not session.cursor_hidden


def test_a_run_that_fails_leaves_its_error_only(at_a_terminal, tmp_path):
    (tmp_path / "hook.py").write_text("def fail(event, call):\n    if call.index == 5: raise ValueError\n")
    session = at_a_terminal(*RUN, "--before", "hook.py:fail")
    assert 3 == session.exit_code
    assert "error: " in session.last
    assert "Spent" not in session.last
    assert not session.cursor_hidden


def test_a_grid_shows_what_it_has(at_a_terminal, slow):
    session = at_a_terminal(
        *("run", "model:memory-hungry", "--search", "grid", "--invocations", "6", "--seed", "1"),
        *("--no-report", *slow),
        piped=True,
    )
    assert session.ever("Next: 6 memory sizes in turn")
    assert session.ever("1 out of memory")
    assert not session.ever("Expected regret")


def test_a_gate_shows_its_rules_between_their_lines(at_a_terminal, tmp_path):
    model = "[duration]\nio_ms = 40.0\ncpu_ms = {}\n[noise]\ncv = 0.3\n"
    (tmp_path / "hook.py").write_text("import time\ndef wait(event, call): time.sleep(0.004)\n")
    (tmp_path / "tuner.toml").write_text('[functions.m]\ntarget = "model:m.toml"\nmemory = 512\n')
    (tmp_path / "m.toml").write_text('name = "m"\narchitecture = "x86_64"\n' + model.format(300.0))
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "-q"], ["add", "m.toml", "tuner.toml"], ["commit", "-qm", "one"]):
        subprocess.run([*git, *words], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "m.toml").write_text('name = "m"\narchitecture = "x86_64"\n' + model.format(325.0))
    session = at_a_terminal("gate", "m", "--against", "HEAD", "--before", "hook.py:wait", piped=True)
    assert session.ever("Comparing, before the first look: ")
    assert session.ever("Comparing: ")
    assert session.ever("in doubt")
    assert session.ever("├─┤ its interval")
    assert "Comparing" not in session.last
    assert not session.cursor_hidden


def test_a_terminal_gets_the_plot_unless_it_is_not_wanted(at_a_terminal):
    assert b"memory size [MB], log scale" in at_a_terminal(*QUICK).sent
    assert b"log scale" not in at_a_terminal(*QUICK, "--no-plot").sent


def test_a_pipe_gets_the_plot_where_it_is_asked_for(tuner):
    drawn = tuner(*QUICK, "--plot").stdout
    assert "memory size [MB], log scale" in drawn
    assert 80 >= max(map(len, drawn.splitlines()))


def test_a_plot_and_one_json_document_are_refused_together(tuner):
    finished = tuner(*QUICK, "--plot", "--json")
    assert 2 == finished.returncode
    assert "leave one of them out" in finished.stderr
