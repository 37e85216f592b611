"""What a run is going to do, in words and as JSON, told before it does it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tuner.cli import output
from tuner.reporting.view import SAID_IN_TEXT

if TYPE_CHECKING:
    from tuner.records import Invocation
    from tuner.tuning.planning import Preview


def show_plan(preview: Preview) -> None:
    """Print the plan to stderr: what is measured, what is changed, what it costs, and what to mind."""
    description = preview.description
    where = f"{description.platform}, {region}" if (region := description.conditions.get("region")) else None
    output.note(f"{description.function} ({where or description.platform}): {_plan_words(preview)}")
    if mechanism := description.conditions.get("mechanism"):
        output.note(f"CPU limited by {mechanism}: {description.conditions['mechanism_reason']}")
    if preview.payloads != "one event":
        output.note(f"payload: {preview.payloads}")
    if preview.payload is not None:
        output.note(f"the first event: {preview.payload}")
    for change in description.changes:
        output.note(f"changes: {change}")
    if preview.worst_usd is not None:
        output.note(f"cost: {_cost_words(preview)}")
    output.warnings(w for w in description.warnings if w.code not in SAID_IN_TEXT)


def plan_document(preview: Preview, call: Invocation | None) -> dict[str, Any]:
    """The JSON document of a dry run; `call` is the one that was made, if one was."""
    plan, description = preview.plan, preview.description
    return {
        "schema_version": 1,
        "plan": {
            "function": description.function,
            "platform": description.platform,
            "search": str(plan.method),
            "range_mb": list(plan.range_mb),
            "memory_sizes_mb": list(plan.memory_sizes_mb),
            "extrapolated_mb": list(preview.extrapolated_mb),
            "invocations": plan.invocations,
            "max_invocations": plan.budget.max_invocations,
            "timeout_s": plan.timeout_s,
            "payloads": preview.payloads,
            "expected_usd": preview.expected_usd,
            "worst_usd": preview.worst_usd,
            "changes": list(description.changes),
            "conditions": dict(description.conditions),
            "warnings": [asdict(warning) for warning in description.warnings],
        },
        "call": None if call is None else {k: v for k, v in asdict(call).items() if v is not None},
    }


def call_words(call: Invocation) -> str:
    """How the one call of a dry run ended."""
    from tuner.units import format_duration, format_memory

    outcome = str(call.outcome).replace("_", " ")
    if call.duration_ms is None:
        said = f": {call.error_type}" if call.error_type else ""
        return f"one call at {format_memory(call.memory_mb)}: {outcome}{said}"
    said = "".join(f": {text}" for text in (call.error_type, call.error_message) if text)
    cold = " (cold)" if call.cold else ""
    return (
        f"one call at {format_memory(call.memory_mb)}{cold}: {outcome}, {format_duration(call.duration_ms)}, "
        f"billed {call.billed_duration_ms} ms, {call.max_memory_used_mb or 'unknown'} MB used{said}"
    )


def _cost_words(preview: Preview) -> str:
    from tuner.units import format_duration, format_usd

    worst = f"at worst {format_usd(preview.worst_usd or 0.0)}, if every call runs into its timeout"
    usual = preview.description.usual_duration_ms
    if preview.expected_usd is None or usual is None:
        return f"{worst}; what is usual is not known"
    return (
        f"about {format_usd(preview.expected_usd)} at most if calls cost what they did lately "
        f"({format_duration(usual)}), {worst}"
    )


def _plan_words(preview: Preview) -> str:
    """What will be measured and its bounds, in a sentence."""
    from tuner.units import format_memory, format_percent, format_usd

    plan, budget = preview.plan, preview.plan.budget
    bounds = [
        f"{budget.max_invocations} invocations",
        *([f"{format_usd(budget.max_spend_usd)}"] if budget.max_spend_usd else []),
        *([f"{budget.max_seconds:g} s"] if budget.max_seconds else []),
    ]
    at_most = f"at most {' or '.join(bounds)}; timeout {plan.timeout_s} s"
    if plan.method == "grid":
        sizes = ", ".join(format_memory(size) for size in plan.memory_sizes_mb)
        return (
            f"a grid of {len(plan.memory_sizes_mb)} memory sizes ({sizes}), {plan.invocations_each} "
            f"invocations each, {plan.invocations} in all and {at_most}"
        )
    low, high = (format_memory(size) for size in plan.range_mb)
    if plan.method == "predict":
        return f"a few invocations at full speed, from which {low} to {high} are predicted"
    regret = format_percent(preview.options.regret_target)
    return f"a search from {low} to {high} for the size within {regret} of the best, {at_most}"
