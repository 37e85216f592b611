"""The plan of a run, made before the first call: which sizes, how often, and within which bounds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuner.analysis import USUAL_SIZES_MB, prices_of
from tuner.errors import UsageError
from tuner.measure.payloads import NO_PAYLOAD, Payloads
from tuner.options import RunOptions
from tuner.plans import Budget, Plan, SearchMethod
from tuner.platforms.base import TargetDescription
from tuner.search import search_range, starting_sizes
from tuner.units import format_memory

GRID_INVOCATIONS = 10
SPARE_CALLS = 2
"""The default bound of a grid, as a multiple of the planned invocations: room for replaced samples."""
SEARCH_CALLS = 20
"""The default bound of a search, in calls that a new size takes: a cold start, its warm-ups and a sample."""
SIZES_OF_A_SEARCH = 12
"""More sizes than a search comes to in practice: each takes its cold starts where these are asked for."""
INIT_MAX_MS = 10_000  # after which AWS stops an initialisation (Lambda guide, execution environments)


SHOWN_PAYLOAD = 2000
"""Characters of an event that are shown where that is asked for."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run is going to do, told before the first call. `options` are complete: no default is open.

    `payloads` says what the events are, and `payload` is the first of them where it is to be shown.
    `expected_usd` supposes that calls cost what they did lately; None where that is not known. `worst_usd`
    is every call at the largest size until its timeout; both are None where calls cost nothing.
    """

    description: TargetDescription
    plan: Plan
    options: RunOptions
    extrapolated_mb: tuple[int, ...]
    payloads: str
    payload: str | None = None
    expected_usd: float | None = None
    worst_usd: float | None = None


def make_preview(
    description: TargetDescription, options: RunOptions, payloads: Payloads = NO_PAYLOAD
) -> Preview:
    """The plan of a run: the sizes to measure or to start with, how often, and its bounds."""
    today = description.current.memory_mb if description.current else None
    range_mb = search_range(options, description.measurable_mb, today)
    beyond: tuple[int, ...] = ()
    if options.method is SearchMethod.GRID:
        sizes, beyond = _grid(description, options, range_mb)
        range_mb = (sizes[0], sizes[-1])
    else:
        sizes = starting_sizes(range_mb, today)
    current_timeout = description.current.timeout_s if description.current else description.default_timeout_s
    starts = description.environments * (1 + description.warm_ups)
    grid_samples = options.invocations or GRID_INVOCATIONS
    plan = Plan(
        method=options.method,
        range_mb=range_mb,
        memory_sizes_mb=sizes,
        # A step of a search takes no fewer samples than a new size takes calls to start.
        samples=grid_samples if options.method is SearchMethod.GRID else starts,
        warm_ups=description.warm_ups,
        environments=description.environments,
        timeout_s=options.timeout or current_timeout,
        seed=options.seed,
    )
    grid_bound = (plan.invocations + plan.invocations_each) * SPARE_CALLS
    usual = grid_bound if options.method is SearchMethod.GRID else SEARCH_CALLS * (1 + starts)
    cold = (options.cold_starts or 0) * (
        len(sizes) if options.method is SearchMethod.GRID else SIZES_OF_A_SEARCH
    )
    most = options.max_invocations or usual + cold
    budget = Budget(min(most, payloads.limit or most), options.max_spend, options.max_seconds)
    # Who pays for more invocations than usual wants to know better.
    regret = options.regret or options.regret_target * min(1.0, usual / (options.max_invocations or usual))
    preview = Preview(
        description=description,
        plan=replace(plan, budget=budget),
        options=replace(options, regret=regret),
        extrapolated_mb=beyond,
        payloads=payloads.description,
        payload=_shown(payloads.sample) if options.show_payload else None,
    )
    return _with_costs(preview) if description.paid else preview


def _shown(payload: bytes) -> str:
    return payload[:SHOWN_PAYLOAD].decode("utf-8", "replace")


def _with_costs(preview: Preview) -> Preview:
    """What the calls will cost: by what one cost lately, and if each ran into its timeout."""
    description, plan = preview.description, preview.plan
    conditions = {"architecture": description.architecture, **description.conditions}
    prices = prices_of(preview.options, conditions)
    calls = plan.budget.max_invocations or 0
    request = float(prices.request)
    longest_ms = plan.timeout_s * 1000 + INIT_MAX_MS
    worst = calls * (longest_ms * float(prices.millisecond(plan.range_mb[1])) + request)
    worst = min(worst, plan.budget.max_spend_usd or worst)
    expected = None
    if description.usual_duration_ms is not None and description.current:
        each = description.usual_duration_ms * float(prices.millisecond(description.current.memory_mb))
        expected = min(calls * (each + request), worst)
    return replace(preview, expected_usd=expected, worst_usd=worst)


def _grid(
    description: TargetDescription, options: RunOptions, range_mb: tuple[int, int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The sizes of the grid that can be measured, and those above that cannot."""
    low, high = description.measurable_mb
    today = description.current.memory_mb if description.current else None
    extra = (options.min_memory, options.max_memory, today)
    usual = {size for size in (*USUAL_SIZES_MB, *extra) if size and range_mb[0] <= size}
    asked = options.memory_sizes or sorted(s for s in usual if s <= (options.max_memory or s))
    sizes = tuple(size for size in asked if low <= size <= high)
    if not sizes:
        raise UsageError(
            f"only sizes from {format_memory(low)} to {format_memory(high)} can be measured here",
            "name at least one of them in --memory-sizes",
        )
    return sizes, tuple(size for size in asked if size > high)
