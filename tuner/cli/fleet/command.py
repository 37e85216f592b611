"""The flags of `tuner fleet`, and what they lead to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cost_models.snapshots import ARCHITECTURES
from tuner.cli import output
from tuner.cli.fleet.survey import USUAL_DAYS, Asked, survey
from tuner.cli.fleet.tuning import FOLDER, WORKERS, RunAsked, tune
from tuner.cli.formats import choose_format
from tuner.errors import MeasurementError, RunInterruptedError

if TYPE_CHECKING:
    from tuner.fleet.records import Fleet

TOP = 20
_FORMATS = ("md", "html", "csv")


@click.command("fleet", short_help="Rank every function by what tuning it would save.")
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=click.Path(path_type=Path))
@click.option("--regions", metavar="REGION,…", help="Where to look; for an archive, whose prices to use.")
@click.option("--profile", "profiles", metavar="NAME", multiple=True, help="An AWS profile; repeatable.")
@click.option("--role", metavar="ARN", help="The role to assume, as in another account.")
@click.option("--endpoint-url", metavar="URL", help="Another address for every AWS service.")
@click.option("--tag", "tags", metavar="KEY=VALUE", multiple=True, help="Only functions with it; repeatable.")
@click.option(
    "--name", "names", metavar="PATTERN", multiple=True, help="Only such names, as prod-*; repeatable."
)
@click.option(
    "--days",
    type=click.IntRange(1, 455),
    metavar="N",
    help=f"How far CloudWatch is to look back.  [default: {USUAL_DAYS}]",
)
@click.option(
    "--architecture",
    type=click.Choice(ARCHITECTURES),
    metavar="x86_64|arm64",
    help="Whose prices to use for an archive, which does not say.  [default: x86_64]",
)
@click.option(
    "--top",
    type=click.IntRange(1),
    default=TOP,
    metavar="N",
    help=f"How many to show, and with --run to tune.  [default: {TOP}]",
)
@click.option(
    "--targets",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help='Where to tune which function, in lines of TOML: checkout = "local:src:app.handler".',
)
@click.option("--run", "tunes", is_flag=True, help="Tune the first functions, each as tuner run does.")
@click.option("--max-spend", metavar="$", help="With --run: the bound of all of it.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help=f"With --run: how many at a time.  [default: {WORKERS}; local targets one by one]",
)
@click.option("--dask", metavar="ADDRESS", help="With --run: on a Dask cluster, by its scheduler's address.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help=f"With --run: where its state and run files go.  [default: {FOLDER}]",
)
@click.option("--resume", is_flag=True, help="With --run: go on where the run in that folder ended.")
@click.option("--dry-run", is_flag=True, help="With --run: show the plan, and stop.")
@click.option("--yes", is_flag=True, help="With --run: do not ask before functions are invoked and changed.")
@click.option(
    "--report",
    "reports",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write all of it as .md, .html or .csv; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(
    *,
    top: int,
    targets: Path | None,
    tunes: bool,
    reports: tuple[Path, ...],
    as_json: bool,
    **flags: Any,
) -> None:
    """Rank all functions by the dollars a month that tuning would save, with the confidence and the reason.

    \b
    tuner fleet ./export                       the functions of a log archive, as tuner logs reads it
    tuner fleet                                the functions of an account and region
    tuner fleet --regions eu-central-1,us-east-1 --profile a --profile b --tag team=web --name 'prod-*'
    tuner fleet --run --top 20 --max-spend 5   tunes the first ones

    Without --run nothing is invoked and nothing is changed. On AWS it lists functions, and asks CloudWatch
    for seven metrics of each, which costs $0.07 for a thousand functions.

    With --run the exit code is 3 where no function could be tuned, and 130 after Ctrl-C, which keeps what
    was done.
    """
    forms = {path: choose_format(None, str(path), _FORMATS) for path in reports}
    run_asked = RunAsked(**{name: flags.pop(name) for name in RunAsked.__slots__})
    if not tunes:
        run_asked.refuse_without_run()
    asked = Asked(**flags)
    fleet = survey(asked, targets)
    output.warnings(fleet.warnings)
    if tunes:
        found = tune(fleet, run_asked, top, asked.run_options, as_json=as_json)
        if found is None:
            return
        fleet = found
    _write(fleet, forms)
    _show(fleet, top, as_json=as_json)
    if fleet.interrupted:
        sys.exit(RunInterruptedError.exit_code)
    if fleet.campaign and not fleet.campaign.any_done:
        sys.exit(MeasurementError.exit_code)


def _write(fleet: Fleet, forms: dict[Path, str]) -> None:
    from tuner.files import write_atomically
    from tuner.reporting.fleet import render

    for path, form in forms.items():
        write_atomically(path, render(fleet, form))
        output.note(f"report: {path}")


def _show(fleet: Fleet, top: int, *, as_json: bool) -> None:
    if as_json:
        from tuner.reporting.fleet.document import fleet_document

        output.document(fleet_document(fleet))
        return
    from tuner.reporting.fleet.terminal import render_terminal
    from tuner.reporting.fleet.view import fleet_view

    width, colour = output.terminal_width(), output.use_colour(sys.stdout)
    output.result(render_terminal(fleet_view(fleet), top=top, width=width, colour=colour))
