"""The memory sizes that are worth telling apart."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_STEPS_MB = ((1024, 64), (2048, 128), (4096, 256), (10_240, 512))
"""Up to a size, the step between two sizes: 5 to 50 % apart, which no curve needs closer."""


def considered_sizes(low_mb: int, high_mb: int, also: Iterable[int] = ()) -> NDArray[np.int64]:
    """Round sizes from `low_mb` to `high_mb`, both included, and the sizes of `also`; ascending."""
    sizes = {low_mb, high_mb, *also}
    below = 0
    for top, step in _STEPS_MB:
        sizes |= {size for size in range(below + step, top + 1, step) if low_mb <= size <= high_mb}
        below = top
    return np.array(sorted(sizes), dtype=np.int64)
