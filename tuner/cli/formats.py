"""What a command can make of its result, and where it puts it: the formats that commands share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cost_models.errors import did_you_mean
from tuner.cli import output
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.records import RunWarning
    from tuner.reporting.markup import ChartFiles
    from tuner.reporting.theme import ThemeName

_OF_ENDING = {"markdown": "md", "htm": "html", "txt": "terminal"}


@dataclass(frozen=True, slots=True)
class Presentation:
    """Everything that can be made of a result; nothing is drawn or laid out before it is asked for.

    `terminal` takes the width and whether colour is wanted; `markdown` the names of its charts, if any.
    `warnings` are what the formats in `silent` do not say themselves.
    """

    terminal: Callable[[int, bool], str]
    markdown: Callable[[ChartFiles | None], str]
    html: Callable[[], str]
    csv: Callable[[], str]
    document: Callable[[], Mapping[str, Any]]
    chart: Callable[[ThemeName], str]
    image: Callable[[ThemeName], bytes]
    power_tuning: Callable[[], Mapping[str, Any]] | None = None
    warnings: Sequence[RunWarning] = ()
    silent: Sequence[str] = ("csv", "svg", "png", "power-tuning")


def choose_format(wanted: str | None, target: str | None, formats: Sequence[str]) -> str:
    """The format that is asked for, else the one that the ending of a file names, else `terminal`.

    Raises `UsageError` for one that there is not.
    """
    ending = Path(target or "").suffix.removeprefix(".").lower()
    found = wanted or _OF_ENDING.get(ending, ending) or "terminal"
    if found not in formats:
        place = f"--format {wanted}" if wanted else f"the ending of '{target}'"
        raise UsageError(f"{place} is no format", did_you_mean(found, formats))
    if found == "png" and target in (None, "-") and sys.stdout.isatty():
        raise UsageError("a PNG image cannot be shown in a terminal", "name a file with --output FILE.png")
    return found


def publish(shown: Presentation, form: str, target: str | None, theme: ThemeName = "light") -> None:
    """Write a result in one format to a file, or to stdout without one; Markdown files get their chart."""
    if form in shown.silent:
        output.warnings(shown.warnings)
    path = None if target in (None, "-") else Path(str(target))
    if path is not None and form == "md":
        from tuner.reporting.report import write_with_charts

        write_with_charts(path, shown.chart, shown.markdown)
    else:
        content = _content(shown, form, theme, to_stdout=path is None)
        if path is None:
            output.content(content)
            return
        from tuner.files import write_atomically

        write_atomically(path, content)
    output.note(f"written: {path}")


def _content(shown: Presentation, form: str, theme: ThemeName, *, to_stdout: bool) -> str | bytes:
    makers: dict[str, Callable[[], str | bytes]] = {
        "terminal": lambda: (
            shown.terminal(output.terminal_width(), output.use_colour(sys.stdout))
            if to_stdout
            else shown.terminal(80, False)
        ),
        "md": lambda: shown.markdown(None),
        "html": shown.html,
        "csv": shown.csv,
        "json": lambda: _json(shown.document()),
        "svg": lambda: shown.chart(theme),
        "png": lambda: shown.image(theme),
    }
    if shown.power_tuning is not None:
        power_tuning = shown.power_tuning
        makers["power-tuning"] = lambda: _json(power_tuning())
    return makers[form]()


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, indent=2, allow_nan=False) + "\n"
