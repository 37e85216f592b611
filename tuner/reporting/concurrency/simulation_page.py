"""The words of `tuner concurrency simulate`."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.concurrency.quotas import UNRESERVED_FLOOR
from tuner.concurrency.simulation import SimulationResult
from tuner.concurrency.simulation.result import Latency, Row, Totals
from tuner.concurrency.words import number_text, share_text, time_text
from tuner.records import RunWarning
from tuner.reporting.concurrency.page import Page, PageTable, Section
from tuner.reporting.headline import Fact, Span
from tuner.reporting.wording import NOTHING, clean
from tuner.units import counted, format_count, format_duration, format_usd

_ROWS_SHOWN = 15
_LIMITS = {
    "concurrency": "its pool was full (raise the reservation or the account's limit)",
    "requests_per_second": "more than 10 requests a second for each of its concurrency",
    "scaling_rate": "environments could not be started fast enough (provision some before the burst)",
}

METHOD = (
    "Every request is played: it takes a provisioned environment, else an idle one, else a new one; it is "
    "throttled when its pool is full, at 10 requests a second for each of the pool's concurrency, or when "
    "the scaling rule allows no new environment. The latest idle environment is taken first.",
    "Callers are synchronous; one that is throttled tries again as its profile says, after a random wait, "
    "and its request counts where it ends. An idle environment is reclaimed after the profile's time, of "
    "which AWS promises nothing. Provisioned environments are ready from the start.",
    "Latency is that of the requests that ran, with their init and the waits before retries, right to half a "
    "percent. Cost is list price "
    "without the free tier.",
)


def simulation_page(result: SimulationResult) -> Page:
    """What became of the requests, by function and over time."""
    return Page(
        answer=_answer(result),
        facts=_facts(result),
        tables=(_functions(result), _timeline(result), _invoice(result)),
        sections=(Section("Why requests were throttled", _throttles(result)),),
        warnings=_warnings(result),
        method=METHOD,
        chart_description=chart_description(result),
    )


def chart_description(result: SimulationResult) -> str:
    """What the chart shows, for those who cannot see it."""
    return (
        f"Concurrency over {time_text(result.profile.seconds)}, with a peak of "
        f"{format_count(result.peak_concurrency)}; {format_count(result.totals.throttled)} requests "
        f"throttled and {format_count(result.totals.cold_starts)} cold starts."
    )


def _answer(result: SimulationResult) -> tuple[Span, ...]:
    totals = result.totals
    throttled = (
        f"{share_text(_share(totals.throttled, totals))} of {format_count(totals.requests)} requests are "
        "throttled"
        if totals.throttled
        else f"none of {format_count(totals.requests)} requests is throttled"
    )
    return (
        Span(f"{clean(result.profile.name)}: "),
        Span(throttled, strong=True),
        Span(f" and {share_text(_share(totals.cold_starts, totals))} start cold; concurrency peaks at "),
        Span(format_count(result.peak_concurrency), strong=True),
        Span("."),
    )


def _facts(result: SimulationResult) -> tuple[Fact, ...]:
    profile, totals, rule = result.profile, result.totals, result.profile.scaling
    latency = result.latency_ms
    return (
        Fact(
            "Requests",
            f"{format_count(totals.completed)} completed, {format_count(totals.failed)} failed, "
            f"{format_count(totals.throttled)} throttled"
            + (f"; callers tried {counted(totals.retries, 'time')} more" if totals.retries else ""),
        ),
        Fact(
            "Latency",
            ", ".join(f"{k} {format_duration(v)}" for k, v in latency.items()) if latency else NOTHING,
        ),
        Fact("Cost", f"{format_usd(float(result.cost_usd))} for {time_text(profile.seconds)}"),
        Fact(
            "Account",
            f"{format_count(profile.account_limit)}, of which {format_count(profile.unreserved_pool)} are "
            f"unreserved; {format_count(rule.immediate)} new environments at once and "
            f"{format_count(rule.increment)} every {time_text(rule.period_s)} "
            + ("in the whole Region" if rule.shared else "for each function"),
        ),
    )


def _functions(result: SimulationResult) -> PageTable:
    rows = []
    for found in result.functions:
        totals = found.totals
        rows.append(
            (
                clean(found.function.name, 20),
                format_count(totals.requests),
                share_text(_share(totals.throttled, totals)),
                share_text(_share(totals.cold_starts, totals)),
                number_text(found.concurrency),
                format_count(found.peak_concurrency),
                _percentile(found.latency_ms, "p99"),
                format_usd(float(found.cost_usd)),
            )
        )
    headers = ("function", "requests", "throttled", "cold", "mean", "peak", "p99", "cost")
    return PageTable("Functions", headers, tuple(rows), names=1)


def _timeline(result: SimulationResult) -> PageTable:
    rows = tuple(
        (
            time_text(row.t_s) if row.t_s else "0 s",
            format_count(row.totals.requests),
            format_count(row.totals.throttled),
            format_count(row.totals.cold_starts),
            number_text(row.concurrency),
            format_count(row.peak_concurrency),
            _percentile(row.latency_ms, "p95"),
            format_usd(row.cost_usd),
        )
        for row in _shown(result.timeline)
    )
    kept = "" if len(rows) == len(result.timeline) else f", {len(rows)} of {len(result.timeline)} rows"
    headers = ("from", "requests", "throttled", "cold", "mean", "peak", "p95", "cost")
    return PageTable(f"Over time, each {time_text(result.profile.step_s)}{kept}", headers, rows)


def _shown(timeline: Sequence[Row]) -> list[Row]:
    """Rows worth showing: those with most throttles, cold starts and concurrency, and evenly spread ones."""
    if len(timeline) <= _ROWS_SHOWN:
        return list(timeline)
    spread = [timeline[i * (len(timeline) - 1) // 6] for i in range(7)]
    worst = sorted(timeline, key=lambda r: (-r.totals.throttled, -r.totals.cold_starts, -r.peak_concurrency))
    kept: dict[float, Row] = {row.t_s: row for row in (*spread, *worst)}
    chosen = list(kept.values())[:_ROWS_SHOWN]
    return sorted(chosen, key=lambda row: row.t_s)


def _invoice(result: SimulationResult) -> PageTable:
    rows = [
        (
            clean(found.function.name, 20),
            item.name,
            f"{number_text(float(item.quantity))} {item.unit}",
            format_usd(float(item.amount)),
        )
        for found in result.functions
        for item in found.line_items
    ]
    rows.append(("Total", "", "", format_usd(float(result.cost_usd))))
    return PageTable("The bill", ("function", "line", "quantity", "amount"), tuple(rows), names=2)


def _throttles(result: SimulationResult) -> tuple[str, ...]:
    return tuple(
        f"{clean(found.function.name)}: {format_count(number)} because {_LIMITS[limit]}."
        for found in result.functions
        for limit, number in found.totals.throttled_by.items()
        if number
    )


def _warnings(result: SimulationResult) -> tuple[RunWarning, ...]:
    pool = result.profile.unreserved_pool
    if pool >= UNRESERVED_FLOOR or pool == result.profile.account_limit:
        return ()
    message = (
        f"only {pool} are left unreserved; AWS keeps at least {UNRESERVED_FLOOR}, so it would refuse this"
    )
    return (RunWarning("W-UNRESERVED-FLOOR", message, "reserve less, or ask for a higher account limit"),)


def _share(number: int, totals: Totals) -> float:
    return number / totals.requests if totals.requests else 0.0


def _percentile(latency: Latency, name: str) -> str:
    return format_duration(latency[name]) if latency else NOTHING
