"""What tuning a choice of functions takes, before it is begun: calls, dollars and time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB
from tuner.analysis import prices_of
from tuner.errors import SettingsError, TunerError
from tuner.fleet.assignment import Assignment
from tuner.fleet.records import FleetFunction, Observed
from tuner.platforms.aws.names import parse_function_name
from tuner.platforms.aws.pacing import CONTROL_RATE
from tuner.platforms.aws.platform import MOST_PARALLEL, warm_ups_of
from tuner.platforms.base import TargetDescription
from tuner.records import FunctionSettings
from tuner.settings import Settings, load_settings
from tuner.tuning.planning import INIT_MAX_MS, SIZES_OF_A_SEARCH, Preview, make_preview
from tuner.units import TIMEOUT_MAX_S

READS_EACH = 12
CALLS_PER_SIZE = 7
"""Control-plane calls of a run: reading the function, and publishing and deleting the version of a size."""


@dataclass(frozen=True, slots=True)
class Outlay:
    """Upper bounds, but for `seconds`, which is a guess: the slower of the account's rate and the calls."""

    assignments: tuple[Assignment, ...]
    invocations: int
    control_calls: int
    worst_usd: float | None
    seconds: float


def plan_outlay(
    functions: Sequence[FleetFunction],
    options: Mapping[str, str],
    environ: Mapping[str, str],
    folder: Path,
    parallel: int,
) -> Outlay:
    """The assignments of these functions, and what they take.

    Raises `SettingsError` for a target or an option that is not understood, before anything is begun.
    """
    assignments, worst, calls, busy_s = [], 0.0, 0, 0.0
    control: dict[str, int] = defaultdict(int)
    for function in functions:
        seen = function.observed
        settings = _settings(seen, options, environ, folder)
        if settings.target.scheme == "replay":
            assignments.append(Assignment(seen.key, seen.function, settings, today_mb=seen.memory_mb))
            continue
        preview = _preview(seen, settings)
        most = preview.plan.budget.max_invocations or 0
        calls += most
        busy_s += most * (seen.mean_ms or 0.0) / 1000
        margin = 0.0
        if settings.target.scheme == "aws":
            sizes = len(preview.plan.memory_sizes_mb) if preview.plan.method == "grid" else SIZES_OF_A_SEARCH
            control[f"{seen.account} {seen.region}"] += READS_EACH + CALLS_PER_SIZE * sizes
            worst += preview.worst_usd or 0.0
            margin = _margin(preview)
        assignments.append(Assignment(seen.key, seen.function, settings, margin, seen.memory_mb))
    slowest = max(control.values(), default=0)
    return Outlay(
        tuple(assignments),
        calls,
        sum(control.values()),
        worst if control else None,
        max(slowest / CONTROL_RATE, busy_s / parallel),
    )


def _settings(
    seen: Observed, options: Mapping[str, str], environ: Mapping[str, str], folder: Path
) -> Settings:
    """As `tuner run` has them; of the function's entry in tuner.toml, where that means the same function."""
    flags = dict(options)
    if seen.profile:
        flags["profile"] = seen.profile
    target = seen.target or f"aws:{seen.function}"
    if not target.startswith("aws:"):
        found = load_settings(target, {}, environ, folder)
        today = found.target.current or _today(seen)
        return replace(found, target=replace(found.target, current=today))
    if seen.account and seen.region:  # an archive does not say where its functions are
        flags["region"] = seen.region
    try:
        own = load_settings(seen.function, flags, environ, folder)
    except SettingsError:
        return load_settings(target, flags, environ, folder)
    same = own.target.scheme == "aws" and _is_same(own.target.rest, seen)
    return own if same else load_settings(target, flags, environ, folder)


def _is_same(name: str, seen: Observed) -> bool:
    try:
        found = parse_function_name(name)
    except TunerError:
        return False
    return (
        found.name == seen.function
        and found.qualifier is None
        and found.region in (None, seen.region)
        and found.account in (None, seen.account)
    )


def _today(seen: Observed) -> FunctionSettings | None:
    if seen.memory_mb is None:
        return None
    return FunctionSettings(seen.memory_mb, seen.timeout_s or TIMEOUT_MAX_S)


def _preview(seen: Observed, settings: Settings) -> Preview:
    description = TargetDescription(
        function=seen.function,
        platform=settings.target.scheme,
        architecture=seen.architecture or "x86_64",
        measurable_mb=(MEMORY_MIN_MB, MEMORY_MAX_MB),
        current=_today(seen),
        warm_ups=warm_ups_of(seen.runtime or ""),
        default_timeout_s=TIMEOUT_MAX_S,
        paid=settings.target.scheme == "aws",
        usual_duration_ms=seen.mean_ms,
        conditions={"region": seen.region} if seen.region else {},
    )
    return make_preview(description, settings.options)


def _margin(preview: Preview) -> float:
    """What the calls that may be under way at one time cost at worst: one at each size of a step."""
    plan = preview.plan
    conditions = {"architecture": preview.description.architecture, **preview.description.conditions}
    prices = prices_of(preview.options, conditions)
    longest_ms = plan.timeout_s * 1000 + INIT_MAX_MS
    each = [longest_ms * float(prices.millisecond(size)) for size in sorted(plan.memory_sizes_mb)]
    largest = longest_ms * float(prices.millisecond(plan.range_mb[1]))
    return max(sum(each[-MOST_PARALLEL:]), largest) + MOST_PARALLEL * float(prices.request)


def chosen_first(functions: Iterable[FleetFunction], most: int) -> list[FleetFunction]:
    """The first functions that can be tuned: with a target, in use, and not switched off."""
    seen = ((function, function.observed) for function in functions)
    usable = [f for f, o in seen if o.target and o.invocations != 0 and o.reserved_concurrency != 0]
    return usable[:most]
