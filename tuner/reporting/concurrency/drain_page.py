"""The words of `tuner concurrency drain`."""

from __future__ import annotations

from tuner.concurrency.sources import Outlook, Work
from tuner.concurrency.words import number_text, time_text
from tuner.reporting.concurrency.page import Page, PageTable, Section
from tuner.reporting.headline import Fact, Span
from tuner.units import format_count, format_duration

METHOD = (
    "Needed is the rate times the duration of an invocation, divided by the events that it takes, retries "
    "included.",
    "While there is a backlog batches are full. Arrivals go on, so a backlog may grow before it shrinks.",
)


def drain_page(source: str, work: Work, outlook: Outlook) -> Page:
    """What a source needs, how long it takes, and what goes wrong."""
    return Page(
        answer=_answer(source, work, outlook),
        facts=(
            Fact(
                "Work",
                f"{work.events_per_second:,.10g} events a second, {format_duration(work.duration_ms)} an "
                f"invocation, at most {format_count(work.limit)} at a time",
            ),
        ),
        tables=(_paces(outlook),) if len(outlook.paces) > 1 else (),
        sections=(Section("What happens", outlook.findings), Section("Timeouts", outlook.timeout_advice)),
        method=METHOD,
    )


def _answer(source: str, work: Work, outlook: Outlook) -> tuple[Span, ...]:
    needed = Span(f"a concurrency of {number_text(outlook.needed_concurrency)}", strong=True)
    start = (Span(f"To keep up, {source} needs "), needed)
    if not work.backlog:
        return (*start, Span("."))
    backlog = f"; a backlog of {format_count(work.backlog)} "
    if outlook.drain_s is None:
        return (*start, Span(backlog), Span("is never done", strong=True), Span("."))
    return (
        *start,
        Span(f"{backlog}is done after "),
        Span(time_text(outlook.drain_s), strong=True),
        Span("."),
    )


def _paces(outlook: Outlook) -> PageTable:
    rows = tuple(
        (time_text(pace.t_s) if pace.t_s else "at once", format_count(pace.concurrency))
        for pace in outlook.paces
    )
    return PageTable("While messages wait", ("after", "concurrency"), rows)
