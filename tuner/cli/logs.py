"""`tuner logs SOURCE...`: what production logs say, and what follows, without an invocation."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cost_models.snapshots import ARCHITECTURES
from tuner.cli import output
from tuner.cli.concurrency.shared import Quantity
from tuner.cli.progress import log_progress
from tuner.errors import RunInterruptedError, UsageError
from tuner.option_values import read_usd

if TYPE_CHECKING:
    from tuner.cli.log_function import Asked
    from tuner.logs.findings import LogFindings
    from tuner.logs.workflow import Look
    from tuner.records import MeasurementSet

_AGO = re.compile(r"([0-9]{1,5})(m|h|d|w)")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@click.command("logs", short_help="Recommend from production logs, without an invocation.")
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--function", metavar="NAME", help="Whose logs they are, where no log group or record says so.")
@click.option("--since", metavar="TIME", help="Only invocations since then: 7d, 24h or an ISO 8601 time.")
@click.option("--until", metavar="TIME", help="Only invocations that ended before it.")
@click.option(
    "--region",
    metavar="REGION",
    help="Where the function is, and whose prices to use.  [default: AWS's own, for files us-east-1]",
)
@click.option(
    "--architecture",
    type=click.Choice(ARCHITECTURES),
    metavar="x86_64|arm64",
    help="Whose prices to use.  [default: the function's, for files x86_64]",
)
@click.option(
    "--run",
    "run_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A saved run of the function, whose curve tells the best memory size.",
)
@click.option(
    "--watch",
    is_flag=True,
    help="Say whether the last recommendation still holds: that of --run, else of reports/history.jsonl.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the result as Markdown too.",
)
@click.option("--profile", metavar="NAME", help="The AWS profile to use.")
@click.option("--role", metavar="ARN", help="The role to assume, as in another account.")
@click.option("--endpoint-url", metavar="URL", help="Another address for every AWS service.")
@click.option(
    "--workgroup", metavar="NAME", default="primary", help="Athena's workgroup.  [default: primary]"
)
@click.option("--output", metavar="s3://…", help="Where Athena writes results, unless its workgroup says so.")
@click.option(
    "--max-spend",
    type=Quantity(read_usd),
    metavar="$1",
    default="$1",
    help="Stop queries of AWS when they have cost that much.  [default: $1]",
)
@click.option("--dry-run", is_flag=True, help="Show what AWS would be asked and what that costs, and stop.")
@click.option("--yes", is_flag=True, help="Do not ask before what costs money: queries of AWS.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(
    *,
    sources: tuple[Path, ...],
    since: str | None,
    until: str | None,
    run_file: Path | None,
    watch: bool,
    report: Path | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Read the REPORT records of production, and recommend from them.

    \b
    SOURCE is one of
      PATH...            files and folders of logs
      s3://BUCKET/PREFIX objects of S3, read as they come: nothing is kept on disk
      NAME, ARN          a function on AWS: its log group is asked by Logs Insights, which costs a little
      athena:DB.TABLE    a table of Amazon Athena whose rows are lines of logs; docs/logs.md has its DDL

    Files are CloudWatch Logs exports as downloaded from S3, the output of aws logs tail and of aws logs
    filter-log-events, JSON lines, records in the JSON log format, and Telemetry API events; plain, .gz or
    .zst. Nothing is invoked and nothing is changed. Ctrl-C ends the reading and shows what was read.

    With --watch the exit code is that of a gate: 0 it holds, 1 it has drifted, 3 the logs could not be
    asked, 4 too little data to say.
    """
    from tuner.cli.log_function import may_be_function, name_of, read_function
    from tuner.cli.log_table import SCHEME
    from tuner.cli.log_watch import watcher_of

    limits = {"since_us": _time_us(since, "--since"), "until_us": _time_us(until, "--until")}
    run = _measurements(run_file) if run_file else None
    text = str(sources[0])
    is_table = len(sources) == 1 and text.startswith(SCHEME)
    named = not is_table and may_be_function(sources)
    watcher = watcher_of(name_of(text) if named else flags["function"], run_file) if watch else None
    look = watcher.look if watcher else lambda *_: None
    if named and flags["function"]:
        raise UsageError("--function is for files; the function is named already", "leave it out")
    if is_table or named:
        asked = _asked(text, flags, limits, run, as_json=as_json)
        found = _read_table(asked, flags, look) if is_table else read_function(asked, look)
    else:
        found = _read_files(sources, flags, limits, run, look)
    if found is None:
        return
    if watcher:
        watcher.conclude(found.prices, report, as_json=as_json)
    else:
        _show(found, report, as_json=as_json)
    if found.interrupted:
        sys.exit(RunInterruptedError.exit_code)


def _asked(
    text: str,
    flags: dict[str, Any],
    limits: dict[str, int | None],
    run: MeasurementSet | None,
    *,
    as_json: bool,
) -> Asked:
    from tuner.cli.log_function import Asked

    given = {name: flags[name] for name in ("region", "profile", "role", "endpoint_url") if flags[name]}
    return Asked(
        text,
        given,
        flags["architecture"],
        **limits,
        run=run,
        max_usd=flags["max_spend"],
        dry_run=flags["dry_run"],
        yes=flags["yes"],
        as_json=as_json,
    )


def _read_table(asked: Asked, flags: dict[str, Any], look: Look) -> LogFindings | None:
    from tuner.cli.log_table import read_athena

    function, workgroup, results = (flags[name] for name in ("function", "workgroup", "output"))
    return read_athena(asked, look, function=function, workgroup=workgroup, results=results)


def _read_files(
    sources: tuple[Path, ...],
    flags: dict[str, Any],
    limits: dict[str, int | None],
    run: MeasurementSet | None,
    look: Look,
) -> LogFindings | None:
    from tuner.cli import log_bucket
    from tuner.logs.workflow import LogOptions, read_logs

    urls = [str(source) for source in sources if source.parts[:1] == (log_bucket.SCHEME,)]
    objects = log_bucket.objects_of(urls, flags) if urls else ()
    if objects is None:
        return None
    paths = [source for source in sources if str(source) not in urls]
    options = LogOptions(
        region=flags["region"] or "us-east-1",
        architecture=flags["architecture"] or "x86_64",
        function=flags["function"],
        **limits,
        run=run,
    )
    with log_progress() as observer:
        return read_logs(paths, options, observer=observer, look=look, objects=objects)


def _show(found: LogFindings, report: Path | None, *, as_json: bool) -> None:
    from tuner.reporting.logs.page import log_page

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
        return
    from tuner.reporting.logs.terminal import render_terminal

    text = render_terminal(page, width=output.terminal_width(), colour=output.use_colour(sys.stdout))
    output.result(text)


def _measurements(run_file: Path) -> MeasurementSet:
    from tuner.runfile import load_run

    return load_run(run_file).measurements


def _time_us(text: str | None, option: str) -> int | None:
    from tuner.logs.reader import parse_time_us

    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    if ago:
        return round((time.time() - int(ago[1]) * _SECONDS[ago[2]]) * 1_000_000)
    found = parse_time_us(text)
    if found is None:
        hint = "write 7d or 24h for so long ago, 2026-11-23 or 2026-11-23T10:00:00Z"
        raise UsageError(f"{option} '{text}' is no time", hint)
    return found
