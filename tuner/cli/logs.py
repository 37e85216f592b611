"""`tuner logs PATH...`: what production logs say, and what follows, without an invocation."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cost_models.snapshots import ARCHITECTURES
from tuner.cli import output
from tuner.errors import RunInterruptedError, UsageError

if TYPE_CHECKING:
    from tuner.logs.findings import ReadSoFar
    from tuner.records import MeasurementSet


@click.command("logs", short_help="Recommend from production logs, without an invocation.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--function", metavar="NAME", help="Whose logs they are, where no log group or record says so.")
@click.option("--since", metavar="TIME", help="Only invocations that ended at or after this ISO 8601 time.")
@click.option("--until", metavar="TIME", help="Only invocations that ended before it.")
@click.option(
    "--region", metavar="REGION", default="us-east-1", help="Whose prices to use.  [default: us-east-1]"
)
@click.option(
    "--architecture",
    type=click.Choice(ARCHITECTURES),
    default="x86_64",
    metavar="x86_64|arm64",
    help="Whose prices to use.  [default: x86_64]",
)
@click.option(
    "--run",
    "run_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A saved run of the function, whose curve tells the best memory size.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the result as Markdown too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(
    *,
    paths: tuple[Path, ...],
    function: str | None,
    since: str | None,
    until: str | None,
    region: str,
    architecture: str,
    run_file: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Read the REPORT records in files and folders of logs, and recommend from them.

    Reads CloudWatch Logs exports as downloaded from S3, the output of aws logs tail and of aws logs
    filter-log-events, JSON lines, records in the JSON log format, and Telemetry API events; plain, .gz or
    .zst. Nothing is invoked and nothing is changed. Ctrl-C ends the reading and shows what was read.
    """
    from tuner.logs.workflow import LogOptions, read_logs
    from tuner.reporting.logs.page import log_page

    options = LogOptions(
        region=region,
        architecture=architecture,
        function=function,
        since_us=_time_us(since, "--since"),
        until_us=_time_us(until, "--until"),
        run=_measurements(run_file) if run_file else None,
    )
    with _progress() as observer:
        found = read_logs(paths, options, observer=observer)
    output.warnings(found.warnings)
    page = log_page(found)
    if report:
        from tuner.files import write_atomically
        from tuner.reporting.logs.markdown import render_markdown

        write_atomically(report, render_markdown(page))
        output.note(f"report: {report}")
    if as_json:
        from tuner.reporting.logs.document import log_document

        output.document(log_document(found))
    else:
        from tuner.reporting.logs.terminal import render_terminal

        text = render_terminal(page, width=output.terminal_width(), colour=output.use_colour(sys.stdout))
        output.result(text)
    if found.interrupted:
        sys.exit(RunInterruptedError.exit_code)


def _measurements(run_file: Path) -> MeasurementSet:
    from tuner.runfile import load_run

    return load_run(run_file).measurements


def _time_us(text: str | None, option: str) -> int | None:
    from tuner.logs.reader import parse_time_us

    if text is None:
        return None
    found = parse_time_us(text)
    if found is None:
        raise UsageError(f"{option} '{text}' is no time", "write 2026-11-23 or 2026-11-23T10:00:00Z")
    return found


@contextmanager
def _progress() -> Iterator[Callable[[ReadSoFar], None]]:
    """An observer that draws what was read, how fast, and how long the rest takes; only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.progress import TransferSpeedColumn as Speed

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), Speed(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, get_time=time.monotonic)
    task = bar.add_task("", total=None)

    def observe(read: ReadSoFar) -> None:
        bar.update(task, completed=read.bytes_read, total=read.bytes)

    with bar:
        yield observe
