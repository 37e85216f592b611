"""Every report as a whole, one golden file per case and format."""

from __future__ import annotations

import pytest
from golden_files import assert_golden
from report_cases import CASES

from tuner.reporting.markdown import render_markdown
from tuner.reporting.markup import ChartFiles
from tuner.reporting.terminal import render_terminal
from tuner.reporting.view import build_view


@pytest.mark.parametrize("case", CASES)
def test_markdown_reads_as_the_golden_file(case: str) -> None:
    view = build_view(CASES[case]())

    assert_golden(f"{case}.md", render_markdown(view, ChartFiles("chart.light.svg", "chart.dark.svg")))


@pytest.mark.parametrize("case", CASES)
def test_terminal_reads_as_the_golden_file(case: str) -> None:
    view = build_view(CASES[case]())

    assert_golden(f"{case}.txt", render_terminal(view))
