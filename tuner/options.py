"""The options of a run: one table, from which flags, environment variables, tuner.toml and the API are made.

Each option is a field of `RunOptions` with the function that reads it. A reader takes text (a flag, an
environment variable) or a plain value (TOML, Python) and raises `ValueError` with a sentence.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cost_models.errors import did_you_mean
from tuner.plans import SearchMethod
from tuner.records import Strategy
from tuner.triggers import TRIGGERS
from tuner.units import (
    TIMEOUT_MAX_S,
    check_memory_mb,
    parse_duration_ms,
    parse_fraction,
    parse_memory_mb,
    parse_usd,
)

LATENCY_STATISTICS = ("mean", "p50", "p95", "p99")


@dataclass(frozen=True, slots=True)
class LatencyLimit:
    """A bound [ms] on a statistic of the warm duration, written `800ms@p95`."""

    limit_ms: float
    statistic: str = "p95"

    def __str__(self) -> str:
        return f"{self.limit_ms:g}ms@{self.statistic}"


USUAL_REGRET = 0.01


def read_memory(value: Any) -> int:
    """A memory size [MB], from `512MB` or a plain number of MB."""
    return parse_memory_mb(value) if isinstance(value, str) else check_memory_mb(_number(value))


def read_memory_sizes(value: Any) -> tuple[int, ...]:
    """Distinct memory sizes [MB], ascending, from `128,256` or a list."""
    if isinstance(value, str):
        value = value.split(",")
    parts = value if isinstance(value, list | tuple) else [value]
    sizes = sorted({read_memory(part) for part in parts if part != ""})
    if not sizes:
        raise ValueError("give at least one memory size, as in 128,256,512")
    return tuple(sizes)


def read_count(value: Any) -> int:
    """A whole number of at least one."""
    number = _number(value)
    if number != int(number) or number < 1:
        raise ValueError(f"{value} is not a whole number of at least 1")
    return int(number)


def read_seed(value: Any) -> int:
    """A whole number of at least zero."""
    number = _number(value)
    if number != int(number) or number < 0:
        raise ValueError(f"{value} is not a whole number of at least 0")
    return int(number)


def read_timeout_s(value: Any) -> int:
    """A timeout in whole seconds, 1 to 900, from `30`, `30s` or `5m`."""
    is_text = isinstance(value, str) and not value.strip().isdigit()
    seconds = parse_duration_ms(value) / 1000 if is_text else _number(value)
    if seconds != int(seconds) or not 1 <= seconds <= TIMEOUT_MAX_S:
        raise ValueError(f"{value} is not a timeout; write whole seconds from 1 to {TIMEOUT_MAX_S}")
    return int(seconds)


def read_seconds(value: Any) -> float:
    """A positive time [s], from `90s`, `3m` or a plain number of seconds."""
    seconds = _number(value) if _is_plain_number(value) else parse_duration_ms(value) / 1000
    if seconds <= 0:
        raise ValueError(f"{value} is not a positive time")
    return seconds


def read_fraction(value: Any) -> float:
    """A fraction, from `10%`; a bare number is refused, because 0.1 could mean either."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a percentage; write '10%'")
    return parse_fraction(value)


def read_regret(value: Any) -> float:
    """A fraction above zero, from `1%`: no finite number of invocations makes sure of nothing less."""
    fraction = read_fraction(value)
    if fraction <= 0:
        raise ValueError(f"{value} is never reached; write a percentage above zero, as in 0.5%")
    return fraction


def read_weight(value: Any) -> float:
    """A weight from 0 to 1."""
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"{value} is not a weight; write a number from 0 (speed) to 1 (cost)")
    return number


def read_usd(value: Any) -> float:
    """A positive amount [USD]."""
    amount = parse_usd(value) if isinstance(value, str) else _number(value)
    if amount <= 0:
        raise ValueError(f"{value} is not a positive amount")
    return amount


def read_latency_limit(value: Any) -> LatencyLimit:
    """A latency limit, from `800ms@p95`; without a statistic it bounds the 95th percentile."""
    if isinstance(value, LatencyLimit):
        return value
    duration, _, statistic = str(value).partition("@")
    statistic = statistic or "p95"
    if statistic not in LATENCY_STATISTICS:
        raise ValueError(f"unknown statistic '{statistic}'; {did_you_mean(statistic, LATENCY_STATISTICS)}")
    limit = parse_duration_ms(duration)
    if limit <= 0:
        raise ValueError("a latency limit must be above zero")
    return LatencyLimit(limit, statistic)


def read_payload(value: Any) -> str:
    """A JSON payload as text, `@FILE`, or a plain value that becomes JSON."""
    if not isinstance(value, str):
        return json.dumps(value)
    if not value.startswith("@"):
        try:
            json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"the payload is not JSON ({error}); write JSON, or @FILE") from error
    return value


def one_of(*known: str) -> Callable[[Any], str]:
    """A reader that accepts only these words."""

    def read(value: Any) -> str:
        if value not in known:
            raise ValueError(f"unknown value '{value}'; {did_you_mean(str(value), known)}")
        return str(value)

    return read


def read_strategy(value: Any) -> Strategy:
    """cost, speed or balanced."""
    return Strategy(one_of(*Strategy)(value))


def read_search(value: Any) -> SearchMethod:
    """adaptive or grid."""
    return SearchMethod(one_of("adaptive", "grid")(value))


def read_flag(value: Any) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    return one_of("true", "false")(str(value).lower()) == "true"


def read_region(value: Any) -> str:
    """A region that the price snapshot knows."""
    from cost_models.pricing import find_prices

    return find_prices(str(value), "x86_64").region


def _is_plain_number(value: Any) -> bool:
    return not isinstance(value, str) or value.strip().replace(".", "", 1).isdigit()


def _number(value: Any) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise ValueError(f"'{value}' is not a number") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number")
    if not abs(value) < 1e15:
        raise ValueError(f"{value} is not a usable number")
    return float(value)


def _option(
    default: Any, read: Callable[[Any], Any], metavar: str, text: str, *, usual: str | None = None
) -> Any:
    """An option; `usual` says in words what happens without it, where that is no plain value."""
    shown = usual or (None if default in (None, False) else str(default))
    metadata = {"read": read, "metavar": metavar, "help": text, "usual": shown}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run optimises, within which bounds, and with which input. `None` is "not set"."""

    strategy: Strategy = _option(Strategy.COST, read_strategy, "cost|speed|balanced", "What to optimise.")
    balanced_weight: float = _option(
        0.5, read_weight, "0..1", "For balanced: 0 is speed alone, 1 is cost alone."
    )
    max_duration: LatencyLimit | None = _option(
        None, read_latency_limit, "800ms@p95", "Never slower than this; mean, p50, p95 or p99."
    )
    max_cost_increase: float | None = _option(
        None, read_fraction, "10%", "Fastest size that is at most this much dearer than the cheapest."
    )
    min_memory: int | None = _option(None, read_memory, "MB", "Recommend no smaller size.")
    max_memory: int | None = _option(None, read_memory, "MB", "Recommend no larger size.")
    search: SearchMethod | None = _option(
        None,
        read_search,
        "adaptive|grid",
        "Ask after each step what is still unknown, or measure each size equally often.",
        usual="adaptive; grid where its options are given",
    )
    regret: float | None = _option(
        None,
        read_regret,
        "1%",
        "Stop when the answer is expected to lose less than this against the best size.",
        usual="1%; in proportion less where --max-invocations allows more",
    )
    predict: bool = _option(
        False, read_flag, "", "Answer in seconds, from a few calls at full speed alone; local targets only."
    )
    memory_sizes: tuple[int, ...] | None = _option(
        None, read_memory_sizes, "128,256", "The sizes of the grid."
    )
    invocations: int | None = _option(
        None, read_count, "N", "Warm invocations at each size of the grid.", usual="10"
    )
    max_invocations: int | None = _option(None, read_count, "N", "Stop after this many invocations.")
    max_spend: float | None = _option(None, read_usd, "$", "Stop before the run has cost this much.")
    max_seconds: float | None = _option(None, read_seconds, "3m", "Stop after this time.")
    region: str = _option("us-east-1", read_region, "REGION", "Whose prices to use.")
    architecture: str | None = _option(
        None, one_of("x86_64", "arm64"), "x86_64|arm64", "Whose prices to use; else the target's own."
    )
    payload: str | None = _option(None, read_payload, "JSON|@FILE", "The event of every invocation.")
    timeout: int | None = _option(
        None, read_timeout_s, "SECONDS", "The function's timeout while it is measured; else its own."
    )
    trigger: str | None = _option(
        None, one_of(*TRIGGERS), "SOURCE", "What invokes the function, for the limits of its timeout."
    )
    invocations_per_month: int | None = _option(None, read_count, "N", "Show dollars a month at this volume.")
    seed: int = _option(0, read_seed, "N", "The order of invocations and every random draw.")

    @property
    def regret_target(self) -> float:
        """The regret that the user does not mind, a fraction."""
        return self.regret or USUAL_REGRET

    @property
    def method(self) -> SearchMethod:
        """How sizes are chosen: as asked, else a grid where one is described."""
        if self.predict:
            return SearchMethod.PREDICT
        described = any(getattr(self, name) is not None for name in GRID_OPTIONS)
        return self.search or (SearchMethod.GRID if described else SearchMethod.ADAPTIVE)


MEASURING_OPTIONS = frozenset(
    {
        "memory_sizes",
        "search",
        "predict",
        "invocations",
        "max_invocations",
        "max_spend",
        "max_seconds",
        "payload",
        "timeout",
    }
)
"""The options that say what to invoke; they mean nothing to a replay."""

GRID_OPTIONS = ("memory_sizes", "invocations")
"""The options that only a grid has a use for."""

OPTION_FIELDS: dict[str, dataclasses.Field[Any]] = {f.name: f for f in dataclasses.fields(RunOptions)}


def plain(options: RunOptions) -> dict[str, Any]:
    """The options as JSON values that their readers accept again."""
    values: dict[str, Any] = {}
    for name in OPTION_FIELDS:
        value = getattr(options, name)
        if isinstance(value, LatencyLimit):
            value = str(value)
        elif isinstance(value, tuple):
            value = list(value)
        elif OPTION_FIELDS[name].metadata["read"] in (read_fraction, read_regret) and value is not None:
            value = f"{value * 100:.12g}%"
        values[name] = value
    return values
