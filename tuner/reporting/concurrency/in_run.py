"""What concurrency the memory sizes of a run need at a known volume, for the report of the run."""

from __future__ import annotations

from tuner.concurrency.advice import USUAL_THROTTLED_SHARE
from tuner.concurrency.bills import SECONDS_PER_MONTH
from tuner.concurrency.process import PoissonProcess
from tuner.concurrency.sizes import Demand, traffic_at
from tuner.concurrency.traffic import CONCURRENCY_MAX
from tuner.concurrency.words import number_text, share_text
from tuner.records import Candidate, TuningResult
from tuner.units import format_count, format_memory


def build_concurrency(result: TuningResult, invocations_per_month: float) -> tuple[str, ...]:
    """A few sentences; none where the duration is not known, or the volume is not that of a function."""
    demand = Demand(invocations_per_month / SECONDS_PER_MONTH)
    chosen, today = result.recommendation.candidate, result.current
    traffic = traffic_at(chosen, demand)
    if traffic is None or not 0 < traffic.expected_concurrency <= CONCURRENCY_MAX:
        return ()
    needs = f"{format_memory(chosen.memory_mb)} needs {_needed(chosen, demand)}"
    if today and today.memory_mb != chosen.memory_mb and (before := _needed(today, demand)):
        needs += f", today's {format_memory(today.memory_mb)} {before}"
    reserved = PoissonProcess(traffic).least_reserved(USUAL_THROTTLED_SHARE)
    return (
        f"{format_count(invocations_per_month)} invocations a month are "
        f"{number_text(demand.requests_per_second)} a second on average. At that rate {needs}.",
        f"A reserved concurrency of {format_count(reserved)} would throttle at most "
        f"{share_text(USUAL_THROTTLED_SHARE)} of independent requests at that rate. An average is a "
        "lower bound: for the busiest minute see tuner concurrency --run FILE --requests-per-second N.",
    )


def _needed(candidate: Candidate, demand: Demand) -> str | None:
    traffic = traffic_at(candidate, demand)
    return f"a concurrency of {number_text(traffic.expected_concurrency)}" if traffic else None
