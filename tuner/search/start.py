"""Where a search looks, and where it begins."""

from __future__ import annotations

import numpy as np

from cost_models.cpu import MEMORY_MIN_MB
from tuner.errors import UsageError
from tuner.options import RunOptions
from tuner.recommend import considered_sizes
from tuner.units import format_memory

USUAL_TOP_MB = 3008
"""The largest size that is looked at unless the user asks for more: what a new AWS account may use."""
STARTING_SIZES = 4


def search_range(
    options: RunOptions, measurable_mb: tuple[int, int], today_mb: int | None
) -> tuple[int, int]:
    """The smallest and the largest size of the search [MB].

    Raises:
        UsageError: the platform can measure none of the sizes that the user allows.
    """
    low, high = measurable_mb
    first = max(low, options.min_memory or MEMORY_MIN_MB)
    last = min(high, options.max_memory or max(USUAL_TOP_MB, today_mb or 0, options.min_memory or 0))
    if first > last:
        raise UsageError(
            f"this machine can measure sizes from {format_memory(low)} to {format_memory(high)} only",
            "change --min-memory and --max-memory",
        )
    return first, last


def starting_sizes(range_mb: tuple[int, int], today_mb: int | None) -> tuple[int, ...]:
    """The first sizes to measure, largest first: what they need of memory and time spares doomed calls.

    They are evenly spread in log memory over the part of the range that most functions respond to; the
    nearest makes way for today's size, because the change from it is to be stated.
    """
    low, high = range_mb
    even = np.geomspace(low, max(low, min(high, USUAL_TOP_MB)), STARTING_SIZES)
    known = considered_sizes(low, high)
    sizes = {int(known[np.abs(np.log(known / size)).argmin()]) for size in even}
    if today_mb is not None and low <= today_mb <= high:
        sizes -= {min(sizes, key=lambda size: abs(np.log(size / today_mb)))}
        sizes |= {today_mb}
    return tuple(sorted(sizes, reverse=True))
