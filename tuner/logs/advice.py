"""What to set after a look at production: a memory floor, a timeout, concurrency."""

from __future__ import annotations

import math
from dataclasses import replace

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from tuner.concurrency.advice import USUAL_COLD_SHARE, Targets, advise
from tuner.concurrency.quotas import Quotas
from tuner.concurrency.traffic import Traffic
from tuner.errors import UsageError
from tuner.logs.findings import FunctionFindings, LogAdvice, MemoryAdvice, SizeFindings
from tuner.recommend.eligible import HEADROOM
from tuner.records import Outcome
from tuner.timeout import CALLS_FOR_P99, SAFETY_FACTOR, SAFETY_FACTOR_SMALL_SAMPLE
from tuner.units import TIMEOUT_MAX_S, counted, format_count, format_duration, format_memory, format_percent


def advise_settings(found: FunctionFindings, memory: MemoryAdvice) -> LogAdvice:
    """Everything but the memory size, which `memory` has settled, with the reasons in order."""
    floor_mb, floor_reasons = memory_floor(found)
    timeout_s, timeout_reasons = _timeout(found.current)
    reserved, provisioned, concurrency_reasons = _concurrency(found)
    return LogAdvice(
        memory_floor_mb=floor_mb,
        timeout_s=timeout_s,
        reserved_concurrency=reserved,
        provisioned_concurrency=provisioned,
        memory=memory,
        reasons=(*floor_reasons, *memory.reasons, *timeout_reasons, *concurrency_reasons),
    )


def memory_floor(found: FunctionFindings) -> tuple[int | None, list[str]]:
    """The least memory [MB] that leaves headroom above the peak, and above any size that ran out of it."""
    peak = max((s.used_max_mb for s in found.by_memory if s.used_max_mb is not None), default=None)
    if peak is None:
        return None, ["No record says how much memory was used, so no floor is known."]
    floor = max(MEMORY_MIN_MB, math.ceil(round(peak * (1 + HEADROOM), 6)))
    headroom = format_percent(HEADROOM)
    needed = format_memory(floor)
    reasons = [f"At most {format_memory(peak)} were used; with {headroom} headroom that takes {needed}."]
    doomed = [s for s in found.by_memory if s.memory_mb and s.outcomes.get(Outcome.OUT_OF_MEMORY)]
    if doomed:
        largest = max(doomed, key=lambda s: s.memory_mb or 0)
        size = largest.memory_mb or 0
        floor = max(floor, math.ceil(round(size * (1 + HEADROOM), 6)))
        reasons.append(
            f"{counted(largest.outcomes[Outcome.OUT_OF_MEMORY], 'call')} ran out of memory at "
            f"{format_memory(size)}, so more was needed than that: take at least {format_memory(floor)}."
        )
    if floor > MEMORY_MAX_MB:
        reasons.append(f"Lambda offers {format_memory(MEMORY_MAX_MB)} at most: split the work.")
    return min(floor, MEMORY_MAX_MB), reasons


def _timeout(size: SizeFindings) -> tuple[int | None, list[str]]:
    """From the slowest call that succeeded, start included; it says where a timeout has cut the tail."""
    succeeded, cut = size.outcomes.get(Outcome.OK, 0), size.outcomes.get(Outcome.TIMEOUT, 0)
    reasons = []
    if size.slowest_ok_ms is None:
        return None, ["No call succeeded, so no timeout follows."]
    factor = SAFETY_FACTOR if succeeded >= CALLS_FOR_P99 else SAFETY_FACTOR_SMALL_SAMPLE
    worst_ms = size.slowest_ok_ms
    reasons.append(
        f"The slowest of {counted(succeeded, 'call')} that succeeded took {format_duration(worst_ms)} with "
        f"its start; the timeout is that times a safety factor of {factor:g}, rounded up to a second."
    )
    if cut and size.timeout_max_ms is not None:
        worst_ms = max(worst_ms, size.timeout_max_ms)
        reasons.append(
            f"{counted(cut, 'call')} timed out, cut off at {format_duration(size.timeout_max_ms)}: the tail "
            "is not known beyond that, so raise the timeout and look again, or find out what they wait for."
        )
    return min(TIMEOUT_MAX_S, max(1, math.ceil(round(worst_ms * factor / 1000, 6)))), reasons


def _concurrency(found: FunctionFindings) -> tuple[int | None, int | None, list[str]]:
    """From the busiest hour by Little's law, and never less than the peak that was seen."""
    traffic = observed_traffic(found)
    if traffic is None or found.peak_concurrency is None:
        return None, None, ["The records have no times, so nothing is known of concurrency."]
    peak = found.peak_concurrency
    try:
        advice = advise(traffic, Targets(), Quotas())
    except UsageError:
        return peak, None, [f"The most calls in progress at once were {format_count(peak)}."]
    reserved = max(peak, advice.needed_concurrency)
    provisioned = advice.provisioned.environments
    reasons = [
        f"The most calls in progress at once were {format_count(peak)}; at the rate of the busiest hour "
        f"{format_count(advice.needed_concurrency)} keep throttling below 0.01 %. Reserve the larger of both."
    ]
    share = format_percent(traffic.cold_share or 0.0)
    if provisioned:
        reasons.append(
            f"{share} of calls started cold; {format_count(provisioned)} provisioned would keep that below "
            f"{format_percent(USUAL_COLD_SHARE)}, and are billed all day: see tuner concurrency."
        )
    else:
        reasons.append(f"{share} of calls started cold, so provisioned concurrency is not needed.")
    return reserved, provisioned, reasons


def observed_traffic(found: FunctionFindings) -> Traffic | None:
    """The busiest hour as traffic, the form in which `tuner concurrency` takes it; None without times."""
    if found.load is None:
        return None
    size = found.current
    starts = [s for s in (size.init_ms, size.restore_ms) if s is not None]
    cold = size.cold_ms.count if size.cold_ms else 0
    traffic = Traffic(
        requests_per_second=found.load.busiest_hour_invocations / _busy_s(found),
        duration_ms=size.duration_ms.mean or 0.0,
        cold_share=cold / size.invocations,
        billed_duration_ms=size.billed_ms / size.billed if size.billed else None,
    )
    if not starts:
        return traffic
    spent_ms = sum(s.count * (s.mean or 0.0) for s in starts)
    return replace(traffic, init_duration_ms=spent_ms / cold)


def _busy_s(found: FunctionFindings) -> float:
    """How much of the busiest hour the logs can cover [s]: less than an hour where they are shorter."""
    covered_s = ((found.last_us or 0) - (found.first_us or 0)) / 1_000_000
    return min(3600.0, max(1.0, covered_s))
