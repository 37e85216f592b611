"""`tuner report RUN...`: a saved run as a page, a table or a picture; of several runs, how they compare."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.cli.formats import Presentation, choose_format, publish
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.comparison import Comparison
    from tuner.records import TuningResult
    from tuner.reporting.theme import ThemeName

FORMATS = ("terminal", "md", "html", "csv", "json", "svg", "png", "power-tuning")


@click.command("report", short_help="Show a saved run in another format, or compare several.")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--format",
    "wanted",
    metavar="|".join(FORMATS),
    help="What to make of it.  [default: by the ending of --output, else terminal]",
)
@click.option("--output", "target", metavar="FILE", help="Where it goes; - is stdout.  [default: -]")
@click.option(
    "--theme", type=click.Choice(["light", "dark"]), default="light", help="The theme of svg and png."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    *, runs: Sequence[str], wanted: str | None, target: str | None, theme: ThemeName, as_json: bool
) -> None:
    """Show RUN, which tuner run --save-run has saved, in another format. Nothing is invoked.

    RUN can be whatever replay: reads. A report has the date, the command and the numbers of its run. Of two
    or more runs it says how they compare with the first one, and how sure that is.

    \b
    tuner report run.json                            in the terminal
    tuner report run.json --output run.html          a page that needs no network
    tuner report run.json --format csv               a row for each memory size
    tuner report x86.json arm.json --output both.md  a comparison, its chart beside it

    Everything can go to stdout, but a PNG image not to a terminal. Markdown on stdout has no chart; with
    --output FILE.md its two SVG files, for light and dark pages, are written beside it.
    """
    form = choose_format("json" if as_json else wanted, target, FORMATS)
    if form == "power-tuning" and len(runs) > 1:
        raise UsageError("the output of power-tuning is about one run", "name one RUN")

    from tuner.tuning import replay

    results = [(_name(run), replay(run.removeprefix("replay:"), Path.cwd())) for run in runs]
    if len(results) == 1:
        shown = present_result(results[0][1], plot=sys.stdout.isatty())
    else:
        from tuner.comparison import compare

        shown = present_comparison(compare(results))
    publish(shown, form, target, theme)


def _name(run: str) -> str:
    """A file without its folder and ending."""
    return Path(run.removeprefix("replay:")).stem or run


def present_result(result: TuningResult, *, plot: bool) -> Presentation:
    """One run in every format; a `plot` in characters belongs to that of the terminal."""
    from tuner.reporting.chart import draw_chart, draw_image
    from tuner.reporting.csv import render_csv
    from tuner.reporting.markdown import render_markdown
    from tuner.reporting.plot import render_plot
    from tuner.reporting.terminal import render_terminal
    from tuner.reporting.view import SAID_IN_TEXT, build_view

    view = build_view(result)

    def html() -> str:
        from tuner.reporting.html import render_html

        return render_html(result)

    def power_tuning() -> Mapping[str, Any]:
        from tuner.interchange.power_tuning_output import power_tuning_document

        return power_tuning_document(result)

    return Presentation(
        terminal=lambda width, colour: render_terminal(
            view, width=width, colour=colour, plot=render_plot(result, width=width) if plot else ""
        ),
        markdown=partial(render_markdown, view),
        html=html,
        csv=partial(render_csv, [(result.measurements.function, result)]),
        document=result.to_dict,
        chart=partial(draw_chart, result),
        image=partial(draw_image, result),
        power_tuning=power_tuning,
        warnings=[w for w in result.warnings if w.code not in SAID_IN_TEXT],
        silent=("terminal", "csv", "svg", "png", "power-tuning"),
    )


def present_comparison(comparison: Comparison) -> Presentation:
    """Several runs beside each other in every format."""
    from tuner.reporting.compare import (
        build_compare_view,
        compare_document,
        draw_compare_chart,
        draw_compare_image,
        render_compare_html,
        render_compare_markdown,
        render_compare_terminal,
    )
    from tuner.reporting.csv import render_csv

    view = build_compare_view(comparison)
    return Presentation(
        terminal=lambda width, colour: render_compare_terminal(view, width=width, colour=colour),
        markdown=partial(render_compare_markdown, view),
        html=partial(render_compare_html, comparison),
        csv=partial(render_csv, [(run.name, run.result) for run in comparison.runs]),
        document=partial(compare_document, comparison),
        chart=partial(draw_compare_chart, comparison),
        image=partial(draw_compare_image, comparison),
        warnings=comparison.warnings,
    )
