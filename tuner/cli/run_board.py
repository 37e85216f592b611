"""What `tuner run` shows while it measures: a row for each size, what was spent, where the answer stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tuner.measure.session import Progress
from tuner.plans import Budget
from tuner.recommend.evaluation import PER_MILLION
from tuner.recommend.summaries import estimate, own_interval
from tuner.records import BandPoint, Outcome, Regret
from tuner.reporting.layout import wrapped
from tuner.reporting.rows import Column, Row, Table
from tuner.reporting.terminal import draw_table
from tuner.reporting.wording import NOTHING, OUTCOME_WORDS, duration_range
from tuner.tuning.measuring import SURELY
from tuner.tuning.outlook import Outlook, Purpose
from tuner.tuning.planning import Preview
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

_HEAD_LINES = 3
_REGRETS_SHOWN = 4


@dataclass(slots=True)
class _Size:
    """What the calls at one size have shown."""

    calls: int = 0
    planned: int = 0
    warm_ms: list[float] = field(default_factory=list)
    warm_usd: list[float] = field(default_factory=list)
    failed: Counter[Outcome] = field(default_factory=Counter)
    touched: int = 0  # the number of the call that was the last here

    @property
    def mean_ms(self) -> float | None:
        """The plain mean of the warm calls."""
        return sum(self.warm_ms) / len(self.warm_ms) if self.warm_ms else None


class RunBoard:
    """The state of a run as its observer knows it."""

    def __init__(self) -> None:
        self._sizes: dict[int, _Size] = {}
        self._last: Progress | None = None
        self._next: Outlook | None = None
        self._best_mb: int | None = None
        self._points: dict[int, BandPoint] = {}
        self._regrets: list[Regret] = []
        self._budget, self._enough, self._relative = Budget(), 0.0, False

    def begin(self, preview: Preview) -> None:
        """Take in the plan of a run: its bounds, and what its dollars mean."""
        self._budget, self._enough = preview.plan.budget, preview.options.regret_target
        self._relative = preview.description.relative

    def observe(self, event: Progress | Outlook) -> None:
        """Take in a call, or where the answer stands and what comes next."""
        if isinstance(event, Progress):
            self._count(event)
            return
        self._next = event
        for size in event.next_mb:
            known = self._sizes.setdefault(size, _Size())
            known.planned = known.calls + event.calls
        if standing := event.standing:
            self._best_mb = standing.best_mb
            self._points = {point.memory_mb: point for point in standing.estimates}
            self._regrets += [standing.regret] if standing.regret else []

    def _count(self, event: Progress) -> None:
        call, self._last = event.invocation, event
        size = self._sizes.setdefault(call.memory_mb, _Size())
        size.calls, size.planned, size.touched = event.calls_here, event.planned_here, event.done
        if call.outcome is not Outcome.OK:
            size.failed[call.outcome] += 1
        elif call.warm_sample and call.duration_ms is not None:
            size.warm_ms.append(call.duration_ms)
            size.warm_usd += [] if event.cost_usd is None else [event.cost_usd]

    def draw(self, width: int, height: int, *, colour: bool) -> str:
        """The sizes as far as there is room for them above what was spent and what is next."""
        foot = [line for text in self._foot() for line in wrapped(text, width, indent="  ").split("\n")]
        foot = foot[-height:]
        room = height - len(foot) - _HEAD_LINES - 2  # a blank line, and one that says what was left out
        shown = self._worth_a_row(room)
        if not shown:
            return "\n".join(foot)
        hidden = len(self._sizes) - len(shown)
        left_out = [f"and {format_count(hidden)} more sizes"] if hidden else []
        return "\n".join([draw_table(self._table(shown), width, colour), *left_out, "", *foot])

    def _worth_a_row(self, room: int) -> list[int]:
        """The best size, those under way, and the last ones before them; ascending."""
        under_way = self._under_way()
        order = sorted(
            self._sizes,
            key=lambda size: (size != self._best_mb, size not in under_way, -self._sizes[size].touched),
        )
        return sorted(order[: max(0, room)])

    def _under_way(self) -> tuple[int, ...]:
        """Of several sizes that take turns, the one that was called last."""
        turns = self._next.next_mb if self._next else ()
        if len(turns) > 1 and self._last:
            return (self._last.invocation.memory_mb,)
        return turns

    def _table(self, sizes: Sequence[int]) -> Table:
        cost = "cost, best = 100 %" if self._relative else "$ per million"
        columns = (
            Column("memory", 0),
            Column("note", 12, numeric=False),
            Column("calls", 4),
            Column("mean", 0),
            Column("95 % interval", 6),
            Column(cost, 9),
        )
        cells = [self._cells(size) for size in sizes]
        kept = [
            i for i, c in enumerate(columns) if not c.rank or any(r[i] not in ("", NOTHING) for r in cells)
        ]
        return Table(
            columns=tuple(columns[i] for i in kept),
            rows=tuple(
                Row(
                    cells=tuple(row[i] for i in kept),
                    recommended=size == self._best_mb,
                    failed=bool(self._sizes[size].failed) and not self._sizes[size].warm_ms,
                )
                for size, row in zip(sizes, cells, strict=True)
            ),
        )

    def _cells(self, memory_mb: int) -> tuple[str, ...]:
        size, mean = self._sizes[memory_mb], self._sizes[memory_mb].mean_ms
        return (
            format_memory(memory_mb),
            self._note(memory_mb),
            f"{format_count(size.calls)}/{format_count(max(size.planned, size.calls))}",
            NOTHING if mean is None else format_duration(mean),
            self._interval(memory_mb),
            self._cost(memory_mb),
        )

    def _note(self, memory_mb: int) -> str:
        notes = ["best so far"] if memory_mb == self._best_mb else []
        notes += [
            f"{format_count(n)} {OUTCOME_WORDS[kind]}" for kind, n in self._sizes[memory_mb].failed.items()
        ]
        notes += ["measuring"] if memory_mb in self._under_way() else []
        return ", ".join(notes)

    def _interval(self, memory_mb: int) -> str:
        """Of the mean, by the curve where there is one; else by the size's own calls."""
        size, point = self._sizes[memory_mb], self._points.get(memory_mb)
        if point and size.mean_ms is not None:
            found = estimate(size.mean_ms, (point.duration_ms.low, point.duration_ms.high))
        else:
            own = own_interval(np.array(size.warm_ms))
            if own is None:
                return NOTHING
            found = own
        return duration_range(found.low, found.high)

    def _cost(self, memory_mb: int) -> str:
        """The mean bill; where calls are not billed, by the curve, in parts of the best size's."""
        if bills := self._sizes[memory_mb].warm_usd:
            return format_usd(sum(bills) / len(bills) * PER_MILLION)
        point, best = self._points.get(memory_mb), self._points.get(self._best_mb or 0)
        if point is None or best is None:
            return NOTHING
        return format_percent(point.cost_usd_per_million.mean / best.cost_usd_per_million.mean)

    def _foot(self) -> list[str]:
        return [text for text in (self._spent(), self._regret(), self._what_is_next()) if text]

    def _spent(self) -> str:
        last, budget = self._last, self._budget
        if last is None:
            return ""
        at_most = "" if self._next and self._next.purpose is Purpose.GRID else "at most "
        parts = [f"{format_count(last.done)} of {at_most}{format_count(last.planned)} invocations"]
        seconds = format_duration(last.seconds * 1000)
        longest = f" of at most {budget.max_seconds:g} s" if budget.max_seconds else ""
        parts.append(seconds + longest)
        if last.spent_usd is not None:
            most = f" of at most {format_usd(budget.max_spend_usd)}" if budget.max_spend_usd else ""
            parts.append(format_usd(last.spent_usd) + most)
        return f"Spent: {', '.join(parts)}"

    def _regret(self) -> str:
        """How far the answer is from what was asked for, and how it came there."""
        if not self._regrets:
            return ""
        means = [format_percent(regret.mean) for regret in self._regrets]
        left_out = ["…"] if len(means) > _REGRETS_SHOWN else []
        trail = " → ".join([*means[:1], *left_out, *means[1:][1 - _REGRETS_SHOWN :]])
        bound = format_percent(self._regrets[-1].bound)
        enough = f"{format_percent(self._enough)} and {format_percent(SURELY * self._enough)}"
        return f"Expected regret: {trail}, within {bound} with 90 % probability; enough is {enough}"

    def _what_is_next(self) -> str:
        outlook = self._next
        if outlook is None:
            return ""
        sizes = [format_memory(size) for size in outlook.next_mb]
        best = format_memory(self._best_mb) if self._best_mb else None
        match outlook.purpose:
            case Purpose.WATCH:
                return "Next: a few calls at full speed, to predict every size"
            case Purpose.GRID:
                return f"Next: {len(sizes)} memory sizes in turn"
            case Purpose.COLD:
                return f"Next: cold starts at {len(sizes)} memory sizes"
            case Purpose.START:
                why = "one of the sizes that a search starts with"
            case Purpose.NEW_SIZE:
                why = (
                    f"not measured yet, and it may beat {best}" if best else "nothing may be recommended yet"
                )
            case Purpose.RIVAL:
                why = f"it may still beat {best}" if best else "nothing may be recommended yet"
            case Purpose.SURER:
                why = "to be surer of the best so far"
            case Purpose.ENOUGH_CALLS:
                why = "the answer, which rests on too few calls yet"
        return f"Next: {sizes[0]}, {why}"
