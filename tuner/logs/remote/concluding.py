"""From counts that another engine has made to findings, with everything that follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cost_models.pricing import Prices
from tuner.logs.advising import advise_functions
from tuner.logs.archive import Archive
from tuner.logs.doubts import doubts
from tuner.logs.findings import LogFindings, PeakBasis, ReadSoFar, Unreadable
from tuner.logs.survey import survey
from tuner.logs.workflow import Look
from tuner.records import MeasurementSet, RunWarning


@dataclass(frozen=True, slots=True)
class Interest:
    """What is asked of the counts: at which prices, a run that gives the curve, who wants to look too."""

    prices: Prices
    run: MeasurementSet | None = None
    look: Look = lambda *_: None


@dataclass(frozen=True, slots=True)
class Counted:
    """What the engine says beside the condensed tables; peaks are by the number of their function."""

    peaks: Mapping[int, int]
    peak_basis: PeakBasis
    unreadable: int
    scanned_bytes: int


def conclude(
    archive: Archive, counted: Counted, interest: Interest, warnings: Iterable[RunWarning] = ()
) -> LogFindings:
    """The findings of an archive whose condensed tables are filled."""
    functions = survey(archive, interest.prices, counted.peaks, counted.peak_basis)
    interest.look(archive, functions)
    advised = advise_functions(archive, functions, interest.prices, interest.run)
    return LogFindings(
        functions=advised,
        unreadable=Unreadable(counted.unreadable),
        read=ReadSoFar(1, 1, counted.scanned_bytes, counted.scanned_bytes),
        prices=interest.prices,
        interrupted=False,
        warnings=(*warnings, *doubts(advised)),
    )
