"""A rollout from the first change to the last: publish, shift, watch, and complete or roll back."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from tuner.applied import State
from tuner.errors import NotRestoredError, TunerError
from tuner.gate.verdicts import Answer
from tuner.platforms.aws.api import Api
from tuner.platforms.aws.latest import ForeignChangeError, Latest
from tuner.platforms.aws.uninterrupted import uninterrupted
from tuner.records import RunWarning
from tuner.rollout.alias import Alias, Route
from tuner.rollout.journal import Changed, RolloutJournal
from tuner.rollout.judging import Judgement, Looks, judge
from tuner.rollout.looking import Log, Lookout, Watched
from tuner.rollout.publishing import publish
from tuner.rollout.records import Ending, Place, RolloutPlan, RolloutResult
from tuner.rollout.undoing import Undone, put_reserved, undo
from tuner.units import format_memory


class Clock(Protocol):
    """The time that is waited in."""

    def now(self) -> float:
        """Now [s since 1970]."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...


class RealClock:
    """The time of this machine."""

    def now(self) -> float:
        """Now [s since 1970]."""
        return datetime.now(UTC).timestamp()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a rollout has come: the share that the new version gets, and what the last look said."""

    version: str
    weight: float
    seconds: float
    judgement: Judgement | None = None


Observer = Callable[[Progress], None]


class Rollout:
    """One rollout. Whatever stops it, the function is as it was, or as the plan says."""

    def __init__(
        self, api: Api, plan: RolloutPlan, *, clock: Clock | None = None, observer: Observer = lambda _: None
    ) -> None:
        self._api = api
        self._plan = plan
        self._clock = clock or RealClock()
        self._observer = observer
        self._began = self._clock.now()
        self.id = plan.resumed.record.id if plan.resumed else secrets.token_hex(6)

    def run(self) -> RolloutResult:
        """Carry the plan out.

        Raises:
            ForeignChangeError: somebody else changed the function or its alias; what they set is left.
            MeasurementError: AWS refused. What was changed has been taken back. Or: the rollout that was
                killed has been taken back or gone on with meanwhile, and nothing was changed.
            NotRestoredError: and it could not be.
        """
        plan = self._plan
        if plan.place is not None:
            self._lookout(plan.place).check(self._began)
        if plan.resumed is not None:
            journal = plan.resumed.take_over()
        else:
            words = {"before": plan.before_words, "after": plan.after_words}
            journal = RolloutJournal.begin(self._changed(), id=self.id, **words)
        try:
            result = self._carry_out(journal)
        except BaseException as error:
            undone = self._take_back(journal, error)
            if isinstance(error, TunerError) and undone.left:
                error.message += f"; left as it is: {', '.join(undone.left)}"
            raise
        return replace(result, seconds=self._clock.now() - self._began)

    def _carry_out(self, journal: RolloutJournal) -> RolloutResult:
        plan = self._plan
        result = RolloutResult(self.id, plan, Ending.COMPLETED)
        if plan.place is None:
            self._reserve(journal)
            return self._finish(journal, result)
        version = publish(self._api, plan, journal)
        self._reserve(journal)
        judgement = self._shift(journal, plan.place, version)
        result = replace(result, version=version, judgement=judgement)
        if judgement is not None:
            journal.note(judged=judgement.answer)
        if judgement is None or judgement.answer is Answer.PASS:
            return self._finish(journal, result)
        undone = undo(self._api, journal)
        ending = Ending.REGRESSION if judgement.answer is Answer.REGRESSION else Ending.INCONCLUSIVE
        return replace(result, ending=ending, warnings=_left_warnings(undone))

    def _changed(self) -> Changed:
        plan, place = self._plan, self._plan.place
        note = f"tuner {self.id}: {format_memory(plan.after.memory_mb)} and {plan.after.timeout_s} s"
        return Changed(
            function=plan.arn,
            connection=plan.connection,
            latest=plan.original,
            note=f"{note}, was {format_memory(plan.before.memory_mb)} and {plan.before.timeout_s} s",
            began=self._began,
            alias=place.alias if place else None,
            route=place.route if place else None,
            provisioned=bool(place and place.provisioned),
            reserved=plan.reserved_before,
        )

    def _reserve(self, journal: RolloutJournal) -> None:
        wanted = self._plan.reserved
        if wanted is None or wanted == journal.changed.reserved:
            return
        journal.note(told_reserved=(wanted,))
        put_reserved(self._api, self._plan.arn, wanted)

    def _shift(self, journal: RolloutJournal, place: Place, version: str) -> Judgement | None:
        """Step by step; what the last look says, None where it had passed before it was killed."""
        alias = Alias(self._api, self._plan.arn, place.alias, bool(place.provisioned))
        lookout, looks = self._lookout(place), Looks(place.schedule.most_looks)
        began = self._clock.now()
        since = place.schedule.compared_since(journal.changed.began, began)
        before = Watched(place.route.version, since)
        after = Watched(version, began)
        number = 0
        judgement = None
        route = alias.recognize(alias.read(), journal.changed.routes)
        journal.note(told_routes=(route,))
        for step in place.schedule.steps:
            route = self._move(journal, alias, route, _route(place.route.version, version, step.weight))
            self._observer(Progress(version, step.weight, self._clock.now() - began, judgement))
            count = place.schedule.looks(step)
            for _ in range(count):
                self._clock.sleep(step.seconds / count)
                number += 1
                alias.recognize(alias.read(), (route,))
                last = number == looks.most
                seen = lookout.look(before, after, until=self._clock.now(), last=last)
                judgement = judge(*seen, place.rules, place.prices, level=looks.level(number))
                self._observer(Progress(version, step.weight, self._clock.now() - began, judgement))
                if judgement.answer is Answer.REGRESSION:
                    return judgement
        return judgement

    def _move(self, journal: RolloutJournal, alias: Alias, now: Route, target: Route) -> Route:
        journal.note(told_routes=(now, target))
        alias.move(target, known=(now,))
        return target

    def _finish(self, journal: RolloutJournal, result: RolloutResult) -> RolloutResult:
        """Every call to the new version, and the setting to `$LATEST`, where the next deployment starts."""
        place = self._plan.place
        warnings: tuple[RunWarning, ...] = ()
        with uninterrupted():
            if place is not None and result.version is not None:
                alias = Alias(self._api, self._plan.arn, place.alias, bool(place.provisioned))
                self._move(journal, alias, journal.changed.told_routes[-1], Route(result.version))
            original = journal.changed.latest
            journal.note(told_latest=(original, self._plan.wanted))
            try:
                Latest(self._api, self._plan.arn).become(
                    self._plan.wanted, known=(original,), like=self._plan.configuration
                )
            except ForeignChangeError as error:
                if place is None:
                    raise
                journal.note(told_latest=())
                hint = "what is deployed next may have the former setting: write it into its template too"
                warnings = (
                    RunWarning("W-LATEST-CHANGED", f"$LATEST was left as it is: {error.message}", hint),
                )
            journal.end(State.DONE)
        return replace(result, warnings=(*result.warnings, *warnings))

    def _take_back(self, journal: RolloutJournal, error: BaseException) -> Undone:
        try:
            return undo(self._api, journal)
        except NotRestoredError as failed:
            if isinstance(error, TunerError):
                failed.message += f"; the rollout had ended because: {error.message}"
            raise failed from error

    def _lookout(self, place: Place) -> Lookout:
        name = self._plan.function.name
        return Lookout(self._api, name, place.alias, Log(place.log_group, place.log_format, name))


def _route(old: str, new: str, weight: float) -> Route:
    return Route(new) if weight >= 1 else Route(old, {new: weight})


def _left_warnings(undone: Undone) -> tuple[RunWarning, ...]:
    return tuple(
        RunWarning("W-LEFT", f"somebody else has changed {text}; it was left as it is")
        for text in undone.left
    )
