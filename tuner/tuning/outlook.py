"""What an observer of a run is told between its calls: where the answer stands, and what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tuner.measure.session import Progress
from tuner.options import RunOptions
from tuner.recommend import Evidence, band_point, expected_regret
from tuner.records import BandPoint, Regret


class Purpose(StrEnum):
    """Why something is measured next."""

    WATCH = "watch"  # a few calls at full speed, from which every size is predicted
    GRID = "grid"
    START = "start"
    NEW_SIZE = "new_size"
    RIVAL = "rival"  # of the best so far
    SURER = "surer"  # of the best so far
    ENOUGH_CALLS = "enough_calls"  # the answer is clear, and rests on too few calls
    COLD = "cold"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the answer stands: the size that would be it now, what that may lose, and every measured size."""

    best_mb: int | None
    regret: Regret | None
    estimates: tuple[BandPoint, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is measured next, so many calls at each size, and where the answer stands; None is not known."""

    purpose: Purpose
    next_mb: tuple[int, ...] = ()
    calls: int = 0
    standing: Standing | None = None


Observer = Callable[[Progress | Outlook], None]


def standing_of(evidence: Evidence, answer: int | None, options: RunOptions) -> Standing:
    """Where the answer stands by this evidence; `answer` is the column of the size that it would be now."""
    evaluation = evidence.evaluation
    return Standing(
        best_mb=None if answer is None else int(evaluation.memory_mb[answer]),
        regret=None if answer is None else expected_regret(options.strategy, evidence, answer),
        estimates=tuple(band_point(evaluation, int(column)) for column in evidence.measured.nonzero()[0]),
    )


def purpose_of(memory_mb: int, standing: Standing) -> Purpose:
    """Why a search measures this size, as things stand."""
    if memory_mb == standing.best_mb:
        return Purpose.SURER
    measured = any(point.memory_mb == memory_mb for point in standing.estimates)
    return Purpose.RIVAL if measured else Purpose.NEW_SIZE
