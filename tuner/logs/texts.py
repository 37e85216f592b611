"""The text of a log, unpacked and in pieces that end with a line, however large or damaged it is."""

from __future__ import annotations

import codecs
import itertools
import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tuner.errors import UsageError
from tuner.logs.documents import elements, is_document
from tuner.logs.sources import Stream

PIECE_BYTES = 256 * 1024
LINE_MAX_BYTES = 16 * 1024**2
"""A log event has at most 1 MB, and a batch of them at most 6 MB: a longer line is no log, and is cut."""
_HEAD_BYTES = 65_536
_PACKED_BYTES = 4096
"""So little is unpacked at a time, because a hostile file grows ten thousandfold."""
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class DamagedError(Exception):
    """A file ends too early, or does not go on as it began; what came before was read."""


def texts(stream: Stream) -> Iterator[bytes | memoryview]:
    """The text in pieces of whole lines, each good until the next; of a JSON document, a line for each event.

    Raises `DamagedError` after the last piece that can be read, and `OSError` where there is none.
    """
    pieces = _unpacked(stream)
    first = next(pieces, b"")
    read = _events if _is_document(first) else _whole_lines
    yield from read(itertools.chain([first], pieces))


def _is_document(first: bytes | bytearray) -> bool:
    return is_document(first[:_HEAD_BYTES].decode("utf-8", "replace"))


def _whole_lines(pieces: Iterable[bytes | bytearray]) -> Iterator[bytes | memoryview]:
    rest = b""
    try:
        for piece in pieces:
            begin, end = piece.find(b"\n") + 1, piece.rfind(b"\n") + 1
            if not end and len(rest) + len(piece) < LINE_MAX_BYTES:
                rest += bytes(piece)
                continue
            yield rest + piece[:begin]
            yield memoryview(piece)[begin:end]  # most of it, not copied
            rest = bytes(piece[end:])
    except DamagedError:
        yield rest
        raise
    yield rest


def _events(pieces: Iterable[bytes | bytearray]) -> Iterator[bytes]:
    lines: list[bytes] = []
    size = 0
    try:
        for event in elements(codecs.iterdecode(map(bytes, pieces), "utf-8", "replace")):
            lines.append(json.dumps(event).encode())
            size += len(lines[-1])
            if size >= PIECE_BYTES:
                yield b"\n".join(lines)
                lines, size = [], 0
    except (DamagedError, ValueError) as error:
        yield b"\n".join(lines)
        raise DamagedError(str(error)) from error
    yield b"\n".join(lines)


def _unpacked(stream: Stream) -> Iterator[bytes | bytearray]:
    """Its bytes, unpacked; a piece is good until the next one."""
    head = stream.read(_HEAD_BYTES)
    try:
        if head.startswith(_GZIP):
            yield from _expanded(head, stream, lambda: zlib.decompressobj(wbits=31), zlib.error)
        elif head.startswith(_ZSTD):
            zstd = _zstandard()
            yield from _expanded(head, stream, zstd.ZstdDecompressor().decompressobj, zstd.ZstdError)
        else:
            yield head
            # In one place again and again: to be given new memory takes longer than to fill it.
            buffer = bytearray(PIECE_BYTES if len(head) == _HEAD_BYTES else 1)
            while size := stream.readinto(buffer):
                yield buffer if size == len(buffer) else bytes(buffer[:size])
    except OSError as error:
        raise DamagedError(str(error)) from error


def _expanded(
    head: bytes, stream: Stream, open_member: Callable[[], Any], broken: type[Exception]
) -> Iterator[bytes]:
    """All members of a compressed file, one after the other."""
    member, made = open_member(), bytearray()
    try:
        for piece in itertools.chain([head], iter(lambda: stream.read(PIECE_BYTES), b"")):
            for at in range(0, len(piece), _PACKED_BYTES):
                left = piece[at : at + _PACKED_BYTES]
                while left:
                    if member.eof:
                        member = open_member()
                    made += member.decompress(left)
                    left = member.unused_data.lstrip(b"\0")  # zeros fill up a block
                if len(made) >= PIECE_BYTES:
                    yield bytes(made)
                    made.clear()
    except (OSError, broken) as error:
        yield bytes(made)
        raise DamagedError(str(error)) from error
    yield bytes(made)
    if not member.eof:
        raise DamagedError("it is cut")


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise UsageError("reading zstd files needs zstandard", "pip install 'tuner[logs]'") from error
    return zstandard
