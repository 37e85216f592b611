"""Writing a report: one Markdown file and the chart in both themes beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuner.files import write_atomically
from tuner.records import TuningResult

if TYPE_CHECKING:
    from tuner.reporting.markup import ChartFiles
    from tuner.reporting.theme import ThemeName

_NAME_LIMIT = 80
# Names that Windows keeps for devices, whatever their extension.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where a report was written."""

    markdown: Path
    charts: tuple[Path, ...]


def write_report(result: TuningResult, folder: Path) -> ReportFiles:
    """Write `NAME.md`, `NAME.light.svg` and `NAME.dark.svg` into `folder`, over those of an earlier run."""
    return write_markdown(result, folder / f"{file_name(result.measurements.function)}.md")


def write_markdown(result: TuningResult, path: Path) -> ReportFiles:
    """Write the report as a Markdown page, with the chart in both themes beside it."""
    # Laying out and drawing need packages that `tuner --help` must not load.
    from tuner.reporting.chart import draw_chart
    from tuner.reporting.markdown import render_markdown
    from tuner.reporting.view import build_view

    return write_with_charts(path, partial(draw_chart, result), partial(render_markdown, build_view(result)))


def write_with_charts(
    path: Path, draw: Callable[[ThemeName], str], render: Callable[[ChartFiles], str]
) -> ReportFiles:
    """Write a Markdown page, and as `NAME.light.svg` and `NAME.dark.svg` the chart that it shows."""
    from tuner.reporting.markup import ChartFiles

    name = path.name.removesuffix(".md")
    light, dark = path.with_name(f"{name}.light.svg"), path.with_name(f"{name}.dark.svg")
    write_atomically(light, draw("light"))
    write_atomically(dark, draw("dark"))
    # The page comes last, so that it never shows charts that are not there.
    write_atomically(path, render(ChartFiles(light.name, dark.name)))
    return ReportFiles(markdown=path, charts=(light, dark))


def file_name(function: str) -> str:
    """A safe, readable file name; a name that had to be changed gets a hash, so that no two share a file."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", function).strip(".-")[:_NAME_LIMIT].rstrip(".-")
    if name and name == function and not _RESERVED.fullmatch(name):
        return name
    digest = hashlib.sha256(function.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name or 'function'}-{digest}" if not _RESERVED.fullmatch(name) else f"function-{name}-{digest}"
