"""How a search ended, and what more would cost."""

from __future__ import annotations

import math

from cost_models.cpu import MEMORY_MAX_MB
from tuner.plans import SearchMethod, SearchOutcome, SearchRecord, StopReason
from tuner.records import MeasurementSet, Recommendation, Regret, RunWarning, Spent
from tuner.units import format_count, format_memory, format_percent, format_usd

_ELSEWHERE = "tuner run on the function itself measures where the answer is in doubt"


def outcome_of(measurements: MeasurementSet, regret: Regret, spent: Spent, target: float) -> SearchOutcome:
    """The end of the search that made these measurements, judged by a target [fraction].

    What is still missing is guessed from the rule that regret falls in proportion to the invocations made.
    """
    sizes = measurements.memory_sizes_mb
    search = measurements.search or SearchRecord(SearchMethod.GRID, (sizes[0], sizes[-1]), StopReason.GRID)
    conclusive = regret.mean <= target
    more = None if conclusive else math.ceil(spent.invocations * (regret.mean / target - 1))
    return SearchOutcome(
        method=search.method,
        range_mb=search.range_mb,
        stopped_by=search.stopped_by,
        target=target,
        conclusive=conclusive,
        more_invocations=more,
        more_cost_usd=None
        if more is None or spent.cost_usd is None
        else spent.cost_usd / spent.invocations * more,
    )


def outcome_warning(
    search: SearchOutcome, recommendation: Recommendation, spent: Spent, *, imported: bool = False
) -> tuple[RunWarning, ...]:
    """Says that the grid is incomplete or the answer not as sure as was asked for, and what to do.

    `imported` are the results of another tool: no option of ours would have measured them otherwise.
    """
    if search.conclusive:
        if search.method is SearchMethod.GRID and search.stopped_by is not StopReason.GRID:
            bound = _bound_words(search.stopped_by)
            return (RunWarning("W-BUDGET", f"{bound} ended the run before the end of the grid", "raise it"),)
        return ()
    regret, size = recommendation.expected_regret, format_memory(recommendation.candidate.memory_mb)
    aim = "its aim" if recommendation.strategy == "balanced" else recommendation.strategy
    stopped = f"; {_bound_words(search.stopped_by)} ended the search" if search.ran_out else ""
    message = (
        f"{size} may lose {format_percent(regret.mean)} in {aim} against the best size (90 % bound "
        f"{format_percent(regret.bound)}), more than --regret {format_percent(search.target)}{stopped}"
    )
    return (RunWarning("W-INCONCLUSIVE", message, _ELSEWHERE if imported else _advice(search, spent)),)


def edge_warning(
    search: SearchOutcome, recommendation: Recommendation, max_memory: int | None, *, imported: bool = False
) -> tuple[RunWarning, ...]:
    """Says that the answer lies at the end of a range that the user did not choose."""
    top = search.range_mb[1]
    if max_memory or recommendation.candidate.memory_mb < top or top >= MEMORY_MAX_MB:
        return ()
    message = f"{format_memory(top)} is the largest size that was looked at, and the answer"
    hint = _ELSEWHERE if imported else f"--max-memory {MEMORY_MAX_MB} looks further"
    return (RunWarning("W-EDGE", message, hint),)


def _advice(search: SearchOutcome, spent: Spent) -> str:
    if search.method is SearchMethod.GRID:
        return (
            "an adaptive search measures where the answer is in doubt: leave out --search grid and its sizes"
        )
    if search.method is SearchMethod.PREDICT:
        return "leave out --predict to measure"
    if not search.ran_out:
        return "the search had another strategy or range in mind; measure again"
    more = search.more_invocations or 0
    cost = "" if search.more_cost_usd is None else f", about {format_usd(search.more_cost_usd)}"
    return (
        f"some {format_count(more)} more invocations would do{cost}: "
        f"--max-invocations {spent.invocations + more}, or accept more with --regret"
    )


def _bound_words(reason: StopReason) -> str:
    return f"--{str(reason).replace('_', '-')}"
