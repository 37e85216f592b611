"""From sources into an archive: several threads read, and what cannot be read is counted and told."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace

from tuner.logs.archive import Archive
from tuner.logs.findings import ReadSoFar, Unreadable
from tuner.logs.lanes import Lanes, Text, cores
from tuner.logs.marking import marked_lines
from tuner.logs.origins import Origin, origin_of_path
from tuner.logs.reader import Context, Reading, looks_like_record, read_line
from tuner.logs.sources import Source, Stream, in_parts
from tuner.logs.texts import DamagedError, texts
from tuner.records import RunWarning

Observer = Callable[[ReadSoFar], None]

SAMPLES = 5
_SAMPLE_LENGTH = 160
_BATCH = 5_000
PART_BYTES = 8 * 1024**2
PART_FILES = 50
"""So much one thread reads at a time."""
THREADS_REMOTE = 10
"""Small objects take as long as the way to them: several are asked for at once."""
_LOOK_S = 0.2
"""So often is looked how far the reading is."""


class Intake:
    """Reads sources into an archive and keeps count of what could not be read.

    `function` is whose logs they are, whatever they say themselves.
    """

    def __init__(self, archive: Archive, sources: Sequence[Source], function: str | None = None) -> None:
        self._archive = archive
        self._sources = sources
        self._function = function
        remote = any(source.path is None for source in sources)
        self._threads = THREADS_REMOTE if remote else cores()
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._damaged: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._guessed: set[str] = set()
        self._unreadable = 0
        self._samples: list[str] = []
        self.so_far = ReadSoFar(len(sources), 0, sum(s.size for s in sources), 0)

    def read(self, observer: Observer) -> bool:
        """Read everything; whether Ctrl-C ended that early."""
        interrupted = False
        try:
            observer(self.so_far)
            self._read_sources(observer)
        except KeyboardInterrupt:
            interrupted = True
        self._archive.unwrap()
        self._read_leftovers()
        return interrupted

    @property
    def unreadable(self) -> Unreadable:
        """Lines that look like a record and hold none."""
        return Unreadable(self._unreadable, tuple(self._samples))

    def warnings(self) -> Iterator[RunWarning]:
        """What to know of the sources."""
        if self._damaged:
            message = (
                f"{len(self._damaged)} files are damaged or cut, and were read as far as they go: "
                f"{_first_of(self._damaged)}"
            )
            yield RunWarning("W-DAMAGED-FILE", message, "download them again")
        if self._gone:
            message = (
                f"{len(self._gone)} files were gone or put away when they were to be read: "
                f"{_first_of(self._gone)}"
            )
            yield RunWarning("W-FILE-GONE", message, "read again once nothing removes them")
        if self._guessed:
            message = (
                "no log group or record names the function of these files, so the file does: "
                f"{_first_of(sorted(self._guessed))}"
            )
            yield RunWarning("W-FUNCTION-FROM-FILE", message, "name it with --function")

    def _read_sources(self, observer: Observer) -> None:
        with self._archive.lanes() as lanes, ThreadPoolExecutor(self._threads) as readers:
            try:
                self._read_parts(in_parts(self._sources, PART_BYTES, PART_FILES), lanes, readers, observer)
            finally:
                self._stopped.set()

    def _read_parts(
        self,
        parts: Iterator[tuple[Source, ...]],
        lanes: Lanes,
        readers: ThreadPoolExecutor,
        observer: Observer,
    ) -> None:
        pending: set[Future[None]] = set()
        while True:
            while len(pending) < 2 * self._threads and (part := next(parts, None)):
                origins = [self._origin(source) for source in part]
                numbers = [self._archive.number_of(origin.function) for origin in origins]
                located = list(zip(part, numbers, (o.version for o in origins), strict=True))
                pending.add(readers.submit(self._read_part, located, lanes))
            if not pending:
                return
            done, pending = wait(pending, timeout=_LOOK_S, return_when=FIRST_COMPLETED)
            for part_read in done:
                part_read.result()
            observer(self.so_far)

    def _origin(self, source: Source) -> Origin:
        found = origin_of_path(source.name)
        if self._function:
            return replace(found, function=self._function, certain=True)
        if not found.certain:
            self._guessed.add(found.function)
        return found

    def _read_part(self, part: Sequence[tuple[Source, int, str | None]], lanes: Lanes) -> None:
        for source, function, version in part:
            try:
                with source.open() as stream:
                    for text in texts(_Counted(stream, lambda size: self._count(size=size))):
                        if self._stopped.is_set():
                            return
                        if found := marked_lines(text):
                            lanes.put(Text(function, version, str(b"\n".join(found), "utf-8", "replace")))
            except FileNotFoundError:
                self._gone.setdefault(source.name)
            except (OSError, DamagedError):
                self._damaged.setdefault(source.name)
            self._count(files=1)

    def _count(self, files: int = 0, size: int = 0) -> None:
        with self._lock:
            done = self.so_far
            self.so_far = replace(done, files_read=done.files_read + files, bytes_read=done.bytes_read + size)

    def _read_leftovers(self) -> None:
        """Have the exact reader look at what the extraction has left."""
        batch: list[tuple[Origin, Reading]] = []
        for origin, context, line in self._archive.leftovers():
            for found in _readings_or_text(line, context):
                if isinstance(found, str):
                    self._unreadable += 1
                    if len(self._samples) < SAMPLES:
                        self._samples.append(found)
                    continue
                # The flag goes before the record.
                named = self._function or found.context.function
                batch.append((origin, replace(found, context=replace(found.context, function=named))))
            if len(batch) >= _BATCH:
                self._archive.add(batch)
                batch = []
        self._archive.add(batch)


class _Counted:
    """A stream that tells how much was read of it."""

    def __init__(self, stream: Stream, count: Callable[[int], None]) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int) -> bytes:
        found = self._stream.read(size)
        self._count(len(found))
        return found

    def readinto(self, buffer: bytearray) -> int | None:
        size = self._stream.readinto(buffer)
        self._count(size or 0)
        return size


def _readings_or_text(line: str, context: Context) -> Iterator[Reading | str]:
    """What a line says; where it should hold a record and does not, the text from there."""
    found = read_line(line, context)
    if found or not looks_like_record(line):
        yield from found
        return
    start = max(line.find("REPORT RequestId"), line.find('"platform.report"'), 0)
    yield line[start : start + _SAMPLE_LENGTH]


def _first_of(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in itertools.islice(names, 3))
