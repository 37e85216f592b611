"""Measuring two versions side by side: call by call in shuffled pairs, in environments started together."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tuner.errors import MeasurementError, NotRestoredError, UsageError
from tuner.gate.blocks import Block, Breakage, DuelRecord, Ending, Pair, Side
from tuner.gate.conclusion import Questions, suspects
from tuner.gate.design import FEWEST_CONFIRMING
from tuner.gate.failures import count_failures
from tuner.gate.judging import Assessment
from tuner.gate.samples import PER_MILLION, bill_reader
from tuner.gate.verdicts import Finding
from tuner.platforms.base import InvocationRequest, Platform
from tuner.records import Excluded, Invocation, Outcome

if TYPE_CHECKING:
    from tuner.measure.events import Events

SPARE_PAIRS = 2
"""How many times the pairs of a block may be tried, when calls fail or are disturbed."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """One version: where it runs, and at which memory size [MB]."""

    platform: Platform
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the measuring may take besides its pairs. None is no bound of that kind."""

    max_seconds: float | None = None
    max_spend_usd: float | None = None


@dataclass(frozen=True, slots=True)
class DuelProgress:
    """What an observer is told after each call.

    `most_pairs` bounds this measurement, the first or the confirming one, and `findings` is what the last
    look at it said; empty before there was one.
    """

    side: Side
    invocation: Invocation
    pairs: int
    most_pairs: int
    confirming: bool
    findings: tuple[Finding, ...] = ()


Observer = Callable[[DuelProgress], None]


@dataclass(slots=True)
class _Progress:
    """How far the measurement under way has come."""

    most_pairs: int
    confirming: bool
    pairs: int = 0
    findings: tuple[Finding, ...] = ()


class _EndedError(Exception):
    """A bound was reached, or a version is broken; what was measured so far is kept."""

    def __init__(self, ending: Ending, broken: Breakage | None = None) -> None:
        super().__init__(ending)
        self.ending = ending
        self.broken = broken


class Duel:
    """One gate's conversation with two platforms, or with one that runs two memory sizes.

    Raises `UsageError` for two contestants that nothing tells apart.
    """

    def __init__(
        self,
        baseline: Contestant,
        contender: Contestant,
        questions: Questions,
        *,
        events: Events,
        timeout_s: int,
        seed: int,
        bounds: Bounds = Bounds(),
        observer: Observer = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if baseline == contender:
            raise UsageError("a version cannot be compared with itself on one platform", "open it twice")
        self._contestants = {Side.BASELINE: baseline, Side.CONTENDER: contender}
        self._questions = questions
        self._events = events
        self._timeout_s = timeout_s
        self._random = random.Random(seed)
        self._bounds = bounds
        self._observer = observer
        self._clock = clock
        self._began = clock()
        descriptions = {side: each.platform.describe() for side, each in self._contestants.items()}
        self._paid = {side: description.paid for side, description in descriptions.items()}
        self._warm_ups = max(description.warm_ups for description in descriptions.values())
        self._price = bill_reader(questions.prices)
        self._spent_usd = self._dearest_usd = 0.0
        self._calls = self._nth = 0
        self._progress = _Progress(0, confirming=False)
        self._warm_calls: dict[tuple[Side, str | None], int] = {}
        self._blocks: dict[bool, list[Block]] = {False: [], True: []}  # by whether they confirm

    def run(self) -> DuelRecord:
        """Measure until the answer is clear or a bound is reached; confirm what looks like a regression."""
        broken = None
        try:
            ended_by = self._measure()
        except _EndedError as end:
            ended_by, broken = end.ending, end.broken
        return DuelRecord(
            blocks=tuple(self._blocks[False]),
            confirmation=tuple(self._blocks[True]),
            ended_by=ended_by,
            broken=broken,
            seconds=self._clock() - self._began,
            spent_usd=self._spent_usd if any(self._paid.values()) else None,
        )

    def _measure(self) -> Ending:
        self._prepare()
        questions, first = self._questions, self._blocks[False]
        ending = self._stage(questions.design.first_blocks, questions.first, confirming=False)
        found = questions.first(first)
        if not found.suspicious:
            return ending
        asked, left = suspects(found), questions.design.blocks - len(first)
        return self._stage(left, lambda blocks: questions.confirming(blocks, first, asked), confirming=True)

    def _prepare(self) -> None:
        """Sizes of one platform are made ready together: it may mean changing the function for a while."""
        baseline, contender = self._contestants.values()
        if baseline.platform is contender.platform:
            sizes = [baseline.memory_mb, contender.memory_mb]
            baseline.platform.prepare(sizes, timeout_s=self._timeout_s)
            return
        for each in (baseline, contender):
            each.platform.prepare([each.memory_mb], timeout_s=self._timeout_s)

    def _stage(
        self, most_blocks: int, judge: Callable[[Sequence[Block]], Assessment], *, confirming: bool
    ) -> Ending:
        """One measurement, of at most so many blocks."""
        blocks = self._blocks[confirming]
        looks = self._questions.design.looks(most_blocks)
        self._progress = _Progress(most_blocks * self._questions.design.pairs_per_block, confirming)
        while len(blocks) < most_blocks:
            self._add_block(blocks)
            failures = count_failures(self._questions.samples(blocks).calls)
            if any(failures.of(side).never_succeeds for side in Side):
                return Ending.NEVER_SUCCEEDED
            if len(blocks) in looks:
                found = judge(blocks)
                self._progress.findings = found.findings
                if found.suspicious or found.passed:
                    return Ending.DECIDED
        return Ending.MAX_PAIRS

    def _add_block(self, blocks: list[Block]) -> None:
        """A new environment of each version, and its warm pairs; kept as far as it came."""
        block = Block(self._pair(fresh=True))
        blocks.append(block)
        if any(call.outcome is not Outcome.OK for call in block.started):
            return  # what cannot start has no warm calls
        wanted = self._questions.design.pairs_per_block
        for _ in range(self._warm_ups + SPARE_PAIRS * wanted):
            block = replace(block, pairs=(*block.pairs, self._pair()))
            blocks[-1] = block
            if sum(pair.comparable for pair in block.pairs) == wanted:
                self._progress.pairs += wanted
                return
        self._progress.pairs += len(block.samples(wanted))

    def _pair(self, *, fresh: bool = False) -> Pair:
        """One call of each version, in random order, with the same event."""
        order = list(Side)
        self._random.shuffle(order)
        calls = {side: self._invoke(side, fresh=fresh) for side in order}
        self._nth += 1
        return Pair(calls[Side.BASELINE], calls[Side.CONTENDER])

    def _invoke(self, side: Side, *, fresh: bool) -> Invocation:
        self._check_bounds(side)
        contestant = self._contestants[side]
        index, memory_mb = self._calls, contestant.memory_mb
        self._calls += 1
        with self._events.event(index=index, nth=self._nth, memory_mb=memory_mb) as event:
            request = InvocationRequest(memory_mb, self._timeout_s, event.payload, fresh)
            try:
                call = contestant.platform.invoke(request)
            except NotRestoredError:
                raise
            except MeasurementError as error:
                raise _EndedError(Ending.BROKEN, Breakage(side, error.message, error.hint)) from error
            event.outcome = call.outcome
        call = replace(self._marked(side, call), sequence=index)
        self._count_cost(side, call)
        self._observer(
            DuelProgress(
                side,
                call,
                pairs=self._progress.pairs,
                most_pairs=self._progress.most_pairs,
                confirming=self._progress.confirming,
                findings=self._progress.findings,
            )
        )
        return call

    def _marked(self, side: Side, call: Invocation) -> Invocation:
        """The call, excluded where its environment is still warming up."""
        if call.outcome is not Outcome.OK or call.cold:
            return call
        key = side, call.environment
        self._warm_calls[key] = self._warm_calls.get(key, 0) + 1
        warming = self._warm_calls[key] <= self._warm_ups
        return replace(call, excluded=Excluded.WARM_UP) if warming else call

    def _count_cost(self, side: Side, call: Invocation) -> None:
        if not self._paid[side]:
            return
        # What was billed for a call that nothing was heard of is not known, and not nothing.
        known = self._price(call)
        cost = self._dearest_usd if known is None else known / PER_MILLION
        self._spent_usd += cost
        self._dearest_usd = max(self._dearest_usd, cost)

    def _check_bounds(self, side: Side) -> None:
        seconds, dollars = self._bounds.max_seconds, self._bounds.max_spend_usd
        used = 1 + self._confirming_share()
        if seconds is not None and (self._clock() - self._began) * used >= seconds:
            raise _EndedError(Ending.MAX_SECONDS)
        if dollars is not None and self._paid[side] and self._spent_usd * used + self._dearest_usd > dollars:
            raise _EndedError(Ending.MAX_SPEND)

    def _confirming_share(self) -> float:
        """What a confirmation will need of time and money at least, against what was used so far."""
        blocks = len(self._blocks[False])
        return 0.0 if self._progress.confirming or not blocks else FEWEST_CONFIRMING / blocks
