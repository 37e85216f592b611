"""Tuning many functions: as many at a time as there are workers, within one budget, keeping what is done."""

from __future__ import annotations

from asyncio import CancelledError
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from tuner.fleet.assignment import Assignment, Signal, carry_out
from tuner.fleet.ledger import Ledger
from tuner.fleet.purse import Purse
from tuner.fleet.records import Attempt, Ending
from tuner.units import format_usd

Observer = Callable[[Attempt], None]


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work: any executor, how many runs it takes at a time, and how word gets to them.

    `pace` is the share of each account's rate that one process of it may take.
    """

    executor: Executor
    parallel: int
    signal: Signal
    pace: float = 1.0


def tune_all(
    assignments: Sequence[Assignment],
    workers: Workers,
    purse: Purse,
    ledger: Ledger,
    *,
    observer: Observer = lambda _: None,
) -> bool:
    """Tune every function, and write down each as it ends; whether Ctrl-C ended that early.

    A function that fails is an attempt like another. On Ctrl-C the runs at work restore their functions
    before this returns; a second one does not wait for them.
    """
    work = _Work(workers, purse, ledger, observer, deque(assignments))
    interrupted = False
    while work.waiting or work.running:
        try:
            work.start()
            work.take_in()
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            work.stop()
    return interrupted


@dataclass(slots=True)
class _Running:
    assignment: Assignment
    share: float


class _Work:
    """The runs that wait and those under way."""

    def __init__(
        self, workers: Workers, purse: Purse, ledger: Ledger, observer: Observer, waiting: deque[Assignment]
    ) -> None:
        self.workers, self.purse, self.ledger, self.observer = workers, purse, ledger, observer
        self.waiting = waiting
        self.running: dict[Future[Attempt], _Running] = {}

    def start(self) -> None:
        """Begin as many as there is room and money for; who finds no money waits for what others leave."""
        for _ in range(len(self.waiting)):
            if len(self.running) >= self.workers.parallel:
                return
            assignment = self.waiting[0]
            share = self.purse.reserve(len(self.waiting), 2 * assignment.margin_usd)
            if share is None:
                if self.running:
                    self.waiting.rotate(-1)
                    continue
                self.waiting.popleft()
                self._end(_unaffordable(assignment, self.purse), 0.0)
                continue
            self.waiting.popleft()
            self._begin(assignment, share)

    def _begin(self, assignment: Assignment, share: float) -> None:
        bound = None if self.purse.total is None else share - assignment.margin_usd
        self.ledger.begin(assignment.key, share)
        try:
            future = self.workers.executor.submit(
                carry_out, assignment, bound, self.workers.pace, self.workers.signal
            )
        except RuntimeError as error:  # the workers are gone; nothing was begun
            self._end(_failed(assignment, error, spent=0.0), share)
            return
        self.running[future] = _Running(assignment, share)

    def take_in(self) -> None:
        """Wait until a run ends, and write down what came of it."""
        done, _ = wait(self.running, return_when=FIRST_COMPLETED) if self.running else ((), ())
        for future in done:
            running = self.running[future]
            try:
                attempt = future.result()
            except (Exception, CancelledError) as error:  # a worker died, or could not take the work
                attempt = _failed(running.assignment, error, spent=None)
            del self.running[future]
            self._end(attempt, running.share)

    def stop(self) -> None:
        """Begin nothing more, and ask the runs at work to restore and end.

        None is cancelled: a cluster would call a run cancelled that is still at work.
        """
        self.workers.signal.stop()
        for assignment in self.waiting:
            attempt = Attempt(assignment.key, Ending.NOT_STARTED, 0.0, message="interrupted")
            self._end(attempt, 0.0)
        self.waiting.clear()

    def _end(self, attempt: Attempt, share: float) -> None:
        charged = self.purse.settle(share, attempt.spent_usd)
        self.ledger.end(attempt, charged)
        self.observer(attempt)


def _failed(assignment: Assignment, error: BaseException, *, spent: float | None) -> Attempt:
    return Attempt(
        assignment.key,
        Ending.FAILED,
        spent,
        message=f"its worker failed: {type(error).__name__}: {error}",
        hint="see the log of the workers, then go on with --resume",
    )


def _unaffordable(assignment: Assignment, purse: Purse) -> Attempt:
    left = format_usd(max(0.0, (purse.total or 0.0) - purse.spent))
    why = f"only {left} of the budget is left"
    if assignment.margin_usd:
        why += f", and its first calls may cost {format_usd(2 * assignment.margin_usd)} at worst"
    return Attempt(assignment.key, Ending.NOT_STARTED, 0.0, message=why, hint="raise --max-spend, --resume")
