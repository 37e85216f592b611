"""Going on with a rollout that was killed: which one, whether it is the same, and what is left of it."""

from __future__ import annotations

from dataclasses import replace

from tuner.applied import Kind, all_applied
from tuner.errors import MeasurementError, UsageError
from tuner.gate.verdicts import Answer
from tuner.platforms.aws.claims import refuse_claimed
from tuner.platforms.aws.latest import ForeignChangeError
from tuner.rollout.alias import Route
from tuner.rollout.journal import RolloutJournal
from tuner.rollout.records import RolloutPlan
from tuner.rollout.shifting import Schedule
from tuner.units import format_percent


def killed_rollout(function: str, alias: str | None) -> RolloutJournal:
    """The rollout of an alias that was killed on this machine; `function` is the unqualified ARN.

    Raises:
        UsageError: there is none.
        MeasurementError: it is still at work, or was being rolled back; or something else is to be set back.
    """
    for record in all_applied():
        known = record.values.get("function"), record.values.get("alias")
        if record.kind is Kind.FUNCTION and record.killed and known == (function, alias):
            refuse_claimed(function, but=record.id)
            journal = RolloutJournal(record)
            if journal.changed.judged is Answer.REGRESSION:
                raise MeasurementError(
                    f"rollout {record.id} had found the new version worse, and was killed while rolling back",
                    f"'tuner restore {record.id}' takes back the rest",
                )
            return journal
    refuse_claimed(function)
    name = function.rpartition(":")[2]
    raise UsageError(f"no rollout of {name}:{alias} was killed on this machine", "run it without --resume")


def resume(plan: RolloutPlan, killed: RolloutJournal, now: Route) -> RolloutPlan:
    """What is left of a plan where the alias goes `now`.

    Raises:
        UsageError: it is another plan than that of the rollout that was killed.
        ForeignChangeError: somebody else has set the reserved concurrency since.
    """
    record, changed = killed.record, killed.changed
    if record.after != plan.after_words:
        raise UsageError(
            f"rollout {record.id} was to bring {record.after}, and this one is to bring {plan.after_words}",
            f"resume it with the same run and options, or take it back: 'tuner restore {record.id}'",
        )
    if plan.reserved is not None and plan.reserved_before not in (changed.reserved, *changed.told_reserved):
        found = "none" if plan.reserved_before is None else plan.reserved_before
        raise ForeignChangeError(
            f"somebody else has changed the reserved concurrency meanwhile: it is {found}",
            f"that is left as it is; 'tuner restore {record.id}' takes back the rest",
        )
    place = plan.place
    if place is not None:
        share = now.share_beside(place.route.version)
        place = replace(place, share=share, schedule=_left(place.schedule, share, killed))
    return replace(plan, place=place, reserved_before=changed.reserved, resumed=killed)


def _left(schedule: Schedule, share: float, killed: RolloutJournal) -> Schedule:
    """Without the steps that were done; what was watched to the end has none left."""
    steps = schedule.steps
    if killed.changed.judged is Answer.PASS:
        return replace(schedule, skipped=len(steps))
    done = sum(step.weight < share for step in steps)
    if done == len(steps):
        raise UsageError(
            f"the new version gets {format_percent(share)} of the calls already, and this would end before: "
            f"{schedule}",
            f"resume it with the same options, or take it back: 'tuner restore {killed.record.id}'",
        )
    return replace(schedule, skipped=done)
