"""What is worth a look at a function: pure functions of what was observed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from cost_models.errors import PriceNotFoundError
from cost_models.pricing import find_prices
from tuner.fleet.records import Flag, FlagCode, Observed
from tuner.platforms.aws.doctor.findings import lambda_guide
from tuner.platforms.aws.doctor.runtimes import DEPRECATION_DATES
from tuner.platforms.aws.doctor.settings import HARDLY_USED, NEARLY_FULL
from tuner.units import format_count, format_duration, format_memory, format_percent

NEAR_TAIL = 0.8
"""A slowest call above this share of the timeout is soon cut off."""
TOO_LONG = 20
"""A timeout of so many slowest calls stops nothing that hangs before it has been paid for."""
LONG_TIMEOUT_S = 60
"""Shorter timeouts are harmless, however quick the calls."""
MANY_FAILED, FEWEST_FAILED = 0.1, 10


def flags_of(seen: Observed, today: date) -> tuple[Flag, ...]:
    """Every flag of a function, the most urgent first; nothing is flagged on what is not known."""
    checks: tuple[Callable[[], Flag | None], ...] = (
        lambda: _memory(seen),
        lambda: _timeout(seen),
        lambda: _billed_errors(seen),
        lambda: _throttled(seen),
        lambda: _switched_off(seen),
        lambda: _deprecated(seen, today),
        lambda: _never_invoked(seen),
        lambda: _arm64(seen, today),
    )
    return tuple(flag for check in checks if (flag := check()) is not None)


def _memory(seen: Observed) -> Flag | None:
    if seen.max_memory_used_mb is None or seen.memory_mb is None:
        return None
    share = seen.max_memory_used_mb / seen.memory_mb
    used = f"at most {format_memory(seen.max_memory_used_mb)} of {format_memory(seen.memory_mb)} were used"
    page = lambda_guide("configuration-memory")
    if share > NEARLY_FULL:
        text = f"{used}, more than {format_percent(NEARLY_FULL)}: a larger event may run out of memory"
        return Flag(FlagCode.UNDER_PROVISIONED, text, page)
    if share < HARDLY_USED:
        text = f"{used}; the memory size also sets the CPU, so measure before it is cut"
        return Flag(FlagCode.OVER_PROVISIONED, text, page)
    return None


def _timeout(seen: Observed) -> Flag | None:
    if seen.timeout_s is None or not seen.max_ms:
        return None
    timeout_ms = seen.timeout_s * 1000
    found = f"the timeout is {seen.timeout_s:,} s, and the slowest call took {format_duration(seen.max_ms)}"
    page = lambda_guide("configuration-timeout")
    if seen.max_ms >= NEAR_TAIL * timeout_ms:
        return Flag(FlagCode.TIMEOUT_NEAR_TAIL, f"{found}: slow calls are cut off, or soon will be", page)
    if seen.timeout_s > LONG_TIMEOUT_S and timeout_ms > TOO_LONG * seen.max_ms:
        text = f"{found}: a call that hangs is billed for all that time"
        return Flag(FlagCode.TIMEOUT_TOO_LONG, text, page)
    return None


def _billed_errors(seen: Observed) -> Flag | None:
    share = seen.failed_share
    if share is None or share < MANY_FAILED or (seen.failed or 0) < FEWEST_FAILED:
        return None
    text = f"{format_count(seen.failed or 0)} calls failed, {format_percent(share)}, and each was billed"
    return Flag(FlagCode.BILLED_ERRORS, text, lambda_guide("invocation-retries"))


def _throttled(seen: Observed) -> Flag | None:
    if not seen.throttled:
        return None
    text = f"{format_count(seen.throttled)} calls were throttled: see tuner concurrency"
    return Flag(FlagCode.THROTTLED, text, lambda_guide("lambda-concurrency"))


def _switched_off(seen: Observed) -> Flag | None:
    if seen.reserved_concurrency != 0:
        return None
    text = "its reserved concurrency is 0, so every call is throttled"
    return Flag(FlagCode.SWITCHED_OFF, text, lambda_guide("configuration-concurrency"))


def _deprecated(seen: Observed, today: date) -> Flag | None:
    ended = DEPRECATION_DATES.get(seen.runtime or "")
    if ended is None or ended > today:
        return None
    text = f"the runtime {seen.runtime} has passed its deprecation date, {ended}"
    return Flag(FlagCode.DEPRECATED_RUNTIME, text, lambda_guide("lambda-runtimes"))


def _never_invoked(seen: Observed) -> Flag | None:
    if seen.invocations != 0 or seen.days is None:
        return None
    text = f"not one invocation in {seen.days:g} days"
    if seen.provisioned_environments:
        text += ", while provisioned concurrency is billed"
    return Flag(FlagCode.NEVER_INVOKED, text)


def _arm64(seen: Observed, today: date) -> Flag | None:
    """arm64 has a lower price for the same memory; old runtimes are not offered on it."""
    if seen.architecture != "x86_64" or not seen.invocations or seen.region is None:
        return None
    if DEPRECATION_DATES.get(seen.runtime or "", today) < today:
        return None
    try:
        x86, arm = (find_prices(seen.region, cpu).compute_tiers[0].price for cpu in ("x86_64", "arm64"))
    except PriceNotFoundError:
        return None
    less = format_percent(float(1 - arm / x86))
    text = f"a GB-second costs {less} less on arm64, where the code and its libraries run on it"
    return Flag(FlagCode.ARM64_CANDIDATE, text, lambda_guide("foundation-arch"))
