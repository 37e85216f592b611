"""Has a change made the function dearer or slower? From calls of both versions to a verdict.

`Duel` measures, `conclude` decides. The verdict is a pure function of the record and the questions.
"""

from tuner.gate.blocks import Block, Breakage, DuelRecord, Ending, Pair, Side
from tuner.gate.conclusion import Questions, conclude
from tuner.gate.design import Design
from tuner.gate.duel import Bounds, Contestant, Duel, DuelProgress
from tuner.gate.failures import Failures, Tally
from tuner.gate.metrics import Metric
from tuner.gate.rules import (
    DEFAULT_FAIL,
    DEFAULT_WARN,
    Rule,
    Rules,
    Severity,
    Threshold,
    read_assignments,
    read_rules,
)
from tuner.gate.saved import conclude_saved
from tuner.gate.sightings import Witness
from tuner.gate.verdicts import Answer, Finding, Range, Verdict

__all__ = [
    "DEFAULT_FAIL",
    "DEFAULT_WARN",
    "Answer",
    "Block",
    "Bounds",
    "Breakage",
    "Contestant",
    "Design",
    "Duel",
    "DuelProgress",
    "DuelRecord",
    "Ending",
    "Failures",
    "Finding",
    "Metric",
    "Pair",
    "Questions",
    "Range",
    "Rule",
    "Rules",
    "Severity",
    "Side",
    "Tally",
    "Threshold",
    "Verdict",
    "Witness",
    "conclude",
    "conclude_saved",
    "read_assignments",
    "read_rules",
]
