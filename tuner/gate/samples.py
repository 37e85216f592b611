"""The numbers of one metric, of both versions, taken from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from cost_models.pricing import Prices
from tuner.gate.blocks import Block, Side
from tuner.gate.estimates import Array, Blocks
from tuner.gate.metrics import Metric
from tuner.records import Invocation, Outcome

PER_MILLION = 1_000_000
FEWEST_BLOCKS = 3
"""Two environments cannot tell how much environments differ."""

Read = Callable[[Invocation], float | None]
Rows = Sequence[tuple[int, float, float]]
"""The number of a block, and what was read of the baseline and of the contender in it."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one version, each with the block that it belongs to, counted from zero."""

    values: Array
    blocks: Blocks


@dataclass(frozen=True, slots=True)
class Sample:
    """Numbers of both versions; where they are `paired`, those at the same place were measured together."""

    baseline: Series
    contender: Series
    paired: bool

    @property
    def count(self) -> int:
        """How many numbers of each version there are."""
        return min(len(self.baseline.values), len(self.contender.values))


class Samples(Protocol):
    """What was measured of both versions."""

    def of(self, metric: Metric) -> Sample | None:
        """The numbers of a metric; None with too little to say how much they scatter."""
        ...

    def states(self, metric: Metric) -> bool:
        """Whether there is any number of it, of both versions."""
        ...

    def cpu_time(self) -> Sample | None:
        """The CPU times [ms] of the calls whose durations are compared; None where one does not state it."""
        ...

    def calls(self, side: Side) -> Sequence[Invocation]:
        """Every call of one version, failed ones too."""
        ...


@dataclass(frozen=True, slots=True)
class PairedSamples:
    """What was measured side by side."""

    measured: Sequence[Block]
    pairs_per_block: int
    prices: Prices

    def of(self, metric: Metric) -> Sample | None:
        """See `Samples`."""
        return _paired(self._rows(metric))

    def states(self, metric: Metric) -> bool:
        """See `Samples`."""
        return bool(self._rows(metric))

    def cpu_time(self) -> Sample | None:
        """See `Samples`."""
        return _paired(self._by_pair(read_cpu_time))

    def calls(self, side: Side) -> Sequence[Invocation]:
        """See `Samples`."""
        return [call for block in self.measured for call in block.calls(side)]

    def _rows(self, metric: Metric) -> Rows:
        read = reader_of(metric, self.prices)
        if metric is Metric.INIT:
            return self._by_block(lambda block, side: largest([block.started.of(side)], read))
        if metric is Metric.MAX_MEMORY:
            return self._by_block(lambda block, side: largest(block.calls(side), read))
        return self._by_pair(read)

    def _by_pair(self, read: Read) -> Rows:
        """What the warm pairs say, if all of them do."""
        pairs = [(n, p) for n, block in enumerate(self.measured) for p in block.samples(self.pairs_per_block)]
        rows = [(n, read(pair.baseline), read(pair.contender)) for n, pair in pairs]
        stated = [(n, before, after) for n, before, after in rows if before and after]
        return stated if len(stated) == len(rows) else []

    def _by_block(self, read: Callable[[Block, Side], float | None]) -> Rows:
        """One number an environment, of those that say it in both versions."""
        rows = [
            (n, read(block, Side.BASELINE), read(block, Side.CONTENDER))
            for n, block in enumerate(self.measured)
        ]
        return [(n, before, after) for n, before, after in rows if before and after]


def _paired(rows: Rows) -> Sample | None:
    if len({n for n, _, _ in rows}) < FEWEST_BLOCKS:
        return None
    numbers, before, after = (np.array(column) for column in zip(*rows, strict=True))
    # A block without a pair that counts is no block.
    blocks = np.unique(numbers, return_inverse=True)[1]
    return Sample(Series(before, blocks), Series(after, blocks), paired=True)


def reader_of(metric: Metric, prices: Prices) -> Read:
    """What a call says of a metric."""
    readers = {Metric.COST: bill_reader(prices), Metric.INIT: _read_init, Metric.MAX_MEMORY: _read_memory}
    return readers.get(metric, _read_duration)


def bill_reader(prices: Prices) -> Read:
    """What reads the bill of a call, its request included [USD per million]; None where it is not known."""
    request = float(prices.request)

    def read(call: Invocation) -> float | None:
        if call.billed_duration_ms is None:
            return None
        compute = call.billed_duration_ms * float(prices.millisecond(call.memory_mb))
        return (compute + request) * PER_MILLION

    return read


def read_cpu_time(call: Invocation) -> float | None:
    """The CPU time of a call [ms]."""
    return call.cpu_time_ms


def largest(calls: Iterable[Invocation], read: Read) -> float | None:
    """The largest number that successful calls state, or None."""
    stated = [value for call in calls if call.outcome is Outcome.OK and (value := read(call)) is not None]
    return max(stated, default=None)


def _read_duration(call: Invocation) -> float | None:
    return call.duration_ms


def _read_init(call: Invocation) -> float | None:
    return call.init_duration_ms or call.restore_duration_ms


def _read_memory(call: Invocation) -> float | None:
    return call.max_memory_used_mb
