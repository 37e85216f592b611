"""A rollout in words and as JSON: what it is going to do, how far it has come, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tuner
from tuner.document import SCHEMA_VERSION, finite
from tuner.gate.verdicts import Answer
from tuner.reporting.wording import clean
from tuner.rollout.judging import longer_factor, needed_calls, rounded_up
from tuner.rollout.records import Ending
from tuner.rollout.shifting import format_span
from tuner.units import counted, format_duration, format_memory, format_percent, format_usd

if TYPE_CHECKING:
    from tuner.records import FunctionSettings
    from tuner.rollout.conducting import Progress
    from tuner.rollout.judging import Judgement, Seen, Shares
    from tuner.rollout.records import Place, RolloutPlan, RolloutResult


def plan_words(plan: RolloutPlan) -> str:
    """What is changed, how it is watched, how long that takes and what it costs."""
    place = plan.place
    lines = [f"{_name(plan)} ({plan.connection.region}): {_change_words(plan)}"]
    if plan.reserved is not None:
        before = "none" if plan.reserved_before is None else plan.reserved_before
        lines.append(f"reserved concurrency: {before} to {plan.reserved}, for the whole function")
    if place is None:
        lines.append("$LATEST is changed at once, and nothing is watched: whoever calls the function gets it")
        return "\n  ".join(lines)
    if plan.resumed is not None:
        lines.append(f"goes on with rollout {plan.resumed.record.id}, which was killed: {_left_words(place)}")
        if not place.schedule.steps:
            return "\n  ".join(lines)
    lines += [
        f"traffic: {place.schedule}; {format_span(place.schedule.seconds)} in all",
        "watched: errors and throttles, and the durations of both versions in their logs",
        f"allowed: {_rule_words(place)}",
        "rolled back by itself: if the new version is worse, or if too little is known of it in the end",
        "$LATEST has the new setting for seconds while the version is published, and keeps it at the end",
        f"costs: CloudWatch bills {format_usd(place.watching_usd)} for the metrics at most",
    ]
    if place.provisioned:
        lines.append(f"provisioned concurrency: {place.provisioned} stays on the alias, and moves along")
    return "\n  ".join(lines)


def progress_words(progress: Progress) -> str:
    """One line of what is seen meanwhile."""
    share = format_percent(progress.weight)
    judgement = progress.judgement
    if judgement is None:
        return f"{format_span(progress.seconds)}: version {progress.version} gets {share} of the calls"
    after, before = judgement.after, judgement.before
    return (
        f"{format_span(progress.seconds)}: version {progress.version} ({share}): {_seen_words(after)}; "
        f"before: {_seen_words(before)}; {_ANSWERS.get(judgement.answer, 'nothing worse so far')}"
    )


def result_words(plan: RolloutPlan, result: RolloutResult | None) -> str:
    """How it ended, why, and what to do; None is a plan that changes nothing."""
    if result is None:
        return f"nothing to change: {_name(plan)} has {_setting(plan.before)} already"
    back = f"'tuner restore {result.id}' takes it back"
    if plan.place is None:
        return f"{_name(plan)} has {_setting(plan.after)} now; {back}"
    judgement = result.judgement
    reasons = [f"  {clean(reason)}" for reason in (judgement.reasons if judgement else ())]
    alias, old = plan.place.alias, plan.place.route.version
    if result.ending is Ending.COMPLETED:
        head = f"{plan.function.name}:{alias} goes to version {result.version} with {_setting(plan.after)}"
        return "\n".join([f"{head}; {back}", *reasons])
    what = "the new version is worse" if result.ending is Ending.REGRESSION else "too little is known"
    head = f"rolled back: {what}. {plan.function.name}:{alias} goes to version {old} as before"
    return "\n".join([head, *reasons, *_advice(plan.place, result)])


def rollout_document(plan: RolloutPlan, result: RolloutResult | None = None) -> dict[str, Any]:
    """The document of `--json`; without a result, what would be done."""
    place = plan.place
    status = str(result.ending) if result else "planned" if plan.changes else "unchanged"
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "status": status,
        "id": result.id if result else plan.resumed.record.id if plan.resumed else None,
        "function": plan.function.name,
        "region": plan.connection.region,
        "alias": place.alias if place else None,
        "version": {"before": place.route.version if place else None, "after": result and result.version},
        "before": _setting_document(plan.before),
        "after": _setting_document(plan.after),
        "reserved_concurrency": {"before": plan.reserved_before, "after": plan.reserved}
        if plan.reserved is not None
        else None,
        "provisioned_concurrency": place.provisioned if place else None,
        "shift": _shift_document(place) if place else None,
        "rules": [str(rule) for rule in place.rules.rules] if place else [],
        "predicted_p95_change": place.predicted if place else None,
        "judgement": _judgement_document(result.judgement) if result and result.judgement else None,
        "seconds": result.seconds if result else 0.0,
        "warnings": [
            {"code": w.code, "message": w.message, "hint": w.hint}
            for w in (*plan.warnings, *(result.warnings if result else ()))
        ],
    }
    return {key: finite(value) for key, value in document.items()}


_ANSWERS = {Answer.REGRESSION: "worse", Answer.PASS: "as good"}


def _name(plan: RolloutPlan) -> str:
    return f"{plan.function.name}:{plan.place.alias}" if plan.place else f"$LATEST of {plan.function.name}"


def _setting(settings: FunctionSettings) -> str:
    return f"{format_memory(settings.memory_mb)} and {settings.timeout_s} s"


def _change_words(plan: RolloutPlan) -> str:
    if plan.place is None:
        return f"{_setting(plan.before)} to {_setting(plan.after)}"
    return (
        f"version {plan.place.route.version} with {_setting(plan.before)} to a new version "
        f"with {_setting(plan.after)}"
    )


def _left_words(place: Place) -> str:
    if not place.schedule.steps:
        return "it had passed, so the rest of the calls and $LATEST follow at once"
    if not place.share:
        return "no calls go to a new version yet"
    steps = counted(len(place.schedule.steps), "step")
    return f"{format_percent(place.share)} of the calls go to the new version, {steps} left"


def _rule_words(place: Place) -> str:
    rules = ", ".join(map(str, place.rules.rules))
    if place.predicted is None:
        return rules
    return f"{rules} (the run predicts {format_percent(place.predicted, signed=True)})"


def _seen_words(seen: Seen) -> str:
    counts = seen.counts
    parts = [counted(counts.invocations, "call"), counted(counts.errors, "error")]
    if counts.throttles:
        parts.append(counted(counts.throttles, "throttle"))
    if counts.p95_ms is not None:
        parts.append(f"p95 {format_duration(counts.p95_ms)} in the last minute")
    return ", ".join(parts)


def _advice(place: Place, result: RolloutResult) -> list[str]:
    """What to do about too little evidence."""
    if result.ending is not Ending.INCONCLUSIVE or result.judgement is None:
        return []
    factor = longer_factor(result.judgement, place.rules)
    if factor is None:
        return ["  watch it for longer, or allow more: --fail p95=50%"]
    seen = min(len(result.judgement.before.succeeded), len(result.judgement.after.succeeded))
    longer = format_span(rounded_up(place.schedule.seconds * factor))
    return [
        f"  {counted(seen, 'call')} that ended well could be compared, and these rules take about "
        f"{needed_calls(place.rules)} of each version: at this rate watch it for {longer} in all, or shift a "
        "larger share"
    ]


def _setting_document(settings: FunctionSettings) -> dict[str, int]:
    return {"memory_mb": settings.memory_mb, "timeout_s": settings.timeout_s}


def _shift_document(place: Place) -> dict[str, Any]:
    return {
        "type": str(place.schedule.shift),
        "steps": [{"weight": step.weight, "seconds": step.seconds} for step in place.schedule.steps],
        "seconds": place.schedule.seconds,
        "watching_usd": place.watching_usd,
    }


def _judgement_document(judgement: Judgement) -> dict[str, Any]:
    return {
        "answer": str(judgement.answer),
        "reasons": list(judgement.reasons),
        "errors": _shares_document(judgement.errors),
        "throttles": _shares_document(judgement.throttles),
        "findings": [
            {
                "metric": str(finding.rule.metric),
                "answer": str(finding.answer),
                "reason": finding.reason,
                "before": finding.baseline,
                "after": finding.contender,
                "calls": finding.count,
            }
            for finding in judgement.verdict.findings
        ],
        "calls_read": {"before": len(judgement.before.calls), "after": len(judgement.after.calls)},
    }


def _shares_document(shares: Shares) -> dict[str, Any]:
    (old, of_old), (new, of_new) = shares.before, shares.after
    return {
        "before": {"count": old, "of": of_old},
        "after": {"count": new, "of": of_new},
        "chance": shares.chance,
        "worse": shares.worse,
    }
