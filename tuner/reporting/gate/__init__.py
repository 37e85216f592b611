"""What `tuner gate` found, for people and machines. Nothing here decides, prints or reads the environment.

`build_gate_view` puts a result into words once; `render_*` lay them out. The other functions say the same
to machines: annotations, a code quality report, JUnit XML and the JSON document.
"""

from __future__ import annotations

from tuner.reporting.gate.annotations import github_annotations
from tuner.reporting.gate.chart import draw_gate_chart
from tuner.reporting.gate.code_quality import gitlab_code_quality
from tuner.reporting.gate.document import gate_document
from tuner.reporting.gate.junit import render_junit
from tuner.reporting.gate.markdown import render_gate_markdown
from tuner.reporting.gate.terminal import render_gate_terminal
from tuner.reporting.gate.view import GateView, build_gate_view, comment_marker
from tuner.reporting.gate.worth import worth_a_comment

__all__ = [
    "GateView",
    "build_gate_view",
    "comment_marker",
    "draw_gate_chart",
    "gate_document",
    "github_annotations",
    "gitlab_code_quality",
    "render_gate_markdown",
    "render_gate_terminal",
    "render_junit",
    "worth_a_comment",
]
