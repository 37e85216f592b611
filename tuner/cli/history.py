"""`tuner history FUNCTION`: cost and p95 of a function from run to run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuner.cli.formats import Presentation, choose_format, publish
from tuner.errors import NoAnswerError

if TYPE_CHECKING:
    from tuner.history import History
    from tuner.records import RunWarning
    from tuner.trend import Step

FORMATS = ("terminal", "md", "html", "json", "csv", "svg", "png")
USUAL_LIMIT = 30


@click.command("history", short_help="How cost and duration of a function went from run to run.")
@click.argument("function")
@click.option(
    "--format",
    "wanted",
    metavar="|".join(FORMATS),
    help="How to show it.  [default: by the ending of --output, else terminal]",
)
@click.option("--output", "target", metavar="FILE", help="Where it goes; - is stdout.  [default: -]")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    default=USUAL_LIMIT,
    help=f"Show the last N runs.  [default: {USUAL_LIMIT}]",
)
@click.option("--report-dir", metavar="DIR", help="Where the history is.  [default: reports]")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    *,
    function: str,
    wanted: str | None,
    target: str | None,
    limit: int,
    report_dir: str | None,
    as_json: bool,
) -> None:
    """Show what the runs of FUNCTION found over time: cost and p95 of the size that each recommended.

    Every tuner run adds a line to history.jsonl in its report folder: with the commit, the numbers and the
    conditions. A change is named where it is larger than the noise; across new prices, payloads or other
    conditions nothing is compared. Keep the file in the repository to have the history of every machine.
    """
    from tuner.history import read_history
    from tuner.settings import find_report_dir
    from tuner.trend import steps_of

    form = choose_format("json" if as_json else wanted, target, FORMATS)
    history = read_history(find_report_dir(function, report_dir, os.environ, Path.cwd()))
    entries = history.of(function)
    if not entries:
        raise _unknown(function, history)
    steps = steps_of(entries)[-limit:]
    publish(_present(function, steps, len(entries) - len(steps), history.warnings), form, target)


def _unknown(function: str, history: History) -> NoAnswerError:
    from cost_models.errors import did_you_mean

    known = sorted({entry.function for entry in history.entries})
    hint = did_you_mean(function, known) if known else "no line of it could be read"
    return NoAnswerError(f"no run of '{function}' is in the history", hint)


def _present(
    function: str, steps: Sequence[Step], hidden: int, warnings: Sequence[RunWarning]
) -> Presentation:
    from tuner.reporting.history import (
        build_history_view,
        draw_history_chart,
        draw_history_image,
        history_document,
        render_history_csv,
        render_history_html,
        render_history_markdown,
        render_history_terminal,
    )

    view = build_history_view(function, steps, hidden=hidden, warnings=warnings)
    return Presentation(
        terminal=lambda width, colour: render_history_terminal(view, steps, width=width, colour=colour),
        markdown=partial(render_history_markdown, view),
        html=partial(render_history_html, view, steps),
        csv=partial(render_history_csv, steps),
        document=partial(history_document, function, steps, warnings),
        chart=partial(draw_history_chart, view, steps),
        image=partial(draw_history_image, view, steps),
        warnings=warnings,
    )
