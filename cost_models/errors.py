"""What can be wrong with a request for a price or a workload model."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CostModelError(ValueError):
    """What happened (`message`) and what to do about it (`hint`)."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class PriceNotFoundError(CostModelError):
    """There is no price for this; an unknown price is an error, never a default."""


class WorkloadError(CostModelError):
    """A workload file that cannot be understood."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known words, or all of them when none is near."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"known: {', '.join(known)}"
