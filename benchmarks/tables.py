"""Measured durations as functions to tune, and what a choice of memory size loses on them.

`data/README.md` says what the tables are. Between the sizes of a table its durations are interpolated
(log-log, monotone), and outside they are flat: that curve is taken for the truth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from cost_models.pricing import Prices, find_prices
from cost_models.workload import Noise, PointsDuration, Workload
from tuner.records import Strategy

DATA = Path(__file__).parent / "data"
NOISE = Noise(cv=0.08, slow_share=0.01, slow_factor=(1.5, 4.0))
INIT_MS = 300.0
GRID_STEP_MB = 64
AS_GOOD_AS_FASTEST = 0.03
"""Sizes this close to the fastest are as fast, for whoever asks for speed: the cheapest of them is right."""
BALANCED_WEIGHT = 0.5
LEAST_SIZES, LEAST_SPAN = 4, 8
"""What a table that is not warm must offer to be of use: so many sizes, over such a factor."""


@dataclass(frozen=True)
class Table:
    """One function: (memory MB, duration ms) ascending, as measured."""

    id: str
    phase: str
    points: tuple[tuple[int, float], ...]

    @property
    def sizes_mb(self) -> tuple[int, ...]:
        """The sizes that were measured."""
        return tuple(size for size, _ in self.points)

    @property
    def range_mb(self) -> tuple[int, int]:
        """The smallest and the largest of them: between these a method may choose."""
        return self.sizes_mb[0], self.sizes_mb[-1]

    def workload(self) -> Workload:
        """The function as a model, with the noise and cold starts of this benchmark."""
        return Workload(
            name=self.id, duration=PointsDuration(self.points), noise=NOISE, init_duration_ms=INIT_MS
        )


@dataclass(frozen=True)
class Loss:
    """What a size loses; 0.01 is 1 %.

    `regret` is the loss in the strategy's aim against the best size of the grid. `cost_ratio` is the cost of
    the size over that of the cheapest one that is as good as fastest; of interest to the strategy speed.
    """

    regret: float
    cost_ratio: float


class Truth:
    """Expected duration [ms] and cost [USD] of one warm call at every size of a fine grid, shape (n,).

    cost = duration x price of a millisecond + request charge, list prices of x86_64 in us-east-1. The
    duration is not rounded up, so that the loss of a size does not hang on a fraction of a millisecond.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        low, high = table.range_mb
        steps = range(-(-low // GRID_STEP_MB) * GRID_STEP_MB, high + 1, GRID_STEP_MB)
        self.sizes_mb = np.array(sorted({low, high, *steps}))
        self.duration_ms = self._durations(self.sizes_mb)
        self.cost_usd = self._costs(self.sizes_mb)

    def best_mb(self, strategy: Strategy) -> int:
        """The size of the grid that is best in the strategy's aim [MB]."""
        return int(self.sizes_mb[self._objective(strategy, self.duration_ms, self.cost_usd).argmin()])

    def loss(self, strategy: Strategy, memory_mb: int) -> Loss:
        """What choosing a size loses. One between two of the grid may win a little: that counts as none."""
        chosen = np.array([memory_mb])
        aim = self._objective(strategy, self._durations(chosen), self._costs(chosen)).item()
        best = self._objective(strategy, self.duration_ms, self.cost_usd).min()
        as_fast = self.duration_ms <= self.duration_ms.min() * (1 + AS_GOOD_AS_FASTEST)
        cost = self._costs(chosen).item()
        return Loss(
            regret=max(0.0, float(aim / best - 1)),
            cost_ratio=float(cost / self.cost_usd[as_fast].min()),
        )

    def _objective(self, strategy: Strategy, duration_ms: np.ndarray, cost_usd: np.ndarray) -> np.ndarray:
        if strategy is Strategy.COST:
            return cost_usd
        if strategy is Strategy.SPEED:
            return duration_ms
        return balanced(duration_ms / self.duration_ms.max(), cost_usd / self.cost_usd.max())

    def _costs(self, sizes_mb: np.ndarray) -> np.ndarray:
        millisecond = np.array([float(prices().millisecond(int(size))) for size in sizes_mb])
        return self._durations(sizes_mb) * millisecond + float(prices().request)

    def _durations(self, sizes_mb: np.ndarray) -> np.ndarray:
        """The curve of `PointsDuration`, at many sizes at once."""
        within = np.clip(sizes_mb, *self._table.range_mb)
        return np.exp(self._interpolator(np.log(within)))

    @cached_property
    def _interpolator(self) -> PchipInterpolator:
        sizes, durations = zip(*self._table.points, strict=True)
        return PchipInterpolator(np.log(sizes), np.log(durations))


def balanced(scaled_duration: np.ndarray, scaled_cost: np.ndarray) -> np.ndarray:
    """The objective of the strategy balanced, of durations and costs that are divided by their largest."""
    return BALANCED_WEIGHT * scaled_cost + (1 - BALANCED_WEIGHT) * scaled_duration


@lru_cache(maxsize=1)
def prices() -> Prices:
    """The list prices that costs are counted in."""
    return find_prices("us-east-1", "x86_64")


@lru_cache(maxsize=512)
def truth_of(table: Table) -> Truth:
    """The truth of a table, computed once."""
    return Truth(table)


def load_tables(which: str) -> list[Table]:
    """`eval`, `all`, or a JSON file with a list of ids, or of tables in the form of `data/tables.json`.

    Raises:
        ValueError: an id that is not known, or a table without two ascending sizes.
    """
    known = {entry["id"]: entry for entry in _read(DATA / "tables.json")}
    if which == "all":
        chosen = [table for table in map(_parse, known.values()) if _is_of_use(table)]
    else:
        listed = _read(DATA / "eval_ids.json" if which == "eval" else Path(which))
        unknown = [entry for entry in listed if isinstance(entry, str) and entry not in known]
        if unknown:
            raise ValueError(f"no table is called {unknown[0]}")
        chosen = [_parse(known[entry] if isinstance(entry, str) else entry) for entry in listed]
    return chosen


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _parse(entry: dict[str, Any]) -> Table:
    points = tuple((int(size), float(duration)) for size, duration in entry["points"])
    sizes = [size for size, _ in points]
    if len(sizes) < 2 or sizes != sorted(set(sizes)):
        raise ValueError(f"{entry['id']}: give two sizes or more, ascending")
    return Table(entry["id"], entry.get("phase", "unknown"), points)


def _is_of_use(table: Table) -> bool:
    low, high = table.range_mb
    return table.phase == "warm" or (len(table.points) >= LEAST_SIZES and high / low >= LEAST_SPAN)
