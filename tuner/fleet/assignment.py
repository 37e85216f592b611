"""One function to tune, and the work itself: it travels to a thread, a process or another machine."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from threading import Event
from typing import Protocol

from cost_models.errors import CostModelError
from tuner.document import to_document
from tuner.errors import NotRestoredError, RunInterruptedError, TunerError
from tuner.fleet.records import Attempt, Ending
from tuner.measure.session import Progress
from tuner.platforms.aws.pacing import paced
from tuner.records import TuningResult
from tuner.settings import Settings


@dataclass(frozen=True, slots=True)
class Assignment:
    """A function with the settings of its run.

    `margin_usd` is what the calls under way at one time may cost at worst; it is kept back from the bound of
    the run, so that these cannot exceed what was reserved. `today_mb` is its memory size in production.
    """

    key: str
    function: str
    settings: Settings
    margin_usd: float = 0.0
    today_mb: int | None = None

    @property
    def paid(self) -> bool:
        """Whether its calls are billed, so that making them again unasked is no small matter."""
        return self.settings.target.scheme == "aws"


class Signal(Protocol):
    """How word gets to the runs at work, wherever they are. It travels with them."""

    def stop(self) -> None:
        """Ask every run to end; each restores its function first."""
        ...

    def stopped(self) -> bool:
        """Whether that was asked."""
        ...

    def begun_before(self, key: str) -> bool:
        """Whether this run was begun already, by a worker that is gone; from now on it is."""
        ...


class ThreadSignal:
    """For runs in threads of this process."""

    def __init__(self) -> None:
        self._stop = Event()

    def stop(self) -> None:
        """See `Signal`."""
        self._stop.set()

    def stopped(self) -> bool:
        """See `Signal`."""
        return self._stop.is_set()

    def begun_before(self, key: str) -> bool:  # noqa: ARG002 - no thread outlives another
        """See `Signal`."""
        return False


class NoSignal:
    """For any other executor: runs go on to their end, or to where their process is interrupted itself."""

    def stop(self) -> None:
        """See `Signal`."""

    def stopped(self) -> bool:
        """See `Signal`."""
        return False

    def begun_before(self, key: str) -> bool:  # noqa: ARG002 - nobody begins it again
        """See `Signal`."""
        return False


def carry_out(assignment: Assignment, max_spend_usd: float | None, pace: float, signal: Signal) -> Attempt:
    """Tune one function, within a bound and at a share of the account's rate.

    Whatever fails is told, not raised.
    """
    key = assignment.key
    if refused := _refused(assignment, signal):
        return refused
    last: list[Progress] = []

    def watch(event: object) -> None:
        if isinstance(event, Progress):
            last[:] = [event]
        if signal.stopped():
            raise RunInterruptedError("stopped")

    def ended(ending: Ending, message: str, hint: str | None = None) -> Attempt:
        spent = (last[0].spent_usd or 0.0) if last else 0.0
        made = last[0].done if last else 0
        return Attempt(key, ending, spent, made, message=message, hint=hint)

    from tuner.tuning import run

    try:
        with paced(pace):
            result = run(_bounded(assignment.settings, max_spend_usd), on_plan=watch, observer=watch)
        return _done(assignment, result)
    except (RunInterruptedError, KeyboardInterrupt):  # a terminal interrupts processes of a pool itself
        return ended(Ending.INTERRUPTED, "stopped before it was done")
    except NotRestoredError as error:
        found = ended(Ending.FAILED, error.message, error.hint)
        return found if error.result is None else replace(found, run_file=_run_file(error.result))
    except (TunerError, CostModelError) as error:
        return ended(Ending.FAILED, error.message, error.hint)
    except Exception as error:
        return ended(
            Ending.FAILED, f"{type(error).__name__}: {error}", "this is a bug in tuner: please report it"
        )


def _refused(assignment: Assignment, signal: Signal) -> Attempt | None:
    """Why this run is not begun, at the last moment."""
    if signal.stopped():
        return Attempt(assignment.key, Ending.NOT_STARTED, 0.0, message="interrupted")
    if assignment.paid and signal.begun_before(assignment.key):
        return Attempt(
            assignment.key,
            Ending.FAILED,
            message="the worker that measured it died, and what it had spent is not known",
            hint=f"tuner restore {assignment.function}, then go on with --resume",
        )
    return None


def _bounded(settings: Settings, max_spend_usd: float | None) -> Settings:
    own = settings.options.max_spend
    bounds = [bound for bound in (own, max_spend_usd) if bound is not None]
    return replace(settings, options=replace(settings.options, max_spend=min(bounds, default=None)))


def _done(assignment: Assignment, result: TuningResult) -> Attempt:
    best, current = result.recommendation.candidate, result.measurements.current
    today_mb = current.memory_mb if current else assignment.today_mb
    today = next((c for c in result.candidates if c.memory_mb == today_mb), None)
    invoked = assignment.settings.target.scheme != "replay"
    return Attempt(
        assignment.key,
        Ending.DONE,
        spent_usd=(result.spent.cost_usd or 0.0) if invoked else 0.0,
        invocations=result.spent.invocations if invoked else 0,
        memory_mb=best.memory_mb,
        current_memory_mb=today_mb,
        timeout_s=result.timeout.timeout_s,
        now=today.cost_usd_per_million if today else None,
        best=best.cost_usd_per_million,
        conclusive=result.search.conclusive,
        run_file=_run_file(result),
    )


def _run_file(result: TuningResult) -> str:
    return json.dumps(to_document(result, invocations=True), indent=1) + "\n"
