"""Shares, times and other numbers as the words of a sentence."""

from __future__ import annotations

import math

from tuner.units import format_count, format_percent


def share_text(share: float) -> str:
    """A share in percent that shows small ones too: `4.2 %`, `0.0073 %`, `none`."""
    if share <= 0:
        return "none"
    if share >= 0.001:
        return format_percent(share)
    percent = share * 100
    decimals = 1 - math.floor(math.log10(percent))
    return f"{f'{percent:.{decimals}f}'.rstrip('0')} %" if decimals <= 8 else "below 0.000001 %"


def time_text(seconds: float) -> str:
    """A time in the unit that is easiest to grasp: `30 s`, `2 min`, `1.5 h`."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length or seconds == length:
            return f"{number_text(seconds / length)} {unit}"
    return f"{number_text(seconds)} s"


def number_text(value: float) -> str:
    """Three significant digits, at most six decimals: `10`, `0.375`, `1,250`."""
    if value >= 99.5:
        return format_count(value)
    decimals = min(6, max(1, 2 - math.floor(math.log10(value)))) if value > 0 else 0
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else "0"
