"""`tuner run TARGET --architectures x86_64,arm64`: a run for each, and how they compare."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cost_models.snapshots import ARCHITECTURES
from tuner.cli import output
from tuner.cli.plan import show_plan
from tuner.cli.remembering import remember
from tuner.errors import NoAnswerError, UsageError
from tuner.option_values import one_of
from tuner.settings import Settings, load_settings


def run_each(
    target: str, given: Mapping[str, Any], listed: str, *, report: bool, save_run: Path | None, as_json: bool
) -> None:
    """Run a target once for each architecture, report each, and then compare.

    Raises `UsageError` for what is not a list of architectures, and for a target that has only one.
    """
    from tuner.cli.report import present_comparison, present_result
    from tuner.comparison import compare
    from tuner.files import ensure_writable_folder
    from tuner.reporting.report import file_name, write_markdown, write_with_charts
    from tuner.runfile import save_run as write_run
    from tuner.tuning import run

    architectures = _architectures(listed, given)
    runs = [
        (name, load_settings(target, {**given, "architecture": name}, os.environ, Path.cwd()))
        for name in architectures
    ]
    folder = runs[0][1].report_dir
    _refuse_single(runs[0][1])
    if report:
        ensure_writable_folder(folder)
    results = []
    for name, settings in runs:
        found = run(settings, on_plan=show_plan)
        results.append((name, found))
        if save_run:
            path = save_run.with_stem(f"{save_run.stem}-{name}")
            write_run(found, path)
            output.note(f"run saved: {path}")
        if report:
            page = folder / f"{file_name(found.measurements.function)}-{name}.md"
            output.note(f"report: {write_markdown(found, page).markdown}")
            remember(found, settings)
    comparison = compare(results)
    shown = present_comparison(comparison)
    if report:
        page = folder / f"{file_name(comparison.first.result.measurements.function)}-architectures.md"
        output.note(f"comparison: {write_with_charts(page, shown.chart, shown.markdown).markdown}")
    if as_json:
        output.document(shown.document())
    else:
        width, colour = output.terminal_width(), output.use_colour(sys.stdout)
        each = (present_result(result, plot=False) for _, result in results)
        output.result("\n".join(part.terminal(width, colour) for part in (*each, shown)))
    if any(result.search.ran_out for _, result in results):
        sys.exit(NoAnswerError.exit_code)


def _architectures(listed: str, given: Mapping[str, Any]) -> list[str]:
    if "architecture" in given:
        raise UsageError("--architecture names one, --architectures several", "leave one of them out")
    try:
        found = [one_of(*ARCHITECTURES)(name.strip()) for name in listed.split(",")]
    except ValueError as error:
        raise UsageError(f"--architectures: {error}") from error
    if len(set(found)) != len(found) or len(found) < 2:
        raise UsageError(f"--architectures '{listed}' does not name two different ones", "write x86_64,arm64")
    return found


def _refuse_single(settings: Settings) -> None:
    """Only a cost model has every architecture."""
    spec, scheme = settings.target.spec, settings.target.scheme
    if scheme == "aws":
        raise UsageError(
            f"'{spec}' has one architecture, and tuner does not deploy another",
            "deploy the function for both, run each with --save-run, "
            "and compare them: tuner report x86.json arm.json",
        )
    if scheme in ("local", "command"):
        raise UsageError(
            f"'{spec}' runs on this machine, which has one architecture",
            "run it on a machine of each kind with --save-run, and compare: tuner report x86.json arm.json",
        )
    if scheme == "replay":
        raise UsageError(
            f"'{spec}' was measured on one architecture",
            "with --architecture it is priced for another; to compare, measure on both",
        )
