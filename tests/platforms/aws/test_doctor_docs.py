"""docs/doctor.md says what the code does: each practice with its page, each mode with its actions."""

from pathlib import Path

import pytest

from tuner.platforms.aws.doctor.findings import Severity
from tuner.platforms.aws.doctor.practices import PRACTICES
from tuner.platforms.aws.permissions import CALLS, Mode, Scope

TEXT = (Path(__file__).parents[3] / "docs" / "doctor.md").read_text(encoding="utf-8")
ROWS = [line for line in TEXT.splitlines() if line.startswith("| ")]


def practice_row(practice):
    page = practice.source.rpartition("/")[2].removesuffix(".html")
    return f"| `{practice.code}` | {practice.subject} | [{page}]({practice.source}) |"


def mode_rows():
    """What each mode adds to the one before it, by what it is given on."""
    for mode in Mode:
        for scope in Scope:
            actions = sorted({c.action for c in CALLS.values() if (c.mode, c.scope) == (mode, scope)})
            if actions and scope is not Scope.NONE:
                yield f"| {mode} | {scope} | {', '.join(f'`{action}`' for action in actions)} |"


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda practice: practice.code)
def test_every_practice_is_documented_with_its_page(practice):
    assert practice_row(practice) in ROWS


def test_the_table_of_modes_is_the_table_of_calls():
    assert list(mode_rows()) == [row for row in ROWS if row.split()[1] in list(Mode)]


def test_no_practice_is_documented_that_is_gone():
    documented = [row.split("`")[1] for row in ROWS if row.startswith("| `D-")]
    assert [practice.code for practice in PRACTICES] == documented


@pytest.mark.parametrize("severity", list(Severity))
def test_every_severity_is_explained(severity):
    assert f"**{severity}**" in TEXT
