"""Whether the last recommendation for a function still holds in production. Pure functions.

Three claims are looked at, at the size that was recommended: its p95, its cost a call, and that its memory
is enough. A claim is broken only when the whole 99 % interval of what production does is beyond what was
promised and its margin. Calls of one hour resemble each other, so the hours are the evidence, not the calls.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

from cost_models.pricing import Prices
from tuner.errors import NothingToCompareError
from tuner.gate.estimates import critical
from tuner.gate.rules import Threshold
from tuner.history import HistoryEntry
from tuner.logs.watch_evidence import Live
from tuner.recommend.eligible import HEADROOM
from tuner.records import Estimate
from tuner.units import counted, format_memory, format_percent

COST = Threshold(fraction=0.10)
P95 = Threshold(fraction=0.20, amount=5.0)
"""The margins of a gate without rules of its own: [$ per million], [ms]."""
HOURS_NEEDED = 8
TAIL_NEEDED = 5
"""So many independent calls should be slower than p95 before anything is said of it."""
LEVEL = 0.005
"""The share that an interval leaves out on each side."""


class Standing(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    DRIFTED = "drifted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Check:
    """A claim and what production says of it, in the unit of the claim; `line` is where it is broken.

    `found` is None where production does not say; an observed maximum has no interval.
    """

    claim: str
    standing: Standing
    expected: float | None
    line: float | None
    found: float | None
    low: float | None
    high: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Watch:
    """One look at a function: the recommendation that was looked at, the evidence, and every claim."""

    recommended: HistoryEntry
    source: str
    live: Live
    checks: tuple[Check, ...]

    @property
    def standing(self) -> Standing:
        """Drifted as soon as one claim is; it holds only where all do."""
        found = {check.standing for check in self.checks}
        return next((s for s in (Standing.DRIFTED, Standing.UNDECIDED) if s in found), Standing.HOLDS)


def refuse_relative(recommended: HistoryEntry, source: str) -> None:
    """Raise `NothingToCompareError` for a recommendation whose numbers are those of another machine."""
    if recommended.relative:
        raise NothingToCompareError(
            f"the recommendation in {source} was measured on this machine: its numbers are not those of AWS",
            f"tune the function itself: tuner run aws:{recommended.function}",
        )


def judge(recommended: HistoryEntry, source: str, live: Live, prices: Prices) -> Watch:
    """Hold production against a recommendation.

    Raises `NothingToCompareError` where production does not run at that size at all, or its prices are not
    those of the recommendation.
    """
    here = {"region": prices.region, "architecture": prices.architecture}
    there = {key: recommended.conditions.get(key) or value for key, value in here.items()}
    if there != here:
        named = (f"{place['region']}, {place['architecture']}" for place in (there, here))
        raise NothingToCompareError(
            "the recommendation is for {}, and these logs are priced as {}".format(*named),
            "name what the logs are of with --region and --architecture",
        )
    if not live.calls_by_memory.get(live.memory_mb):
        seen = ", ".join(format_memory(size) for size in live.calls_by_memory if size is not None)
        raise NothingToCompareError(
            f"{live.function} ran at {seen or 'an unknown size'}, never at the "
            f"{format_memory(live.memory_mb)} that were recommended",
            "apply the recommendation first (tuner apply), or look at a range in which it was in force",
        )
    checks = (_p95(recommended, live), _cost(recommended, live, prices), _memory(live))
    return Watch(recommended, source, live, checks)


def _p95(recommended: HistoryEntry, live: Live) -> Check:
    expected = recommended.duration_ms.p95
    independent = live.calls / _likeness(live)
    if len(live.hours) < HOURS_NEEDED or independent * 0.05 < TAIL_NEEDED:
        return _undecided("p95 [ms]", expected, _too_few(live, independent))
    reach = NormalDist().inv_cdf(1 - LEVEL) * math.sqrt(0.95 * 0.05 / independent)
    found, low, high = (_quantile(live, share) for share in (0.95, 0.95 - reach, min(1.0, 0.95 + reach)))
    reason = f"{counted(live.calls, 'warm call')} weigh as {counted(independent, 'independent one')}"
    line = expected * (1 + P95.fraction_of(expected))
    return _judged("p95 [ms]", expected, line, Estimate(found, low, high), reason)


def _cost(recommended: HistoryEntry, live: Live, prices: Prices) -> Check:
    promised = recommended.cost_usd_per_million
    if len(live.hours) < HOURS_NEEDED:
        return _undecided("cost per million [$]", promised.mean, _too_few(live, live.calls))
    calls = sum(hour.calls for hour in live.hours)
    mean_ms = sum(hour.billed_ms for hour in live.hours) / calls
    rests = [hour.billed_ms - mean_ms * hour.calls for hour in live.hours]
    error_ms = math.sqrt(len(rests) / (len(rests) - 1) * sum(rest**2 for rest in rests)) / calls
    reach_ms = critical(LEVEL, len(rests) - 1) * error_ms
    price, request = float(prices.millisecond(live.memory_mb)), float(prices.request)
    found, low, high = (
        1e6 * (ms * price + request) for ms in (mean_ms, mean_ms - reach_ms, mean_ms + reach_ms)
    )
    hours = counted(len(live.hours), "hour")
    reason = f"{counted(calls, 'warm call')} in {hours}, at list prices of {prices.region}"
    line = max(promised.mean * (1 + COST.fraction_of(promised.mean)), promised.high)
    estimate = Estimate(found, low, high)
    return _judged("cost per million [$]", promised.mean, line, estimate, reason)


def _memory(live: Live) -> Check:
    """The peak of all calls is a fact, and needs no interval."""
    claim, room = "memory used [MB]", live.memory_mb / (1 + HEADROOM)
    if live.out_of_memory:
        reason = f"{counted(live.out_of_memory, 'call')} ran out of memory"
        return Check(claim, Standing.DRIFTED, None, room, live.used_max_mb, None, None, reason)
    if live.used_max_mb is None:
        return _undecided(claim, None, "no record says how much memory was used")
    reason = f"{format_memory(live.memory_mb)} leave {format_percent(HEADROOM)} headroom up to that"
    # The rule by which the recommendation was made, so that it never breaks its own.
    over = live.used_max_mb * (1 + HEADROOM) > live.memory_mb
    standing = Standing.DRIFTED if over else Standing.HOLDS
    return Check(claim, standing, None, room, live.used_max_mb, None, None, reason)


def _judged(claim: str, expected: float, line: float, found: Estimate, reason: str) -> Check:
    standing = Standing.UNDECIDED
    if math.isnan(expected):
        return _undecided(claim, None, "the recommendation says nothing of it")
    if found.low > line:
        standing = Standing.DRIFTED
    elif found.high <= line:
        standing = Standing.HOLDS
    return Check(claim, standing, expected, line, found.mean, found.low, found.high, reason)


def _undecided(claim: str, expected: float | None, reason: str) -> Check:
    known = None if expected is None or math.isnan(expected) else expected
    return Check(claim, Standing.UNDECIDED, known, None, None, None, None, reason)


def _too_few(live: Live, independent: float) -> str:
    weight = counted(math.floor(independent), "independent one")
    return (
        f"{counted(live.calls, 'warm call')} in {counted(len(live.hours), 'hour')} weigh as {weight}; "
        f"{TAIL_NEEDED * 20} in {HOURS_NEEDED} hours are needed: look at a longer range"
    )


def _likeness(live: Live) -> float:
    """How many calls weigh as one: the variance of the hours against that of as many independent calls."""
    calls = sum(hour.calls for hour in live.hours)
    if len(live.hours) < 2:
        return max(1.0, float(live.calls))
    mean_ms = sum(hour.duration_ms for hour in live.hours) / calls
    single = sum(n * (ms - mean_ms) ** 2 for ms, n in live.bins) / max(1, live.calls)
    hours = sum((hour.duration_ms - mean_ms * hour.calls) ** 2 for hour in live.hours)
    return max(1.0, hours * len(live.hours) / (len(live.hours) - 1) / (single * calls)) if single else 1.0


def _quantile(live: Live, share: float) -> float:
    rank = share * live.calls
    return next((ms for ms, upto in _ranked(live) if upto >= rank), live.bins[-1][0])


def _ranked(live: Live) -> Iterator[tuple[float, int]]:
    upto = 0
    for ms, calls in live.bins:
        upto += calls
        yield ms, upto
