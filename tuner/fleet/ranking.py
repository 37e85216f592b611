"""The order of a fleet, and which of it is asked for."""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tuner.errors import NoAnswerError
from tuner.fleet.records import Fleet, FleetFunction


def ranked(functions: Iterable[FleetFunction]) -> tuple[FleetFunction, ...]:
    """By what tuning saves, or could save at most; then by cost. What is not known comes last."""
    return tuple(sorted(functions, key=_order))


def is_named(name: str, patterns: Sequence[str]) -> bool:
    """Whether any of the patterns is the name; all names are meant where there is no pattern."""
    return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def named(fleet: Fleet, patterns: Sequence[str]) -> Fleet:
    """The functions of such names. Raises `NoAnswerError` where there are none."""
    kept = tuple(f for f in fleet.functions if is_named(f.observed.function, patterns))
    if not kept:
        raise NoAnswerError(
            f"none of {len(fleet.functions):,} functions is called {' or '.join(patterns)}", "check --name"
        )
    return replace(fleet, functions=kept)


def _order(function: FleetFunction) -> tuple[float, float, str]:
    saving, cost = function.saving.ranked_usd, function.cost_usd
    return (
        math.inf if saving is None else -saving,
        math.inf if cost is None else -float(cost),
        function.observed.key,
    )
