"""Driving a platform through shuffled rounds, within a bound, and collecting every invocation."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Lock

from tuner.measure.events import Events
from tuner.measure.lanes import in_lanes
from tuner.measure.quality import pardon_disturbed
from tuner.plans import Plan, SearchMethod, StopReason
from tuner.platforms.base import InvocationRequest, Platform
from tuner.records import Excluded, Invocation, MeasurementSet, Outcome

ROUNDS = 5
"""Visits to each size: sizes are interleaved, so that a drifting machine slows all of them alike."""
FAILURES_UNTIL_ABANDONED = 2
"""Failures without one success after which a size is left alone: it is a result, not a reason to go on."""
PATIENCE = {Outcome.OUT_OF_MEMORY: 1, Outcome.UNREADABLE_LOG: 4, Outcome.THROTTLED: 4}
"""The same where one failure says it all, or where it is the platform's failure and not the size's."""
SPARE_CALLS = 4


@dataclass(frozen=True, slots=True)
class Progress:
    """What an observer is told after each invocation.

    `done` and `planned` count the calls of the run, `calls_here` and `planned_here` those at this size; what
    is planned may still grow or shrink. Costs [USD], of this call and of all, are None where calls are free.
    """

    invocation: Invocation
    done: int
    planned: int
    calls_here: int
    planned_here: int
    seconds: float
    cost_usd: float | None
    spent_usd: float | None


Observer = Callable[[Progress], None]
Price = Callable[[Invocation], float]


class BudgetSpentError(Exception):
    """A bound of the plan was reached; what was measured so far is kept."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _SizeState:
    """How far one memory size has come."""

    samples: int = 0
    wanted: int = 0
    calls: int = 0
    most_calls: int = 0  # replacing bad samples is bounded too
    failures: int = 0
    last_failure: Outcome | None = None
    environments: int = 0
    calls_in_environment: dict[str | None, int] = field(default_factory=dict)

    @property
    def abandoned(self) -> bool:
        """Only failures so far, or more failures than successes could ever make good."""
        if self.last_failure is None:
            return False
        enough = PATIENCE.get(self.last_failure, FAILURES_UNTIL_ABANDONED)
        return self.failures >= enough and self.failures > self.samples

    @property
    def too_small(self) -> bool:
        """Whether it was abandoned for want of memory or time, of which smaller sizes have less."""
        return self.abandoned and self.last_failure in (Outcome.OUT_OF_MEMORY, Outcome.TIMEOUT)

    @property
    def open(self) -> bool:
        """Whether it still needs calls, and may have them."""
        return self.samples < self.wanted and not self.abandoned and self.calls < self.most_calls


class Session:
    """One run's conversation with a platform.

    `price` is what an invocation costs [USD], or None where invocations are free; `clock` is in seconds.
    Calls at one size follow each other; different sizes overlap as far as the platform allows.
    """

    def __init__(
        self,
        platform: Platform,
        plan: Plan,
        *,
        events: Events | None = None,
        price: Price | None = None,
        observer: Observer = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._platform = platform
        self._plan = plan
        self._events = events or Events()
        self._price = price
        self._observer = observer
        self._clock = clock
        self._began = clock()
        self._random = random.Random(plan.seed)
        self._invocations: list[Invocation] = []
        self._states: dict[int, _SizeState] = {}
        self._spent_usd = 0.0
        self._dearest_usd = 0.0
        self._started = 0  # invocations, those under way among them
        self._lock = Lock()  # guards everything above
        self._stopped_by: StopReason | None = None

    @property
    def stopped_by(self) -> StopReason | None:
        """The bound that ended the run, or None."""
        return self._stopped_by

    @property
    def invocations_left(self) -> int | None:
        """How many invocations the bound still allows; None without one."""
        most = self._plan.budget.max_invocations
        return None if most is None else most - len(self._invocations)

    def calls_for(self, memory_mb: int, samples: int) -> int | None:
        """How many invocations so many more samples of a size take, with the environments they start.

        None for a size that is left alone because of its failures, or a larger one's.
        """
        state = self._states.get(memory_mb, _SizeState())
        if state.abandoned or self._is_doomed(memory_mb):
            return None
        return self._calls_for(state, samples)

    def _calls_for(self, state: _SizeState, samples: int) -> int:
        starts = self._plan.environments - state.environments
        return samples + starts * (1 + self._plan.warm_ups)

    def measure(self, memory_sizes_mb: Iterable[int], samples: int) -> None:
        """Bring each size to `samples` more warm samples, in shuffled rounds."""
        sizes = list(memory_sizes_mb)
        for size in sizes:
            state = self._states.setdefault(size, _SizeState())
            state.wanted = state.samples + samples
            state.most_calls = state.calls + self._calls_for(state, 2 * samples) + SPARE_CALLS
        self.prepare([size for size in sizes if self._worth_measuring(size)])
        per_visit = math.ceil(samples / ROUNDS)
        try:
            # Disturbed samples are replaced in further rounds; `open` bounds how many.
            while any(self._worth_measuring(size) for size in sizes):
                self._random.shuffle(sizes)
                self._in_lanes(lambda size: self._visit(size, per_visit), sizes)
        except BudgetSpentError as bound:
            self._stopped_by = bound.reason

    def prepare(self, memory_sizes_mb: Iterable[int]) -> None:
        """Let the platform make these sizes ready together."""
        self._platform.prepare(list(memory_sizes_mb), timeout_s=self._plan.timeout_s)

    def measure_cold(self, memory_sizes_mb: Iterable[int], cold_starts: int) -> None:
        """Bring each size to so many cold starts that succeeded or failed, each in a fresh environment."""
        cold = {
            size: sum(i.cold for i in self._invocations if i.memory_mb == size) for size in memory_sizes_mb
        }
        missing = {size: cold_starts - calls for size, calls in cold.items() if calls < cold_starts}
        if not missing:
            return
        most = max(missing.values())
        self._platform.prepare(list(missing), timeout_s=self._plan.timeout_s, cold_calls=most)
        try:
            for number in range(most):
                sizes = [size for size, calls in missing.items() if number < calls]
                self._random.shuffle(sizes)
                self._in_lanes(lambda size: self._invoke(size, self._states[size], fresh=True), sizes)
        except BudgetSpentError as bound:
            self._stopped_by = bound.reason

    def _in_lanes(self, work: Callable[[int], None], sizes: Iterable[int]) -> None:
        in_lanes(work, sizes, self._platform.describe().parallel)

    def finished(self) -> MeasurementSet:
        """Everything that was measured so far."""
        description = self._platform.describe()
        invocations, warnings = pardon_disturbed(tuple(self._invocations))
        return MeasurementSet(
            target=description.function,
            function=description.function,
            platform=description.platform,
            invocations=invocations,
            current=description.current,
            timeout_s=self._plan.timeout_s,
            relative=description.relative,
            conditions=description.conditions,
            warnings=(*description.warnings, *warnings),
            seconds=self._clock() - self._began,
        )

    def _worth_measuring(self, size: int) -> bool:
        return self._states[size].open and not self._is_doomed(size)

    def _is_doomed(self, size: int) -> bool:
        """Whether a larger size has already run out of memory or time."""
        return any(larger > size and state.too_small for larger, state in self._states.items())

    def _visit(self, size: int, samples: int) -> None:
        state = self._states[size]
        # The environments of a size start evenly over the samples that it is to have.
        fresh = state.samples * self._plan.environments >= state.environments * state.wanted
        target = min(state.wanted, state.samples + samples)
        # A visit is bounded too: on a busy machine its samples may all be disturbed, and the others wait.
        for call in range(samples + 2 + self._plan.warm_ups):
            if state.samples >= target or not self._worth_measuring(size):
                return
            self._invoke(size, state, fresh=fresh and call == 0)

    def _invoke(self, size: int, state: _SizeState, *, fresh: bool) -> None:
        with self._lock:
            self._check_budget()
            index, nth = self._started, state.calls
            self._started += 1
            state.calls += 1
            state.environments += fresh
        with self._events.event(index=index, nth=nth, memory_mb=size) as event:
            request = InvocationRequest(size, self._plan.timeout_s, event.payload, fresh)
            invocation = self._platform.invoke(request)
            event.outcome = invocation.outcome
        with self._lock:
            self._record(invocation, state)

    def _record(self, invocation: Invocation, state: _SizeState) -> None:
        if invocation.outcome is not Outcome.OK:
            state.failures += 1
            state.last_failure = invocation.outcome
        elif not invocation.cold:
            warm_calls = state.calls_in_environment.get(invocation.environment, 0)
            state.calls_in_environment[invocation.environment] = warm_calls + 1
            if warm_calls < self._plan.warm_ups:
                invocation = replace(invocation, excluded=Excluded.WARM_UP)
        invocation = replace(invocation, sequence=len(self._invocations))
        state.samples += invocation.warm_sample
        cost = self._cost_usd(invocation)
        self._spent_usd += cost or 0.0
        self._dearest_usd = max(self._dearest_usd, cost or 0.0)
        self._invocations.append(invocation)
        self._observer(
            Progress(
                invocation,
                done=len(self._invocations),
                planned=self._planned(),
                calls_here=state.calls,
                planned_here=state.calls + self._to_come(invocation.memory_mb, state),
                seconds=self._clock() - self._began,
                cost_usd=cost,
                spent_usd=None if cost is None else self._spent_usd,
            )
        )

    def _cost_usd(self, invocation: Invocation) -> float | None:
        """What a call is billed; None where calls are free."""
        if self._price is None:
            return None
        # What was billed for a call that nothing was heard of is not known, and not nothing.
        known = invocation.billed_duration_ms is not None or invocation.outcome is Outcome.THROTTLED
        return self._price(invocation) if known else self._dearest_usd

    def _planned(self) -> int:
        """Calls made plus the calls that the open sizes still need; a search may go on to its bound."""
        most = self._plan.budget.max_invocations
        if self._plan.method is SearchMethod.ADAPTIVE and most is not None:
            return most
        to_come = sum(self._to_come(size, state) for size, state in self._states.items())
        return len(self._invocations) + to_come

    def _to_come(self, size: int, state: _SizeState) -> int:
        """The calls that a size still needs."""
        if not self._worth_measuring(size):
            return 0
        return self._calls_for(state, state.wanted - state.samples)

    def _check_budget(self) -> None:
        budget, under_way = self._plan.budget, self._started - len(self._invocations)
        if budget.max_invocations is not None and self._started >= budget.max_invocations:
            raise BudgetSpentError(StopReason.MAX_INVOCATIONS)
        if budget.max_seconds is not None and self._clock() - self._began >= budget.max_seconds:
            raise BudgetSpentError(StopReason.MAX_SECONDS)
        expected = self._spent_usd + (under_way + 1) * self._dearest_usd
        if budget.max_spend_usd is not None and expected > budget.max_spend_usd:
            raise BudgetSpentError(StopReason.MAX_SPEND)
