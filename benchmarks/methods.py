"""The methods that are compared, by name: tuner's own search at several bounds, and those of its peers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial

from peers import POWER_TUNING_SIZES_MB, Answer, parrotfish, power_tuning
from tables import Table

from cost_models.workload import Workload
from tuner.analysis import analyse
from tuner.measure.session import Session
from tuner.options import RunOptions
from tuner.platforms.model import ModelPlatform
from tuner.records import Strategy
from tuner.tuning.measuring import measure
from tuner.tuning.planning import make_preview

Ask = Callable[[Table, Strategy, int], Answer]
"""A table, a strategy and a seed to an answer."""

EVERY_STRATEGY = tuple(Strategy)
BOUNDS = (12, 20, 30, 40, 60, 80)
GRID_CALLS = (10, 50)


@dataclass(frozen=True)
class Method:
    """A method as it is named on the command line, and as a family and a variant in tables and charts."""

    name: str
    family: str
    variant: str
    ask: Ask
    strategies: tuple[Strategy, ...] = EVERY_STRATEGY

    @property
    def label(self) -> str:
        """As it stands in a table."""
        return f"{self.family}, {self.variant}"


def ours(
    workload: Workload,
    range_mb: tuple[int, int],
    strategy: Strategy,
    seed: int,
    max_invocations: int | None = None,
) -> Answer:
    """tuner's adaptive search within a range; `tuner.tune("model:FILE.toml", ...)` without the file."""
    options = RunOptions(
        strategy=strategy,
        min_memory=range_mb[0],
        max_memory=range_mb[1],
        max_invocations=max_invocations,
        seed=seed,
    )
    platform = ModelPlatform(workload, seed=seed)
    plan = make_preview(platform.describe(), options).plan
    measurements = measure(Session(platform, plan), plan, options, lambda found: found)
    found = analyse(measurements, options).advice.recommendations[strategy]
    return Answer(found.candidate.memory_mb, len(measurements.invocations), found.expected_regret)


def _ask_ours(table: Table, strategy: Strategy, seed: int, *, bound: int | None = None) -> Answer:
    return ours(table.workload(), table.range_mb, strategy, seed, bound)


def _ask_grid(table: Table, strategy: Strategy, seed: int, *, calls: int, own_sizes: bool) -> Answer:
    low, high = table.range_mb
    usual = tuple(size for size in POWER_TUNING_SIZES_MB if low <= size <= high)
    return power_tuning(table.workload(), table.sizes_mb if own_sizes else usual, calls, strategy, seed)


def _ask_parrotfish(table: Table, _: Strategy, seed: int, *, near_start: bool) -> Answer:
    return parrotfish(table.workload(), table.range_mb, seed, near_start=near_start)


def _all_methods() -> list[Method]:
    methods = [Method("ours", "tuner", "default bound", _ask_ours)]
    methods += [
        Method(f"ours@{n}", "tuner", f"at most {n} calls", partial(_ask_ours, bound=n)) for n in BOUNDS
    ]
    for name, family, own in (
        ("power-tuning", "Power Tuning", False),
        ("own-sizes", "Power Tuning on the table's sizes", True),
    ):
        methods += [
            Method(f"{name}@{n}", family, f"{n} calls each", partial(_ask_grid, calls=n, own_sizes=own))
            for n in GRID_CALLS
        ]
    for name, variant, near in (
        ("parrotfish", "its defaults", False),
        ("parrotfish@nearer-start", "nearer start of its fit", True),
    ):
        ask = partial(_ask_parrotfish, near_start=near)
        methods.append(Method(name, "Parrotfish", variant, ask, (Strategy.COST,)))
    return methods


METHODS = {method.name: method for method in _all_methods()}


def choose_methods(patterns: str) -> list[Method]:
    """The methods that match any of some comma-separated patterns, as in `ours*,parrotfish`.

    Raises:
        ValueError: a pattern that matches none.
    """
    wanted = [pattern.strip() for pattern in patterns.split(",")]
    for pattern in wanted:
        if not any(fnmatch(name, pattern) for name in METHODS):
            raise ValueError(f"no method is called {pattern}; there are {', '.join(METHODS)}")
    return [m for m in METHODS.values() if any(fnmatch(m.name, pattern) for pattern in wanted)]
