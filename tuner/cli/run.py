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
from tuner.errors import NoAnswerError, NotRestoredError
from tuner.options import OPTION_FIELDS
from tuner.reporting.view import SAID_IN_TEXT

if TYPE_CHECKING:
    from tuner.records import TuningResult
    from tuner.settings import Settings
    from tuner.tuning.planning import Preview


@click.command("run", short_help="Measure a function and recommend its memory and timeout.")
@click.argument("target")
@option_flags(OPTION_FIELDS)
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
    "--dry-run",
    is_flag=True,
    help="Show what would be measured, and stop; on AWS after one call that changes nothing.",
)
@click.option(
    "--yes", is_flag=True, help="Do not ask before what costs money or changes a function; only AWS does."
)
def command(
    *,
    target: str,
    report_dir: str | None,
    no_report: bool,
    save_run: Path | None,
    as_json: bool,
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
      replay:FILE                     a saved run, analysed again without an invocation

    Every option can also stand in tuner.toml or in the environment, as TUNER_STRATEGY=speed.
    """
    from tuner.files import ensure_writable_folder
    from tuner.settings import load_settings

    given = {name: value for name, value in flags.items() if value is not None}
    if report_dir is not None:
        given["report_dir"] = report_dir
    settings = load_settings(target, given, os.environ, Path.cwd())
    if not (no_report or dry_run):
        ensure_writable_folder(settings.report_dir)
    if save_run and not dry_run:
        ensure_writable_folder(save_run.parent)

    if dry_run:
        _rehearse(settings, as_json=as_json)
    else:
        _run(settings, None if no_report else settings.report_dir, save_run, as_json=as_json, yes=yes)


def _run(
    settings: Settings, report_dir: Path | None, save_run: Path | None, *, as_json: bool, yes: bool
) -> None:
    from tuner.tuning import run

    def on_plan(preview: Preview) -> None:
        show_plan(preview)
        if preview.description.paid:
            agree("Go on?", yes=yes)

    left: NotRestoredError | None = None
    try:
        with output.progress() as observer:
            found = run(settings, on_plan=on_plan, observer=observer)
    except NotRestoredError as error:
        # What was measured and paid for is shown all the same, before what is left to do.
        if error.result is None:
            raise
        left, found = error, error.result
    _save(found, report_dir, save_run)
    _show(found, as_json=as_json and left is None)
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


def _show(found: TuningResult, *, as_json: bool) -> None:
    shown_with_plan = {w.code for w in found.measurements.warnings} - {"W-DISTURBED"}
    said = shown_with_plan | (set() if as_json else SAID_IN_TEXT)
    output.warnings(w for w in found.warnings if w.code not in said)
    if as_json:
        output.document(found.to_dict())
        return
    from tuner.reporting.terminal import render_terminal
    from tuner.reporting.view import build_view

    text = render_terminal(
        build_view(found), width=output.terminal_width(), colour=output.use_colour(sys.stdout)
    )
    output.result(text)
