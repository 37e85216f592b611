"""The memory sizes at which two versions are compared when each is to run at its best one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tuner.analysis import weigh
from tuner.errors import NoAnswerError, UsageError
from tuner.measure.session import Progress
from tuner.platforms.base import Platform
from tuner.recommend import Evidence, choose, expected_regret
from tuner.settings import Settings
from tuner.tuning import open_events, run_on
from tuner.tuning.outlook import Outlook

AS_GOOD = 0.05
"""What both versions may lose at a size that they share. Around the best size the aim is flat, and chance
chooses between neighbours whose durations differ; half of what a gate usually allows is no reason to."""


@dataclass(frozen=True, slots=True)
class Searching:
    """What an observer is told after each call that looks for the best size of a version."""

    version: str
    memory_mb: int
    calls: int


OnSearch = Callable[[Searching], None]


def search(platform: Platform, settings: Settings, version: str, observer: OnSearch) -> Evidence:
    """What a run on an open platform finds. Raises `UsageError` where its calls would be billed."""
    if platform.describe().paid:
        raise UsageError(
            "--memory best would search both versions with calls that are billed",
            "find the size with tuner run, and give it as --memory",
        )

    def observe(event: Progress | Outlook) -> None:
        if isinstance(event, Progress):
            observer(Searching(version, event.invocation.memory_mb, event.done))

    found = run_on(platform, settings, *open_events(settings), observer=observe)
    return weigh(found.measurements, settings.options)


def best_size(evidence: Evidence) -> int:
    """The recommended size [MB]. Raises `NoAnswerError` where no size may be recommended."""
    column = choose(evidence.options.strategy, evidence)
    if column is None:
        raise NoAnswerError("no memory size satisfies the constraints", "relax them, or give --memory")
    return int(evidence.evaluation.memory_mb[column])


def shared_size(first: Evidence, second: Evidence) -> int | None:
    """The size [MB] at which both lose least, where that is little for each; None where there is none."""
    lost = [_regrets(evidence) for evidence in (first, second)]
    both = {size: max(each[size] for each in lost) for size in lost[0].keys() & lost[1].keys()}
    best = min(sorted(both), key=lambda size: both[size], default=None)
    return best if best is not None and both[best] <= AS_GOOD else None


def _regrets(evidence: Evidence) -> dict[int, float]:
    """What is lost on average at each measured size that may be recommended, relative."""
    columns = np.intersect1d(evidence.in_play, np.flatnonzero(evidence.measured))
    strategy = evidence.options.strategy
    return {
        int(evidence.evaluation.memory_mb[column]): expected_regret(strategy, evidence, int(column)).mean
        for column in columns
    }
