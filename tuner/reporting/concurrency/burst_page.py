"""The words of `tuner concurrency burst`."""

from __future__ import annotations

from tuner.concurrency.scaling import Climb
from tuner.concurrency.words import time_text
from tuner.reporting.concurrency.page import Page, PageTable, Section
from tuner.reporting.headline import Span
from tuner.units import format_count

_ROWS_SHOWN = 25

METHOD = (
    "Each row is the concurrency that the rule guarantees from that time on. AWS refills continuously "
    "between the rows, so what is shown is reached no later.",
)


def burst_page(climb: Climb) -> Page:
    """How the function climbs to the demand, and what is refused meanwhile."""
    return Page(
        answer=_answer(climb),
        tables=(_timeline(climb),),
        sections=(Section("What that means", _consequences(climb)),),
        method=METHOD,
    )


def _answer(climb: Climb) -> tuple[Span, ...]:
    demand = format_count(climb.demand)
    if climb.reached_s is None:
        stop = format_count(climb.timeline[-1].concurrency)
        return (
            Span("The burst stops at "),
            Span(stop, strong=True),
            Span(f" of {demand}: that is the limit."),
        )
    if climb.reached_s == 0:
        return (Span(f"A concurrency of {demand} is there "), Span("at once", strong=True), Span("."))
    took = time_text(climb.reached_s)
    return (Span(f"A concurrency of {demand} is reached after "), Span(took, strong=True), Span("."))


def _consequences(climb: Climb) -> tuple[str, ...]:
    rule = climb.rule
    lines = [
        f"The rule: {format_count(rule.immediate)} environments at once and {format_count(rule.increment)} "
        f"more every {time_text(rule.period_s)}, "
        + ("for all functions of the Region together." if rule.shared else "for each function by itself.")
    ]
    if climb.reached_s is None:
        lines.append(
            f"{format_count(climb.throttled_for_good)} of the demand are throttled for as long as it lasts: "
            "raise the limit, or let callers wait in a queue."
        )
    elif climb.reached_s > 0:
        lines.append(
            "Until then synchronous callers get errors (429) and should retry with backoff and jitter; "
            "asynchronous events wait in Lambda's queue. Provisioned concurrency avoids both."
        )
    return tuple(lines)


def _timeline(climb: Climb) -> PageTable:
    steps = climb.timeline
    shown = steps if len(steps) <= _ROWS_SHOWN else (*steps[: _ROWS_SHOWN - 1], steps[-1])
    rows = tuple(
        (
            time_text(step.t_s) if step.t_s else "at once",
            format_count(step.concurrency),
            format_count(climb.demand - step.concurrency) if step.throttled else "none",
        )
        for step in shown
    )
    return PageTable("Timeline", ("after", "concurrency", "throttled"), rows)
