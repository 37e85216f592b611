"""`tuner run TARGET`: measure, fit, recommend, report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.cli.flags import option_flags
from tuner.cli.plan import call_words, plan_document, show_plan
from tuner.cli.power_tuning import taken_over
from tuner.cli.remembering import remember
from tuner.errors import NoAnswerError, NotRestoredError, UsageError
from tuner.options import OPTION_FIELDS
from tuner.reporting.view import SAID_IN_TEXT

if TYPE_CHECKING:
    from tuner.records import TuningResult
    from tuner.settings import Settings
    from tuner.tuning.planning import Preview


@click.command("run", short_help="Measure a function and recommend its memory and timeout.")
@click.argument("target", required=False)
@click.option(
    "--power-tuning-input",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take target and options from an execution input of AWS Lambda Power Tuning; other flags win.",
)
@option_flags(OPTION_FIELDS)
@click.option(
    "--architectures",
    metavar="x86_64,arm64",
    help="Run for each of these, and compare; cost models only.",
)
@click.option("--report-dir", metavar="DIR", help="Where the report goes.  [default: reports]")
@click.option("--no-report", is_flag=True, help="Write no report.")
@click.option(
    "--save-run",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Save the result with every invocation, for replay:FILE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
@click.option(
    "--plot/--no-plot",
    default=None,
    help="Draw duration and cost in characters.  [default: on a terminal only]",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would be measured, and stop; on AWS after one call that changes nothing.",
)
@click.option(
    "--yes", is_flag=True, help="Do not ask before what costs money or changes a function; only AWS does."
)
def command(
    *,
    target: str | None,
    power_tuning_input: Path | None,
    architectures: str | None,
    report_dir: str | None,
    no_report: bool,
    save_run: Path | None,
    as_json: bool,
    plot: bool | None,
    dry_run: bool,
    yes: bool,
    **flags: Any,
) -> None:
    """Measure TARGET across memory sizes and recommend its memory and timeout.

    \b
    TARGET is one of
      NAME                            an entry of tuner.toml, else a function on AWS Lambda
      aws:NAME[:ALIAS], aws:ARN       a function on AWS Lambda, or a version or alias of it
      local:PATH:HANDLER              a Python or Node.js handler, run in a local sandbox
      local:template.yaml:LogicalId   a function of a SAM or CloudFormation template, likewise
      command:PATH                    an executable that speaks the Lambda Runtime API, likewise
      model:NAME, model:FILE.toml     a cost model that stands in for a function
      replay:FILE                     a saved run, or results of another tool, without an invocation

    Every option can also stand in tuner.toml or in the environment, as TUNER_STRATEGY=speed.
    """
    from tuner.files import ensure_writable_folder
    from tuner.settings import load_settings

    if as_json and plot:
        raise UsageError("--plot draws for a reader, --json prints one document", "leave one of them out")
    given = {name: value for name, value in flags.items() if value is not None}
    if report_dir is not None:
        given["report_dir"] = report_dir
    named, given, dry_run = taken_over(power_tuning_input, target, given, dry_run=dry_run)
    if architectures is not None:
        _compare_architectures(
            named, given, architectures, report=not no_report, save_run=save_run, as_json=as_json, dry=dry_run
        )
        return
    settings = load_settings(named, given, os.environ, Path.cwd())
    if not (no_report or dry_run):
        ensure_writable_folder(settings.report_dir)
    if save_run and not dry_run:
        ensure_writable_folder(save_run.parent)

    if dry_run:
        _rehearse(settings, as_json=as_json)
    else:
        _run(
            settings,
            None if no_report else settings.report_dir,
            save_run,
            as_json=as_json,
            plot=sys.stdout.isatty() if plot is None else plot,
            yes=yes,
        )


def _compare_architectures(
    target: str, given: dict[str, Any], listed: str, *, dry: bool, **streams: Any
) -> None:
    from tuner.cli.architectures import run_each

    if dry:
        raise UsageError("--dry-run shows the plan of one run", "leave out --architectures")
    run_each(target, given, listed, **streams)


def _run(
    settings: Settings,
    report_dir: Path | None,
    save_run: Path | None,
    *,
    as_json: bool,
    plot: bool,
    yes: bool,
) -> None:
    from tuner.cli.live import watched
    from tuner.cli.run_board import RunBoard
    from tuner.tuning import run

    board = RunBoard()

    def on_plan(preview: Preview) -> None:
        board.begin(preview)
        show_plan(preview)
        if preview.description.paid:
            agree("Go on?", yes=yes)

    left: NotRestoredError | None = None
    try:
        with watched(board) as observer:
            found = run(settings, on_plan=on_plan, observer=observer)
    except NotRestoredError as error:
        # What was measured and paid for is shown all the same, before what is left to do.
        if error.result is None:
            raise
        left, found = error, error.result
    _save(found, report_dir, save_run)
    if report_dir and settings.target.scheme != "replay":
        remember(found, settings)
    planned = settings.target.scheme != "replay"
    _show(found, as_json=as_json and left is None, plot=plot, planned=planned)
    if left is not None:
        raise left
    if found.search.ran_out:
        sys.exit(NoAnswerError.exit_code)


def _rehearse(settings: Settings, *, as_json: bool) -> None:
    from tuner.tuning import rehearse

    shown: list[Preview] = []

    def on_plan(preview: Preview) -> None:
        show_plan(preview)
        shown.append(preview)

    call = rehearse(settings, on_plan=on_plan)
    if call is not None:
        output.note(call_words(call))
    if as_json:
        output.document(plan_document(shown[0], call))


def _save(found: TuningResult, report_dir: Path | None, save_run: Path | None) -> None:
    if save_run:
        from tuner.runfile import save_run as write_run

        write_run(found, save_run)
        output.note(f"run saved: {save_run}")
    if report_dir:
        from tuner.reporting import write_report

        written = write_report(found, report_dir)
        output.note(f"report: {written.markdown}")


def _show(found: TuningResult, *, as_json: bool, plot: bool, planned: bool) -> None:
    with_plan = {w.code for w in found.measurements.warnings} - {"W-DISTURBED"} if planned else set()
    said = with_plan | (set() if as_json else SAID_IN_TEXT)
    output.warnings(w for w in found.warnings if w.code not in said)
    if as_json:
        output.document(found.to_dict())
        return
    from tuner.reporting.plot import render_plot
    from tuner.reporting.terminal import render_terminal
    from tuner.reporting.view import build_view

    width = output.terminal_width()
    picture = render_plot(found, width=width) if plot else ""
    text = render_terminal(build_view(found), width=width, colour=output.use_colour(sys.stdout), plot=picture)
    output.result(text)
