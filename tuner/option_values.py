"""Reading the value of an option, from text (flag, environment variable) or a plain value (TOML, Python).

Each reader raises `ValueError` with a sentence that says what to write.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cost_models.errors import did_you_mean
from tuner.plans import SearchMethod
from tuner.records import Strategy
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
    return value


def read_text(value: Any) -> str:
    """Text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{value!r} is no name")
    return value


def read_names(value: Any) -> tuple[str, ...]:
    """Names, from `A,B` or a list."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
        raise ValueError(f"{value!r} is no list of names")
    names = tuple(part.strip() for part in parts if part.strip())
    if not names:
        raise ValueError("give at least one name")
    return names


def read_share(value: Any) -> float:
    """A share from 0 to 1, from `1%`."""
    share = read_fraction(value)
    if not 0 <= share <= 1:
        raise ValueError(f"{value} is no share; write 0% to 100%")
    return share


def read_url(value: Any) -> str:
    """An http or https address."""
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ValueError(f"{value!r} is no address; write http://… or https://…")
    return value


def read_role(value: Any) -> str:
    """The ARN of a role."""
    if not isinstance(value, str) or not value.startswith("arn:") or ":role/" not in value:
        raise ValueError(f"{value!r} is no role; write arn:aws:iam::ACCOUNT:role/NAME")
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
