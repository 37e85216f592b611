"""The whole way from a source of logs to findings: read, survey, advise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cost_models.pricing import Prices, find_prices
from tuner.errors import NoAnswerError, UsageError
from tuner.logs import memory_advice
from tuner.logs.advice import advise_settings, memory_floor
from tuner.logs.aggregates import COLD
from tuner.logs.archive import Archive
from tuner.logs.documents import elements
from tuner.logs.doubts import doubts
from tuner.logs.findings import (
    FunctionFindings,
    LogFindings,
    ReadSoFar,
    Unreadable,
)
from tuner.logs.origins import Origin, origin_of_path
from tuner.logs.reader import Reading, looks_like_record, read_document, read_line
from tuner.logs.sources import Source, find_sources, in_parts
from tuner.logs.survey import survey
from tuner.records import MeasurementSet, RunWarning

FITS = 10
"""A curve takes a tenth of a second: it is fitted for so many functions, those that cost most."""
SAMPLES = 5
_SAMPLE_LENGTH = 160
_BATCH = 5_000

Observer = Callable[[ReadSoFar], None]


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
    paths: Sequence[Path], options: LogOptions, *, observer: Observer = lambda _: None
) -> LogFindings:
    """Everything that files and folders of logs say. Ctrl-C ends the reading, not the answer.

    Raises:
        UsageError: a path that is not there, or a region without prices.
        NoAnswerError: not one record was found.
    """
    prices = find_prices(options.region, options.architecture)
    if prices.currency != "USD":
        raise UsageError(
            f"prices in {prices.region} are in {prices.currency}, not in dollars", "choose another --region"
        )
    sources = find_sources(paths)
    with Archive() as archive:
        intake = _Intake(archive, options, sources)
        interrupted = intake.read(observer)
        archive.conclude(options.since_us, options.until_us)
        functions = survey(archive, prices)
        if not functions:
            raise _nothing_found(intake, options)
        fitted = [f for f in functions if len(memory_advice.comparable_sizes(f)) > 1][:FITS]
        advised = tuple(_advised(archive, f, prices, options, fit=f in fitted) for f in functions)
    return LogFindings(
        functions=advised,
        unreadable=Unreadable(intake.unreadable, tuple(intake.samples)),
        read=intake.so_far,
        prices=prices,
        interrupted=interrupted,
        warnings=(*intake.warnings(), *doubts(advised)),
    )


class _Intake:
    """Reads sources into an archive, part by part, and keeps count of what could not be read."""

    def __init__(self, archive: Archive, options: LogOptions, sources: Sequence[Source]) -> None:
        self.archive = archive
        self.options = options
        self.sources = sources
        self.so_far = ReadSoFar(len(sources), 0, sum(s.size for s in sources), 0)
        self.unreadable = 0
        self.samples: list[str] = []
        self.damaged: dict[str, None] = {}
        self.guessed: set[str] = set()

    def read(self, observer: Observer) -> bool:
        """Read everything; whether Ctrl-C ended that early."""
        interrupted = False
        try:
            observer(self.so_far)
            for part in in_parts(self.sources):
                self._read_part(part)
                done = self.so_far
                self.so_far = replace(
                    done,
                    files_read=done.files_read + len(part),
                    bytes_read=done.bytes_read + sum(source.size for source in part),
                )
                observer(self.so_far)
        except KeyboardInterrupt:
            interrupted = True
        self._read_leftovers()
        return interrupted

    def warnings(self) -> Iterator[RunWarning]:
        """What to know of the sources."""
        if self.damaged:
            shown = ", ".join(f"'{name}'" for name in list(self.damaged)[:3])
            message = (
                f"{len(self.damaged)} files are damaged or cut, and were read as far as they go: {shown}"
            )
            yield RunWarning("W-DAMAGED-FILE", message, "download them again")
        if self.guessed:
            shown = ", ".join(f"'{name}'" for name in sorted(self.guessed)[:3])
            message = f"no log group or record names the function of these files, so the file does: {shown}"
            yield RunWarning("W-FUNCTION-FROM-FILE", message, "name it with --function")

    def _origin(self, source: Source) -> Origin:
        found = origin_of_path(source.name)
        if self.options.function:
            return replace(found, function=self.options.function, certain=True)
        if not found.certain:
            self.guessed.add(found.function)
        return found

    def _read_part(self, part: Sequence[Source]) -> None:
        documents = [source for source in part if source.is_document]
        for source in documents:
            self._read_exactly(source, _document_readings(source))
        lines = [source for source in part if source not in documents]
        for compression in sorted({source.compression for source in lines}):
            self._read_lines([source for source in lines if source.compression == compression], compression)

    def _read_lines(self, sources: Sequence[Source], compression: str) -> None:
        try:
            self.archive.read([(source.path, self._origin(source)) for source in sources], compression)
        except OSError:
            if len(sources) == 1:
                self.damaged.setdefault(sources[0].name)
                self._read_exactly(sources[0], _line_readings(sources[0]))
                return
            # The engine refuses a part for one damaged file in it.
            for source in sources:
                self._read_lines([source], compression)

    def _read_exactly(self, source: Source, readings: Iterable[Reading | str]) -> None:
        """Read as far as the file goes."""
        origin = self._origin(source)
        try:
            self._add((origin, found) for found in readings)
        except (OSError, EOFError, ValueError, UsageError):
            self.damaged.setdefault(source.name)

    def _read_leftovers(self) -> None:
        self._add(
            (Origin(function, version), found)
            for function, version, line in self.archive.leftovers()
            for found in _readings_or_text(line)
        )

    def _add(self, found: Iterable[tuple[Origin, Reading | str]]) -> None:
        batch: list[tuple[Origin, Reading]] = []
        try:
            for origin, reading in found:
                if isinstance(reading, str):
                    self.unreadable += 1
                    if len(self.samples) < SAMPLES:
                        self.samples.append(reading)
                    continue
                if self.options.function:  # the flag goes before the record
                    context = replace(reading.context, function=None)
                    batch.append((origin, replace(reading, context=context)))
                else:
                    batch.append((origin, reading))
                if len(batch) == _BATCH:
                    self.archive.add(batch)
                    batch = []
        finally:
            self.archive.add(batch)


def _line_readings(source: Source) -> Iterator[Reading | str]:
    with source.open() as stream:
        for line in stream:
            yield from _readings_or_text(line)


def _document_readings(source: Source) -> Iterator[Reading | str]:
    with source.open() as stream:
        for element in elements(stream):
            yield from read_document(element)


def _readings_or_text(line: str) -> Iterator[Reading | str]:
    """What a line says; where it should hold a record and does not, the text from there."""
    found = read_line(line)
    if found or not looks_like_record(line):
        yield from found
        return
    start = max(line.find("REPORT RequestId"), line.find('"platform.report"'), 0)
    yield line[start : start + _SAMPLE_LENGTH]


def _advised(
    archive: Archive, found: FunctionFindings, prices: Prices, options: LogOptions, *, fit: bool
) -> FunctionFindings:
    floor_mb, _ = memory_floor(found)
    sizes = memory_advice.comparable_sizes(found)
    if options.run is not None:
        memory = memory_advice.from_run(found, options.run, floor_mb, prices)
    elif fit:
        number = archive.functions[found.function]
        samples = {size: _sample(archive, number, size) for size in sizes}
        memory = memory_advice.from_sizes(found, samples, floor_mb, prices)
    elif len(sizes) > 1:
        memory = memory_advice.not_fitted(sizes, FITS)
    else:
        memory = memory_advice.bounded_gain(found, floor_mb)
    return replace(found, advice=advise_settings(found, memory))


def _sample(archive: Archive, function: int, memory_mb: int) -> Sequence[float]:
    """Warm calls of a size, drawn by a hash so that the same archive gives the same answer."""
    rows = archive.rows(
        f"SELECT duration_ms FROM {archive.calls} WHERE function = {function} AND memory_mb = {memory_mb} "
        f"AND outcome = 'ok' AND NOT {COLD} AND duration_ms > 0 "
        f"ORDER BY hash(at_us, duration_ms, key) LIMIT {memory_advice.SAMPLE}"
    )
    return [row["duration_ms"] for row in rows]


def _nothing_found(intake: _Intake, options: LogOptions) -> NoAnswerError:
    where = f"in {intake.so_far.files_read} of {intake.so_far.files} files"
    if options.since_us is not None or options.until_us is not None:
        return NoAnswerError(f"no REPORT record in that time range {where}", "widen --since and --until")
    if intake.unreadable:
        return NoAnswerError(
            f"no REPORT record could be read {where}; {intake.unreadable} lines look like one",
            intake.samples[0],
        )
    return NoAnswerError(
        f"no REPORT record {where}",
        "with the JSON log format SystemLogLevel=WARN hides the records of calls that succeed: set INFO",
    )
