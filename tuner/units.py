"""Reading and writing quantities: the only place where units are converted.

Parsers take what a person types and return plain numbers in the unit of their name; they raise
`ValueError` with a sentence that shows the accepted forms. Formatters return the string that every
table, chart and sentence shows, so that a number looks the same everywhere.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from cost_models.cpu import MEMORY_MAX_MB, MEMORY_MIN_MB

TIMEOUT_MAX_S = 900

_NUMBER = r"(?P<number>\d+(?:\.\d+)?|\.\d+)"
_MEMORY = re.compile(rf"{_NUMBER}\s*(?P<unit>MB|GB)?", re.IGNORECASE)
_DURATION = re.compile(rf"{_NUMBER}\s*(?P<unit>ms|s|m|h)", re.IGNORECASE)
_PERCENT = re.compile(rf"{_NUMBER}\s*%")
_MONEY = re.compile(rf"\$?\s*{_NUMBER}")
_MILLISECONDS = {"ms": 1.0, "s": 1_000.0, "m": 60_000.0, "h": 3_600_000.0}


def parse_memory_mb(text: str) -> int:
    """A memory size [MB] from `512`, `512MB` or `1GB`: whole MB from 128 to 10,240, as on AWS Lambda."""
    match = _MEMORY.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a memory size; write 512, 512MB or 1GB")
    return check_memory_mb(_megabytes(match))


def parse_memory_amount_mb(text: str) -> float:
    """Any amount of memory [MB] with its unit, `64MB` or `1GB`: it need not be a size that Lambda offers."""
    match = _MEMORY.fullmatch(text.strip())
    if not match or match["unit"] is None:
        raise ValueError(f"'{text}' is not an amount of memory; write 64MB or 1GB")
    return _megabytes(match)


def _megabytes(match: re.Match[str]) -> float:
    return float(match["number"]) * (1024 if (match["unit"] or "MB").upper() == "GB" else 1)


def check_memory_mb(size: float) -> int:
    """The size itself when AWS Lambda offers it; `ValueError` otherwise."""
    if not math.isfinite(size) or size != int(size) or not MEMORY_MIN_MB <= size <= MEMORY_MAX_MB:
        raise ValueError(
            f"{size:g} MB is not a memory size of AWS Lambda; "
            f"sizes are whole MB from {MEMORY_MIN_MB} to {MEMORY_MAX_MB:,}"
        )
    return int(size)


def parse_duration_ms(text: str) -> float:
    """A duration [ms] from `800ms`, `1.2s`, `3m`; a bare number is refused, because it could be either."""
    match = _DURATION.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a duration; write 800ms, 1.2s or 3m")
    return float(match["number"]) * _MILLISECONDS[match["unit"].lower()]


def parse_fraction(text: str) -> float:
    """A fraction from `10%`; a bare number is refused, because 0.1 could mean either."""
    match = _PERCENT.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not a percentage; write 10%")
    return float(match["number"]) / 100


def parse_usd(text: str) -> float:
    """An amount [USD] from `$0.20` or `0.20`."""
    match = _MONEY.fullmatch(text.strip())
    if not match:
        raise ValueError(f"'{text}' is not an amount; write $0.50")
    return float(match["number"])


def format_memory(memory_mb: int) -> str:
    """`1,769 MB`."""
    return f"{memory_mb:,} MB"


def format_duration(duration_ms: float) -> str:
    """Three significant digits in the unit a person would choose: `41.7 ms`, `1.23 s`; NaN is not known."""
    if math.isnan(duration_ms):
        return "\u2013"
    if duration_ms >= 999.5:
        return f"{_digits(duration_ms / 1000)} s"
    return f"{_digits(duration_ms)} ms"


def format_usd(amount: float) -> str:
    """Dollars with cents, and three significant digits below a dollar: `$1,204.50`, `$0.0213`."""
    sign = "-" if amount < 0 else ""
    amount = abs(amount)
    if amount == 0:
        return "$0.00"
    if amount >= 0.995:
        return f"{sign}${amount:,.2f}"
    decimals = max(2, 2 - math.floor(math.log10(amount)))
    return f"{sign}${amount:.{decimals}f}"


def format_exactly(price: Decimal | None) -> str | None:
    """A price with all of its digits, and no exponent; None is not known."""
    return None if price is None else f"{price:f}"


def format_percent(fraction: float, *, signed: bool = False) -> str:
    """`4.2 %` below ten, whole numbers above; with `signed` the sign is always shown."""
    percent = fraction * 100
    digits = 1 if abs(percent) < 9.95 else 0
    if round(percent, digits) == 0:
        percent = 0.0
    return f"{percent:{'+' if signed and percent else ''}.{digits}f} %".replace("-", "\u2212")


def format_count(count: float) -> str:
    """`1,000,000`."""
    return f"{count:,.0f}"


def counted(count: float, noun: str) -> str:
    """`1 call`, `1,200 calls`."""
    return f"{format_count(count)} {noun}{'s' * (count != 1)}"


def _digits(value: float) -> str:
    """Three significant digits, never in scientific notation."""
    if value == 0:
        return "0"
    value = float(f"{value:.3g}") if value < 1000 else value
    decimals = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:,.{min(decimals, 6)}f}"
