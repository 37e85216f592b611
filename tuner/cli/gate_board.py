"""What `tuner gate` shows while it measures: how far it is, and where each rule stood at the last look."""

from __future__ import annotations

import time
from collections import Counter

from tuner.gate import DuelProgress, Side
from tuner.gating import Searching
from tuner.records import Outcome
from tuner.reporting.gate.comparison import LEGEND, compare_so_far, draw_intervals
from tuner.reporting.gate.terminal import draw_comparisons
from tuner.reporting.layout import wrapped
from tuner.reporting.wording import OUTCOME_WORDS, enumerated
from tuner.units import counted, format_count, format_duration, format_memory


class GateBoard:
    """The state of a gate as its observer knows it; of a `baseline` that is recorded there are no rules."""

    def __init__(self, *, baseline: bool = False) -> None:
        self._baseline = baseline
        self._last: DuelProgress | Searching | None = None
        self._failed = {side: Counter[Outcome]() for side in Side}
        self._began_s = time.monotonic()

    def observe(self, event: DuelProgress | Searching) -> None:
        """Take in a call."""
        self._last = event
        if isinstance(event, DuelProgress) and event.invocation.outcome is not Outcome.OK:
            self._failed[event.side][event.invocation.outcome] += 1

    def draw(self, width: int, height: int, *, colour: bool) -> str:
        """The rules and their picture as far as there is room for them above how far it is."""
        last = self._last
        if last is None:
            return ""
        foot = [line for text in self._foot(last) for line in wrapped(text, width, indent="  ").split("\n")]
        blocks = ["\n".join(foot[:height])]
        if isinstance(last, DuelProgress) and last.findings and not self._baseline:
            rules = draw_comparisons([compare_so_far(f) for f in last.findings], width, colour)
            picture = (*draw_intervals(last.findings), LEGEND)
            blocks[:0] = [rules, *(["\n".join(picture)] if max(map(len, picture)) <= width else [])]
        while len(blocks) > 1 and "\n\n".join(blocks).count("\n") >= height:
            del blocks[-2]  # the picture first, then the rules
        return "\n\n".join(blocks)

    def _foot(self, last: DuelProgress | Searching) -> list[str]:
        took = format_duration((time.monotonic() - self._began_s) * 1000)
        if isinstance(last, Searching):
            calls = f"{counted(last.calls, 'call')}, now at {format_memory(last.memory_mb)}"
            return [f"Searching the best size of {last.version}: {calls}, {took}"]
        pairs = f"{format_count(last.pairs)} of at most {counted(last.most_pairs, 'pair')}"
        lines = [f"{self._doing(last)}: {pairs} of calls, {took}"]
        failed = [f"{side} {self._failure_words(side)}" for side in Side if self._failed[side]]
        return [*lines, *([f"Failed: {'; '.join(failed)}"] if failed else [])]

    def _doing(self, last: DuelProgress) -> str:
        if self._baseline:
            return "Measuring the baseline"
        if last.confirming:
            return "It looks like a regression; measuring afresh to confirm it"
        return "Comparing" if last.findings else "Comparing, before the first look"

    def _failure_words(self, side: Side) -> str:
        return enumerated(
            f"{format_count(n)} {OUTCOME_WORDS[kind]}" for kind, n in self._failed[side].items()
        )
