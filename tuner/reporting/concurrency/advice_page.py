"""The words of `tuner concurrency`: what a function needs, and what that costs."""

from __future__ import annotations

from tuner.concurrency.advice import ConcurrencyAdvice
from tuner.concurrency.bills import Bill
from tuner.concurrency.provisioned import ProvisionedAdvice
from tuner.concurrency.sizes import JointAdvice
from tuner.concurrency.words import number_text, share_text
from tuner.reporting.concurrency.page import Page, PageTable, Script, Section
from tuner.reporting.concurrency.sighting import METHOD as SIGHTING_METHOD
from tuner.reporting.concurrency.sighting import schedule_tables, sighting_facts, sighting_reason
from tuner.reporting.headline import Fact, Span
from tuner.reporting.wording import NOTHING, clean
from tuner.units import format_count, format_duration, format_memory, format_percent, format_usd

METHOD = (
    "Expected concurrency is Little's law: requests a second x mean duration, cold starts included.",
    "Requests are taken to arrive as a Poisson process, as those of many independent callers do; the "
    "number in progress is then Poisson too, whatever the distribution of durations (M/G/infinity). Give the "
    "rate of the busiest minute, not that of the mean day.",
    "The throttled share, and the share that spills over from provisioned concurrency, are Erlang's B "
    "formula. A concurrency of n also admits at most 10 n requests a second.",
    "Bills are 30 days at list price without the free tier. Provisioned concurrency is billed while it is "
    "configured, and makes the duration on it cheaper.",
)


def advice_page(
    advice: ConcurrencyAdvice,
    joint: JointAdvice | None = None,
    *,
    function: str | None = None,
    scripts: tuple[Script, ...] = (),
) -> Page:
    """What to reserve and to provision; with a run also what every memory size would need.

    `function` is the one that was seen, `scripts` are how to set what is advised.
    """
    return Page(
        answer=_answer(advice, joint, function),
        facts=(*(sighting_facts(advice.sighting) if advice.sighting else ()), *_facts(advice, joint)),
        tables=(
            *((_sizes(joint),) if joint else ()),
            *((_loads(advice.provisioned),) if advice.provisioned.loads else ()),
            *schedule_tables(advice.provisioned),
            *_invoices(advice.provisioned),
        ),
        sections=(Section("Why", _reasons(advice, joint)),),
        scripts=scripts,
        warnings=(*(joint.warnings if joint else ()), *advice.warnings),
        method=SIGHTING_METHOD if advice.sighting else METHOD,
    )


def _answer(advice: ConcurrencyAdvice, joint: JointAdvice | None, function: str | None) -> tuple[Span, ...]:
    who = f"{clean(function)} needs " if function else "This traffic needs "
    if joint:
        who = f"{clean(joint.function)} at {format_memory(joint.chosen_mb)} needs "
    expected = Span(f"a concurrency of {number_text(advice.traffic.expected_concurrency)}", strong=True)
    reserved = Span(format_count(advice.needed_concurrency), strong=True)
    provisioned = Span(_number_or_none(advice.provisioned.environments), strong=True)
    when = " in its busiest hour; " if advice.sighting else " on average; "
    start = (Span(who), expected, Span(when))
    if advice.reserved_concurrency is not None:
        return (*start, Span("reserve "), reserved, Span(" and provision "), provisioned, Span("."))
    limit = Span(" provisioned, but the account cannot.")
    return (*start, reserved, Span(" should be reserved and "), provisioned, limit)


def _facts(advice: ConcurrencyAdvice, joint: JointAdvice | None) -> tuple[Fact, ...]:
    traffic, provisioned = advice.traffic, advice.provisioned
    inits = (
        f", of which cold starts {format_duration(traffic.init_ms_per_call)}"
        if traffic.init_ms_per_call
        else ""
    )
    quantiles = ", ".join(f"{name} {format_count(value)}" for name, value in advice.quantiles.items())
    pool = "with it" if advice.reserved_concurrency is not None else "in the unreserved pool"
    at_most = "at most " if advice.sighting and advice.throttle_probability else ""
    facts = [
        Fact(
            "Traffic",
            f"{traffic.requests_per_second:,.10g} requests a second of "
            f"{format_duration(traffic.mean_duration_ms)} on average{inits}",
        ),
        Fact(
            "Concurrency without a limit",
            f"mean {number_text(traffic.expected_concurrency)}, {quantiles}",
        ),
        Fact(
            "Reserved concurrency",
            (
                "not possible"
                if advice.reserved_concurrency is None
                else format_count(advice.reserved_concurrency)
            )
            + f"; throttled {pool}: {at_most}{share_text(advice.throttle_probability)}",
        ),
        Fact(
            "Provisioned concurrency",
            f"{format_count(provisioned.environments)}; at most "
            f"{share_text(provisioned.spillover_share)} of the requests spill over and may start cold"
            if provisioned.environments
            else f"none needed: {share_text(traffic.cold_share or 0.0)} of the calls are cold, "
            f"and {share_text(advice.targets.cold_share)} are allowed",
        ),
    ]
    if joint and joint.cheapest_provisioned_mb not in (None, joint.chosen_mb):
        facts.append(
            Fact(
                "Cheapest with provisioned concurrency",
                f"{format_memory(joint.cheapest_provisioned_mb or 0)}, as standing ready is paid by memory",
            )
        )
    return tuple(facts)


def _reasons(advice: ConcurrencyAdvice, joint: JointAdvice | None) -> tuple[str, ...]:
    provisioned = advice.provisioned
    reasons = [
        f"{format_count(advice.needed_concurrency)} is the least concurrency that throttles at most "
        f"{share_text(advice.targets.throttled_share)} of the requests; a reservation keeps it for this "
        "function and keeps the function from taking more, which protects the account and what is behind it."
    ]
    if advice.sighting:
        reasons.insert(0, sighting_reason(advice, advice.sighting))
    utilization, rate = provisioned.break_even_utilization, provisioned.break_even_requests_per_second
    if utilization is not None:
        reasons.append(
            "A provisioned environment pays for itself when it is busy more than "
            f"{format_percent(utilization)} of the time."
            if utilization < 1
            else "A provisioned environment never pays for itself here, however busy it is."
        )
    if rate is not None:
        reasons.append(
            f"{format_count(provisioned.environments)} provisioned environments cost less than calls on "
            f"demand from {number_text(rate)} requests a second on; below, they are the price of no cold "
            "starts."
        )
    if provisioned.cheapest is not None and provisioned.environments:
        reasons.append(
            f"The least bill is with {format_count(provisioned.cheapest)}"
            f"{' all day' if advice.sighting else ''}: so many are busy enough."
            if provisioned.cheapest
            else "The least bill is without provisioned concurrency."
        )
    if joint and len(joint.sizes) > 1:
        reasons.append(
            "A faster memory size holds its environments for less time, so it needs fewer of them."
        )
    return tuple(reasons)


def _loads(provisioned: ProvisionedAdvice) -> PageTable:
    rows = []
    for load in provisioned.loads:
        difference = load.provisioned_usd - load.on_demand_usd
        rows.append(
            (
                number_text(load.requests_per_second),
                format_usd(float(load.on_demand_usd)),
                format_usd(float(load.provisioned_usd)),
                f"{'+' if difference > 0 else ''}{format_usd(float(difference))}",
            )
        )
    title = f"30 days with {format_count(provisioned.environments)} provisioned, at other loads"
    return PageTable(title, ("requests/s", "on demand", "provisioned", "difference"), tuple(rows))


def _invoices(provisioned: ProvisionedAdvice) -> tuple[PageTable, ...]:
    bills = {"on demand": provisioned.on_demand_bill}
    if provisioned.environments:
        bills["with provisioned concurrency"] = provisioned.bill
    if provisioned.schedule:
        bills["provisioned by the hour"] = provisioned.schedule.bill
    return tuple(_invoice(f"The bill of 30 days, {name}", bill) for name, bill in bills.items() if bill)


def _invoice(title: str, bill: Bill) -> PageTable:
    spilled = ", on demand" if bill.provisioned else ""
    rows = [
        (
            item.name + suffix,
            f"{format_count(float(item.quantity))} {item.unit}",
            f"${item.price:f}".rstrip("0"),
            format_usd(float(item.amount)),
        )
        for items, suffix in ((bill.provisioned, ""), (bill.on_demand, spilled))
        for item in items
    ]
    rows.append(("Total", "", "", format_usd(float(bill.total))))
    return PageTable(title, ("line", "quantity", "price", "amount"), tuple(rows), names=1)


def _sizes(joint: JointAdvice) -> PageTable:
    rows = []
    for size in joint.sizes:
        found, provisioned = size.advice, size.advice.provisioned
        rows.append(
            (
                format_memory(size.memory_mb),
                format_duration(found.traffic.mean_duration_ms),
                number_text(found.traffic.expected_concurrency),
                NOTHING if found.reserved_concurrency is None else format_count(found.reserved_concurrency),
                format_count(provisioned.environments),
                _bill(provisioned.on_demand_bill),
                _bill(provisioned.bill),
                "chosen" if size.memory_mb == joint.chosen_mb else "",
            )
        )
    headers = ("memory", "mean", "needs", "reserve", "provision", "on demand", "provisioned", "")
    return PageTable("Memory and concurrency together, 30 days", headers, tuple(rows))


def _bill(bill: Bill | None) -> str:
    return NOTHING if bill is None else format_usd(float(bill.total))


def _number_or_none(number: int) -> str:
    return format_count(number) if number else "none"
