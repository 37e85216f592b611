"""Writing the report of a simulation: a Markdown file and its chart in both themes."""

from __future__ import annotations

from pathlib import Path

from tuner.concurrency.simulation import SimulationResult
from tuner.files import write_atomically
from tuner.reporting.concurrency.chart import draw_simulation
from tuner.reporting.concurrency.markdown import render_markdown
from tuner.reporting.concurrency.simulation_page import simulation_page
from tuner.reporting.markup import ChartFiles
from tuner.reporting.report import file_name


def write_simulation_report(result: SimulationResult, folder: Path) -> Path:
    """Write `NAME.md`, `NAME.light.svg` and `NAME.dark.svg` into the folder; returns the page."""
    name = f"concurrency-{file_name(result.profile.name)}"
    light, dark, markdown = (folder / f"{name}{end}" for end in (".light.svg", ".dark.svg", ".md"))
    write_atomically(light, draw_simulation(result, "light"))
    write_atomically(dark, draw_simulation(result, "dark"))
    # The page comes last, so that it never shows charts that are not there.
    write_atomically(markdown, render_markdown(simulation_page(result), ChartFiles(light.name, dark.name)))
    return markdown
