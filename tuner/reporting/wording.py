"""Numbers and foreign text as the words of a report."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tuner.records import Condition, Estimate, Outcome
from tuner.units import format_count, format_duration, format_percent, format_usd

NOTHING = "\u2013"
"""What a cell shows where nothing is known; never a zero."""

OUTCOME_WORDS = {
    Outcome.OK: "ok",
    Outcome.FUNCTION_ERROR: "function error",
    Outcome.TIMEOUT: "timed out",
    Outcome.OUT_OF_MEMORY: "out of memory",
    Outcome.THROTTLED: "throttled",
    Outcome.UNREADABLE_LOG: "unreadable log",
}

_TEXT_LIMIT = 400


def clean(text: str, limit: int = _TEXT_LIMIT) -> str:
    """Text from outside on one line: no control or direction characters, not longer than `limit`."""
    visible = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    line = " ".join(visible.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def duration_range(low: float, high: float) -> str:
    """`40.1–43.2 ms`; both units are written only when they differ."""
    return _joined(format_duration(low), format_duration(high))


def usd_range(estimate: Estimate) -> str:
    """`$0.91–0.95`. One dollar sign: two in a line are a formula to some Markdown viewers."""
    low, high = format_usd(estimate.low), format_usd(estimate.high)
    return f"{low}–{high.removeprefix('$')}"


def _joined(low: str, high: str) -> str:
    number, _, unit = low.rpartition(" ")
    return f"{number}–{high}" if high.endswith(f" {unit}") else f"{low}–{high}"


def format_vcpus(vcpus: float) -> str:
    """`0.58`."""
    return f"{vcpus:.2f}"


def cheaper(percent: float) -> str:
    """`41 % cheaper`, `12 % dearer`, `the same cost`."""
    if _negligible(percent):
        return "the same cost"
    return f"{format_percent(abs(percent) / 100)} {'cheaper' if percent < 0 else 'dearer'}"


def faster(percent: float) -> str:
    """`30 % faster`; a factor from twice on: `2.1x faster`; `the same speed`."""
    if _negligible(percent):
        return "the same speed"
    ratio = 1 + percent / 100
    word = "faster" if percent < 0 else "slower"
    factor = 1 / ratio if 0 < ratio < 1 else ratio
    if factor >= 1.95:
        return f"{factor:,.1f}x {word}" if factor < 9.95 else f"{factor:,.0f}x {word}"
    return f"{format_percent(abs(percent) / 100)} {word}"


def _negligible(percent: float) -> bool:
    """Whether a change is too small to be anybody's reason: below one percent."""
    return abs(percent) < 1


def compared(cost_percent: float, duration_percent: float, *, today: str = "") -> str:
    """`41 % cheaper and 2.1x faster`; with `today`, `2.1x faster than today's 512 MB at the same cost`."""
    cost, speed = cheaper(cost_percent), faster(duration_percent)
    than = f" than {today}" if today else ""
    if _negligible(cost_percent) and _negligible(duration_percent):
        return "the same cost and speed" + (f" as {today}" if today else "")
    if _negligible(cost_percent):
        return f"{speed}{than} at the same cost"
    if _negligible(duration_percent):
        return f"{cost}{than} at the same speed"
    return f"{cost}{' and ' if (cost_percent < 0) == (duration_percent < 0) else ', but '}{speed}{than}"


def enumerated(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def condition_text(value: Condition) -> str:
    """A condition as a person reads it: `yes`, `unknown`, `1,000`."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return format_count(value)
    return f"{value:g}" if isinstance(value, float) else clean(value)


def title_of(key: str) -> str:
    """`price_date` as `price date`; a unit at the end is set apart: `timeout_s` as `timeout [s]`."""
    name, _, unit = key.rpartition("_")
    if name and unit in {"mb", "ms", "s", "usd", "percent"}:
        shown = {"mb": "MB", "usd": "USD", "percent": "%"}.get(unit, unit)
        return f"{clean(name.replace('_', ' '))} [{shown}]"
    return clean(re.sub(r"_+", " ", key))
