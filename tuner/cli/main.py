"""The entry: a lazy table of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from types import FrameType
from typing import NoReturn

import click

import tuner
from cost_models.errors import CostModelError, did_you_mean
from tuner.cli import output
from tuner.errors import EXIT_DONE, RunInterruptedError, TunerError, UsageError

COMMANDS = {
    "run": "tuner.cli.run:command",
    "doctor": "tuner.cli.doctor:command",
    "gate": "tuner.cli.gate:command",
    "logs": "tuner.cli.logs:command",
    "fleet": "tuner.cli.fleet:command",
    "report": "tuner.cli.report:command",
    "apply": "tuner.cli.apply:command",
    "history": "tuner.cli.history:command",
    "restore": "tuner.cli.restore:command",
    "concurrency": "tuner.cli.concurrency:command",
    "prices": "tuner.cli.prices:command",
}
"""Command name to where it is: a module is imported only when its command is used or described."""


class LazyGroup(click.Group):
    """A group that imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table, which is the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest command named."""
        if args and args[0] not in COMMANDS:
            raise click.UsageError(f"no command '{args[0]}'; {did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=(
        "Exit codes: 0 done, 1 a regression, 2 usage or settings, 3 could not measure, 4 no answer, "
        "130 interrupted."
    ),
)
@click.version_option(tuner.__version__, package_name="tuner", message="%(prog)s %(version)s")
def cli() -> None:
    """Find the right memory, timeout and concurrency for a serverless function.

    Measure a function across memory sizes, fit its duration curve, and say which size is right, how sure
    that is, and why.

    \b
    tuner run my-func                        a function of tuner.toml, or one on AWS Lambda
    tuner run local:src:app.handler          a handler, in a local sandbox
    tuner run model:cpu-bound                a cost model, to see what a result looks like
    """


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    # Matrices are small here: more threads of linear algebra only wait for each other, and disturb what is
    # measured on this machine. It takes effect where numpy is imported after it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)  # the terminal was closed
    # Shells start background jobs with SIGINT ignored; whoever sends one still wants the run to stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    try:
        cli.main(arguments, prog_name="tuner", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except BrokenPipeError:
        return EXIT_DONE  # whoever read the result has seen enough
    except (Exception, KeyboardInterrupt) as error:
        return _fail(_explain(error), as_json="--json" in arguments)
    return EXIT_DONE


def _explain(error: BaseException) -> TunerError:
    """Any failure as an error with a hint and an exit code; what is nobody's fault is a bug."""
    match error:
        case TunerError():
            return error
        case CostModelError():
            return UsageError(error.message, error.hint)
        case click.exceptions.Abort() | KeyboardInterrupt():
            return RunInterruptedError("interrupted; everything that was started has been stopped")
        case click.ClickException():
            context = getattr(error, "ctx", None)
            hint = f"see '{context.command_path} --help'" if context else None
            return UsageError(error.format_message(), hint)
    traceback.print_exception(error)
    return TunerError(
        f"{type(error).__name__}: {error}", "this is a bug in tuner: please report it with the lines above"
    )


def _fail(error: TunerError, *, as_json: bool) -> int:
    kind = type(error).__name__
    output.failure(error.message, error.hint, kind=kind, exit_code=error.exit_code, as_json=as_json)
    return error.exit_code


def _interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM unwinds like Ctrl-C, so that every context manager cleans up; a second one changes nothing."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
