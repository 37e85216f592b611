"""`tuner concurrency simulate PROFILE.toml`: play a load over an account, event by event."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuner.cli import output
from tuner.cli.concurrency.shared import FILE, Quantity, show
from tuner.cli.progress import log_progress
from tuner.option_values import read_seed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@click.command("simulate", short_help="Play a load over an account, event by event.")
@click.argument("profile", type=FILE)
@click.option("--seed", type=Quantity(read_seed), metavar="N", help="Another draw; else the profile's own.")
@click.option(
    "--report-dir", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write a report."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(*, profile: Path, seed: int | None, report_dir: Path | None, as_json: bool) -> None:
    """Simulate PROFILE, a load over the functions of an account; docs/concurrency.md describes the file.

    Nothing is invoked. Concurrency, throttles, cold starts, latency and cost come out, for the whole time and
    for each part of it; with --report-dir also as Markdown with a chart.
    """
    from tuner.concurrency.simulation import load_profile, simulate
    from tuner.files import ensure_writable_folder
    from tuner.reporting.concurrency.simulation_document import simulation_document
    from tuner.reporting.concurrency.simulation_page import simulation_page

    if report_dir is not None:
        ensure_writable_folder(report_dir)
    loaded = load_profile(profile, read_logs=_read_logs)
    result = simulate(loaded if seed is None else replace(loaded, seed=seed))
    if report_dir is not None:
        from tuner.reporting.concurrency.report import write_simulation_report

        output.note(f"report: {write_simulation_report(result, report_dir)}")
    show(simulation_page(result), simulation_document(result) if as_json else None)


def _read_logs(path: Path, function: str) -> NDArray[np.float64]:
    from tuner.logs.observed import read_arrivals

    with log_progress() as observer:
        return read_arrivals(path, function, observer=observer)
