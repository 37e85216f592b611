"""What was seen of a function's requests, in words: how they came, and what follows by the hour."""

from __future__ import annotations

from tuner.concurrency.advice import ConcurrencyAdvice, Sighting
from tuner.concurrency.provisioned import ProvisionedAdvice
from tuner.concurrency.schedule import Schedule
from tuner.concurrency.words import number_text, share_text, time_text
from tuner.reporting.concurrency.page import PageTable
from tuner.reporting.headline import Fact
from tuner.reporting.wording import NOTHING
from tuner.units import counted, format_count, format_percent, format_usd

BURSTY, EVEN = 1.5, 0.7
"""From and up to which dispersion requests come clearly otherwise than by chance."""
FEW = 100
"""Fewer requests show no pattern."""
_WINDOWS = {1: "a second", 60: "a minute"}

METHOD = (
    "Expected concurrency is Little's law in the busiest hour: requests a second x mean duration, with cold "
    "starts. Its percentiles are shares of that hour.",
    "The throttled share, and the share that spills over from provisioned concurrency, are those of the "
    "requests that were seen: one that met n others in progress needs n + 1 environments. As throttled "
    "requests would have made room for others, the shares are never too low.",
    "Metrics tell the highest concurrency of each minute, and every request of the minute is taken to have "
    "met it; logs tell it for every request.",
    "Bills are 30 days like those that were seen, at list price without the free tier. By the hour, "
    "environments are asked for five minutes early and billed for them.",
)


def sighting_facts(sighting: Sighting) -> tuple[Fact, ...]:
    """How much was seen, and how evenly it came."""
    observed = sighting.observed
    seen = Fact(
        "Seen",
        f"{counted(observed.requests, 'request')} in {time_text(max(1.0, observed.seconds))} of "
        f"{observed.source}, at most {format_count(observed.peak)} in progress at a time",
    )
    if observed.requests < FEW:
        return (seen,)
    return seen, Fact(
        "Arrivals", f"{_pattern(sighting)}; the busiest hour's requests {_dispersion(sighting)}"
    )


def _pattern(sighting: Sighting) -> str:
    if sighting.observed.dispersion >= BURSTY:
        return "in bursts"
    return "evenly" if sighting.observed.dispersion <= EVEN else "independently of each other"


def _dispersion(sighting: Sighting) -> str:
    observed = sighting.observed
    return (
        f"{_WINDOWS[observed.window_s]} vary {number_text(observed.dispersion)} times as much as those of "
        "independent callers"
    )


def sighting_reason(advice: ConcurrencyAdvice, sighting: Sighting) -> str:
    """Which process decided, and why the other says something else."""
    observed, chance = sighting.observed, format_count(sighting.by_chance)
    if not sighting.decides:
        return (
            f"Too few requests were seen ({format_count(observed.requests)}) to tell what throttles "
            f"{share_text(advice.targets.throttled_share)} of them: the larger is taken of the "
            f"peak that was seen, {format_count(observed.peak)}, and of what independent requests (a Poisson "
            f"process) at the rate of the busiest hour need, {chance}."
        )
    why = {
        "in bursts": "they come together, so more are in progress at once",
        "evenly": "they come more evenly than by chance",
        "independently of each other": "the difference is that between the busiest hour and all hours",
    }[_pattern(sighting)]
    return (
        "The requests as they came decide, not a formula: independent ones (a Poisson process) at the rate "
        f"of the busiest hour would need {chance}; {why}."
    )


def schedule_tables(provisioned: ProvisionedAdvice) -> tuple[PageTable, ...]:
    """Each hour of the day, and what the ways of provisioning cost; nothing where the hours do not differ."""
    schedule = provisioned.schedule
    if schedule is None:
        return ()
    return (_hours(schedule), *_ways(provisioned, schedule))


def _hours(schedule: Schedule) -> PageTable:
    rows = tuple(
        (
            f"{hour.hour:02d}:00",
            number_text(hour.requests_per_second),
            format_count(hour.environments),
            NOTHING if hour.utilization is None else format_percent(hour.utilization),
            share_text(hour.spillover_share),
            NOTHING if hour.on_demand_usd is None else format_usd(float(hour.on_demand_usd)),
            NOTHING if hour.provisioned_usd is None else format_usd(float(hour.provisioned_usd)),
        )
        for hour in schedule.hours
    )
    headers = ("UTC", "requests/s", "provision", "busy", "spill over", "on demand", "provisioned")
    return PageTable("Provisioned concurrency by the hour, 30 days", headers, rows, names=1)


def _ways(provisioned: ProvisionedAdvice, schedule: Schedule) -> tuple[PageTable, ...]:
    bills = {
        "all on demand": provisioned.on_demand_bill,
        f"{format_count(provisioned.environments)} all day": provisioned.bill,
        "by the hour": schedule.bill,
    }
    known = {name: float(bill.total) for name, bill in bills.items() if bill}
    if len(known) < len(bills):
        return ()
    least, *_ = known.values()
    rows = tuple(
        (
            name,
            format_usd(total),
            f"+{format_usd(total - least)}" if total > least else format_usd(total - least),
        )
        for name, total in known.items()
    )
    return (PageTable("30 days", ("provisioned", "bill", "against on demand"), rows, names=1),)
