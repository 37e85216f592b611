"""How the runs of one function follow each other: what changed, how surely, and where nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tuner.changes import is_sure, mean_of, relative_change
from tuner.comparison import CONFOUNDERS
from tuner.history import HistoryEntry
from tuner.records import Condition, Estimate

_MUST_AGREE = ("architecture", "workload", *CONFOUNDERS)


@dataclass(frozen=True, slots=True)
class ConditionChange:
    """A condition that is not what it was at the run before."""

    key: str
    before: Condition
    after: Condition


@dataclass(frozen=True, slots=True)
class Step:
    """A run against the one before it that was made under the same conditions.

    Runs of one `series` share their conditions. Where a series begins, `against` and the changes (fractions)
    are None, and `new_conditions` says what is not as it was at the run before.
    """

    entry: HistoryEntry
    series: int
    against: HistoryEntry | None = None
    cost: Estimate | None = None
    duration: Estimate | None = None
    new_conditions: tuple[ConditionChange, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether cost or duration changed by more than the intervals."""
        return any(change is not None and is_sure(change) for change in (self.cost, self.duration))


def steps_of(entries: Sequence[HistoryEntry]) -> tuple[Step, ...]:
    """Every run, oldest first, against its predecessor."""
    latest: dict[tuple[Condition, ...], HistoryEntry] = {}
    numbers: dict[tuple[Condition, ...], int] = {}
    steps: list[Step] = []
    for entry in entries:
        shared = tuple(entry.conditions.get(key) for key in _MUST_AGREE)
        series = numbers.setdefault(shared, len(numbers))
        if shared in latest:
            steps.append(_step(latest[shared], entry, series))
        else:
            steps.append(Step(entry, series, new_conditions=_new(steps[-1].entry, entry) if steps else ()))
        latest[shared] = entry
    return tuple(steps)


def change_since(steps: Sequence[Step]) -> Step | None:
    """The last run against the first one under the same conditions; None where it stands alone."""
    last = steps[-1]
    first = next(step for step in steps if step.series == last.series)
    return None if first is last else _step(first.entry, last.entry, last.series)


def _step(before: HistoryEntry, after: HistoryEntry, series: int) -> Step:
    return Step(
        after,
        series,
        against=before,
        cost=relative_change(before.cost_usd_per_million, after.cost_usd_per_million),
        duration=relative_change(mean_of(before.duration_ms), mean_of(after.duration_ms)),
    )


def _new(before: HistoryEntry, after: HistoryEntry) -> tuple[ConditionChange, ...]:
    return tuple(
        ConditionChange(key, before.conditions.get(key), after.conditions.get(key))
        for key in _MUST_AGREE
        if before.conditions.get(key) != after.conditions.get(key)
    )
