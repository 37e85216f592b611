"""`tuner run TARGET`: measure, fit, recommend, report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.errors import NoAnswerError
from tuner.options import OPTION_FIELDS
from tuner.reporting.view import SAID_IN_TEXT

if TYPE_CHECKING:
    from tuner.records import TuningResult
    from tuner.tuning import Preview


class _PlanShownError(Exception):
    """Ends a dry run once its plan is known."""


def _option_flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """One flag for each run option. Values stay text here; settings read them with all other sources."""
    for name, field in reversed(OPTION_FIELDS.items()):
        usual = field.metadata["usual"]
        shown = "" if usual is None else f"  [default: {usual}]"
        is_flag = field.default is False
        function = click.option(
            f"--{name.replace('_', '-')}",
            name,
            metavar=field.metadata["metavar"] or None,
            help=field.metadata["help"] + shown,
            is_flag=is_flag,
            default=None,
        )(function)
    return function


@click.command("run", short_help="Measure a function and recommend its memory and timeout.")
@click.argument("target")
@_option_flags
@click.option("--report-dir", metavar="DIR", help="Where the report goes.  [default: reports]")
@click.option("--no-report", is_flag=True, help="Write no report.")
@click.option(
    "--save-run",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Save the result with every invocation, for replay:FILE.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
@click.option("--dry-run", is_flag=True, help="Show what would be measured, and stop.")
@click.option(
    "--yes",
    is_flag=True,
    expose_value=False,
    help="Do not ask before what costs money; local runs cost none.",
)
def command(
    *,
    target: str,
    report_dir: str | None,
    no_report: bool,
    save_run: Path | None,
    as_json: bool,
    dry_run: bool,
    **flags: Any,
) -> None:
    """Measure TARGET across memory sizes and recommend its memory and timeout.

    \b
    TARGET is one of
      NAME                            an entry of tuner.toml
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

    from tuner.tuning import run

    def show_plan(preview: Preview) -> None:
        _show_plan(preview, as_json=as_json and dry_run)
        if dry_run:
            raise _PlanShownError

    try:
        with output.progress() as observer:
            found = run(settings, on_plan=show_plan, observer=observer)
    except _PlanShownError:
        return
    _save(found, None if no_report else settings.report_dir, save_run)
    _show(found, as_json=as_json)
    if found.search.ran_out:
        sys.exit(NoAnswerError.exit_code)


def _show_plan(preview: Preview, *, as_json: bool) -> None:
    plan, description = preview.plan, preview.description
    output.note(f"{description.function} ({description.platform}): {_plan_words(preview)}")
    if mechanism := description.conditions.get("mechanism"):
        output.note(f"CPU limited by {mechanism}: {description.conditions['mechanism_reason']}")
    output.warnings(w for w in description.warnings if as_json or w.code not in SAID_IN_TEXT)
    if as_json:
        output.document(
            {
                "schema_version": 1,
                "plan": {
                    "function": description.function,
                    "platform": description.platform,
                    "search": str(plan.method),
                    "range_mb": list(plan.range_mb),
                    "memory_sizes_mb": list(plan.memory_sizes_mb),
                    "extrapolated_mb": list(preview.extrapolated_mb),
                    "invocations": plan.invocations,
                    "max_invocations": plan.budget.max_invocations,
                    "timeout_s": plan.timeout_s,
                    "conditions": dict(description.conditions),
                },
            }
        )


def _plan_words(preview: Preview) -> str:
    """What will be measured and its bounds, in a sentence."""
    from tuner.units import format_memory, format_percent, format_usd

    plan, budget = preview.plan, preview.plan.budget
    bounds = [
        f"{budget.max_invocations} invocations",
        *([f"{format_usd(budget.max_spend_usd)}"] if budget.max_spend_usd else []),
        *([f"{budget.max_seconds:g} s"] if budget.max_seconds else []),
    ]
    at_most = f"at most {' or '.join(bounds)}; timeout {plan.timeout_s} s"
    if plan.method == "grid":
        sizes = ", ".join(format_memory(size) for size in plan.memory_sizes_mb)
        return (
            f"a grid of {len(plan.memory_sizes_mb)} memory sizes ({sizes}), {plan.invocations_each} "
            f"invocations each, {plan.invocations} in all and {at_most}"
        )
    low, high = (format_memory(size) for size in plan.range_mb)
    if plan.method == "predict":
        return f"a few invocations at full speed, from which {low} to {high} are predicted"
    regret = format_percent(preview.options.regret_target)
    return f"a search from {low} to {high} for the size within {regret} of the best, {at_most}"


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
