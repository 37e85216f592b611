"""The whole way from a source of logs to findings: read, survey, advise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cost_models.pricing import find_prices
from tuner.errors import NoAnswerError, UsageError
from tuner.logs.advising import advise_functions
from tuner.logs.archive import Archive
from tuner.logs.condensing import condense
from tuner.logs.doubts import doubts
from tuner.logs.findings import FunctionFindings, LogFindings
from tuner.logs.intake import Intake, Observer
from tuner.logs.overlaps import observed_peaks
from tuner.logs.repeats import drop_repeats
from tuner.logs.sources import Source, find_sources
from tuner.logs.survey import survey
from tuner.records import MeasurementSet

Look = Callable[[Archive, Sequence[FunctionFindings]], None]


@dataclass(frozen=True, slots=True)
class LogOptions:
    """What is asked of logs. `function` is whose they are; the range [us since 1970] is without its end."""

    region: str = "us-east-1"
    architecture: str = "x86_64"
    function: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    run: MeasurementSet | None = None


def read_logs(
    paths: Sequence[Path],
    options: LogOptions,
    *,
    observer: Observer = lambda _: None,
    look: Look = lambda *_: None,
    objects: Sequence[Source] = (),
) -> LogFindings:
    """Everything that files and folders of logs say. Ctrl-C ends the reading, not the answer.

    Args:
        paths: what to read.
        options: what is asked.
        observer: told how far the reading is.
        look: may ask the archive more, while it is still open.
        objects: what to read beside the paths.

    Raises:
        UsageError: a path that is not there, or a region without prices.
        NoAnswerError: not one record was found.
    """
    prices = find_prices(options.region, options.architecture)
    if prices.currency != "USD":
        raise UsageError(
            f"prices in {prices.region} are in {prices.currency}, not in dollars", "choose another --region"
        )
    sources = (*(find_sources(paths) if paths else ()), *objects)
    with Archive() as archive:
        intake = Intake(archive, sources, options.function)
        interrupted = intake.read(observer)
        repeated = drop_repeats(archive)
        archive.conclude(options.since_us, options.until_us, owners=options.function is None)
        condense(archive)
        functions = survey(archive, prices, dict(observed_peaks(archive)))
        if not functions:
            raise _nothing_found(intake, options)
        look(archive, functions)
        advised = advise_functions(archive, functions, prices, options.run)
    return LogFindings(
        functions=advised,
        unreadable=intake.unreadable,
        read=intake.so_far,
        prices=prices,
        interrupted=interrupted,
        warnings=(*intake.warnings(), *doubts(advised, repeated)),
    )


def _nothing_found(intake: Intake, options: LogOptions) -> NoAnswerError:
    where = f"in {intake.so_far.files_read} of {intake.so_far.files} files"
    if options.since_us is not None or options.until_us is not None:
        return NoAnswerError(f"no REPORT record in that time range {where}", "widen --since and --until")
    if intake.unreadable.lines:
        return NoAnswerError(
            f"no REPORT record could be read {where}; {intake.unreadable.lines} lines look like one",
            intake.unreadable.samples[0],
        )
    return NoAnswerError(
        f"no REPORT record {where}",
        "with the JSON log format SystemLogLevel=WARN hides the records of calls that succeed: set INFO",
    )
