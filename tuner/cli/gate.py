"""`tuner gate TARGET`: fail the build when a change made the function dearer or slower, and only then."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.cli.flags import option_flags
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.gate.result import GateResult
    from tuner.gating import GatePreview, Measured
    from tuner.gating.baseline import Entry
    from tuner.gating.options import GateOptions
    from tuner.settings import Settings

SHARED = (
    "payload",
    "payload_lines",
    "payload_once",
    "payload_weighted",
    "before",
    "after",
    "expect_error",
    "stream",
    "timeout",
    "region",
    "architecture",
    "max_seconds",
    "max_spend",
    "profile",
    "role",
    "endpoint_url",
    "seed",
)
"""The options of `tuner run` that mean the same to a gate."""

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("gate", short_help="Fail the build when a change made the function dearer or slower.")
@click.argument("target")
@click.option("--against", metavar="REF|FILE|VERSION", help="What to compare with; see below.")
@click.option("--baseline", "baseline_run", type=_FILE, help="A saved run to compare with, without a call.")
@click.option("--contender", "contender_run", type=_FILE, help="The saved run that is compared with it.")
@click.option("--update-baseline", is_flag=True, help="Measure, and write tuner.baseline.json.")
@click.option("--acknowledge", metavar="REASON", help="Accept a regression, and note that in the baseline.")
@click.option("--memory", metavar="MB|best", help="Compare at this size; else at each version's own.")
@click.option("--fail", multiple=True, metavar="METRIC=LIMIT", help="Fail above this growth: cost=10%.")
@click.option("--warn", multiple=True, metavar="METRIC=LIMIT", help="Warn above: 'p95=20% and 5ms'.")
@click.option("--budget", multiple=True, metavar="METRIC=LIMIT", help="Fail above: p95=800ms, cost=$4.")
@click.option("--max-pairs", metavar="N", help="Stop after this many pairs of calls.  [default: 240]")
@click.option("--setup", metavar="COMMAND", help="Run this in the other revision first, as npm ci.")
@click.option("--comment", metavar="always|on-change", help="When --markdown is written.  [default: always]")
@click.option("--min-change", metavar="2%", help="The least change that is worth a comment.  [default: 2%]")
@click.option("--markdown", type=_FILE, help="Write the report for a pull request.")
@click.option("--chart", type=_FILE, help="Draw the durations of both versions, as SVG.")
@click.option("--junit", type=_FILE, help="Write the rules as JUnit XML.")
@click.option("--code-quality", type=_FILE, help="Write GitLab's code quality report.")
@click.option(
    "--annotations",
    type=click.Choice(["auto", "github", "none"]),
    default="auto",
    help="Annotate the build; auto does in GitHub Actions.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
@click.option("--yes", is_flag=True, help="Do not ask before calls that are billed.")
@option_flags(SHARED)
def command(**flags: Any) -> None:
    """Compare TARGET, as it stands, with what it was, and fail only on a regression that is sure.

    \b
    --against is
      a git revision       for local: and command: targets: both are measured here, call by call
                           [default: where the branch left the main one]
      a version or alias   of a function on AWS: aws:my-func:26 --against 25
      a file               tuner.baseline.json, or a run saved with tuner run --save-run

    \b
    Exit codes: 0 no regression, 1 a regression and nothing else, 2 usage, 3 could not measure,
    4 inconclusive or nothing to compare with.
    """
    from tuner.settings import load_settings

    target = flags.pop("target")
    shared = {name: flags.pop(name) for name in SHARED}
    given = {name: value for name, value in shared.items() if value is not None}
    settings = load_settings(target, given, os.environ, Path.cwd())
    options = _read_options(settings, flags)
    if flags["update_baseline"]:
        _update(settings, options, yes=flags["yes"])
        return
    measured = _measure(settings, options, flags)
    measured = _acknowledged(settings, options, measured, flags["acknowledge"], yes=flags["yes"])
    result = measured.result
    _write(result, options, flags)
    from tuner.gating import exit_code

    sys.exit(0 if result.acknowledged else exit_code(result.verdict))


def _read_options(settings: Settings, flags: dict[str, Any]) -> GateOptions:
    """The gate's own options: flags over tuner.toml."""
    from tuner.gate import read_assignments
    from tuner.gating.options import read_gate_options

    raw = dict(settings.gate)
    for name in ("against", "memory", "max_pairs", "setup", "comment", "min_change"):
        if flags[name] is not None:
            raw[name] = (flags[name], f"--{name.replace('_', '-')}")
    for name in ("fail", "warn", "budget"):
        if flags[name]:
            try:
                raw[name] = (read_assignments(flags[name]), f"--{name}")
            except ValueError as error:
                raise UsageError(f"--{name}: {error}") from error
    return read_gate_options(raw)


def _measure(settings: Settings, options: GateOptions, flags: dict[str, Any]) -> Measured:
    from tuner.cli.gate_board import GateBoard
    from tuner.cli.live import watched
    from tuner.gating import gate, gate_saved

    command = shlex.join(["tuner", *sys.argv[1:]])
    saved = flags["baseline_run"], flags["contender_run"]
    if any(saved):
        if not all(saved):
            raise UsageError("--baseline and --contender need each other", "give both saved runs")
        return gate_saved(settings, options, *saved, command=command)
    with watched(GateBoard()) as observer:
        return gate(
            settings,
            options,
            command=command,
            on_plan=lambda preview: _show_plan(preview, yes=flags["yes"]),
            observer=observer,
        )


def _update(settings: Settings, options: GateOptions, *, yes: bool) -> None:
    from tuner.gating.baseline import BASELINE_FILE, read_baseline, write_baseline

    path, name = settings.target.root / BASELINE_FILE, settings.target.name
    before = read_baseline(path, name)
    entry = _recorded(settings, options, yes=yes)
    write_baseline(path, name, replace(entry, accepted=before.accepted if before else ()))
    calls = len(entry.measurements.invocations)
    output.result(f"baseline of {name}: {calls} calls at {entry.memory_mb} MB, in {path}")


def _recorded(settings: Settings, options: GateOptions, *, yes: bool) -> Entry:
    from tuner.cli.gate_board import GateBoard
    from tuner.cli.live import watched
    from tuner.gating import record_baseline

    with watched(GateBoard(baseline=True)) as observer:
        return record_baseline(
            settings, options, on_plan=lambda preview: _show_plan(preview, yes=yes), observer=observer
        )


def _acknowledged(
    settings: Settings, options: GateOptions, measured: Measured, reason: str | None, *, yes: bool
) -> Measured:
    """The result, accepted: by this use, which is noted in the baseline file, or by an earlier one."""
    from tuner.gate import Answer
    from tuner.gate.result import Acknowledgement
    from tuner.gating.baseline import BASELINE_FILE, Accepted, read_baseline, write_baseline

    result = measured.result
    if result.verdict is None or result.verdict.answer is not Answer.REGRESSION:
        return measured
    path, name = settings.target.root / BASELINE_FILE, settings.target.name
    before = read_baseline(path, name)
    digest = result.conditions.get("code_sha256")
    if reason is None:
        known = before.acceptance_of(digest) if before else None
        acknowledged = Acknowledgement(known.reason, known.at) if known else None
        return replace(measured, result=replace(result, acknowledged=acknowledged))
    # What the gate has measured of it is too little to compare with for months.
    entry = _recorded(settings, options, yes=yes)
    accepted = Accepted(entry.measured_at, reason, str(digest) if digest else None)
    write_baseline(path, name, replace(entry, accepted=(*(before.accepted if before else ()), accepted)))
    acknowledged = Acknowledgement(reason, accepted.at)
    return replace(
        measured, result=replace(result, acknowledged=acknowledged, baseline_written=str(path.name))
    )


def _write(result: GateResult, options: GateOptions, flags: dict[str, Any]) -> None:
    """Every rendering that was asked for, before the command ends with the verdict's exit code."""
    from tuner.files import write_atomically
    from tuner.reporting.gate import (
        build_gate_view,
        draw_gate_chart,
        gate_document,
        github_annotations,
        gitlab_code_quality,
        render_gate_markdown,
        render_gate_terminal,
        render_junit,
        worth_a_comment,
    )

    view = build_gate_view(result)
    markdown = render_gate_markdown(view)
    commented = options.comment == "always" or worth_a_comment(result, min_change=options.min_change)
    if flags["markdown"] and commented:
        write_atomically(flags["markdown"], markdown)
    if flags["chart"] and (drawing := draw_gate_chart(result, "light")):
        write_atomically(flags["chart"], drawing)
    if flags["junit"]:
        write_atomically(flags["junit"], render_junit(result))
    if flags["code_quality"]:
        write_atomically(flags["code_quality"], gitlab_code_quality(result))
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(markdown + "\n")
    if flags["as_json"]:
        output.document(gate_document(result))
    else:
        colour = output.use_colour(sys.stdout)
        output.result(render_gate_terminal(view, width=output.terminal_width(), colour=colour))
    in_actions = os.environ.get("GITHUB_ACTIONS") == "true"
    if flags["annotations"] == "github" or (flags["annotations"] == "auto" and in_actions):
        for line in github_annotations(result):
            (output.note if flags["as_json"] else output.result)(line)


def _show_plan(preview: GatePreview, *, yes: bool) -> None:
    from tuner.units import format_memory, format_usd

    contender, baseline = preview.contender, preview.baseline
    description = contender.description
    versions = (
        f"{baseline.version.name} ({format_memory(baseline.version.memory_mb)}) against "
        f"{contender.version.name} ({format_memory(contender.version.memory_mb)})"
    )
    output.note(
        f"{description.function} ({description.platform}): {versions}, "
        f"at most {preview.design.max_pairs} pairs of calls"
    )
    if preview.worst_usd is not None:
        output.note(f"cost: at worst {format_usd(preview.worst_usd)}, if every call runs into its timeout")
    if description.paid:
        agree("Go on?", yes=yes)
