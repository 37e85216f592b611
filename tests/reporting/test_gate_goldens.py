"""Every outcome of a gate as a whole, one golden file per case and format."""

from __future__ import annotations

import pytest
from gate_cases import CASES
from golden_files import assert_golden

from tuner.reporting.gate import build_gate_view, render_gate_markdown, render_gate_terminal


@pytest.mark.parametrize("case", CASES)
def test_markdown_reads_as_the_golden_file(case: str) -> None:
    assert_golden(f"../gate/{case}.md", render_gate_markdown(build_gate_view(CASES[case]())))


@pytest.mark.parametrize("case", ["regression", "passed_with_a_warning", "inconclusive", "hostile"])
def test_terminal_reads_as_the_golden_file(case: str) -> None:
    assert_golden(f"../gate/{case}.txt", render_gate_terminal(build_gate_view(CASES[case]())))
