"""The little of HTTP/1.1 that runtime interface clients speak, parsed from bytes as they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HEAD_LIMIT_BYTES = 2 * 1024 * 1024  # a client may put an X-Ray cause of 1 MB into a header
BODY_LIMIT_BYTES = 210 * 1024 * 1024  # streamed responses may reach 200 MB


class BadRequestError(Exception):
    """What arrived is not an HTTP request that can be answered."""


@dataclass(frozen=True, slots=True)
class Request:
    """One complete request; header and trailer names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass
class RequestParser:
    """Collects bytes until a request is complete."""

    _buffer: bytearray = field(default_factory=bytearray)
    _head: tuple[str, str, dict[str, str]] | None = None
    _chunks: bytearray = field(default_factory=bytearray)
    _in_trailer: bool = False

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._buffer += data

    def next_request(self) -> Request | None:
        """The next complete request, or `None` until more has arrived.

        Raises:
            BadRequestError: it can never become a request.
        """
        if self._head is None and not self._read_head():
            return None
        assert self._head is not None
        method, path, headers = self._head
        body = self._read_chunks(headers) if _chunked(headers) else self._read_sized(headers)
        if body is None:
            return None
        self._head = None
        return Request(method, path, headers, body)

    def wants_continue(self) -> bool:
        """Whether the client waits for `100 Continue` before it sends a body; true once per request."""
        return bool(self._head and self._head[2].pop("expect", "").lower() == "100-continue")

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > HEAD_LIMIT_BYTES:
                raise BadRequestError("the request's header is too long")
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        words = lines[0].split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            raise BadRequestError("not an HTTP/1.1 request line")
        self._head = (words[0], words[1], _headers(lines[1:]))
        return True

    def _read_sized(self, headers: Mapping[str, str]) -> bytes | None:
        text = headers.get("content-length", "0")
        if not text.isdigit() or int(text) > BODY_LIMIT_BYTES:
            raise BadRequestError("unusable Content-Length")
        size = int(text)
        if len(self._buffer) < size:
            return None
        body = bytes(self._buffer[:size])
        del self._buffer[:size]
        return body

    def _read_chunks(self, headers: dict[str, str]) -> bytes | None:
        while True:
            end = self._buffer.find(b"\r\n")
            if end < 0:
                return None
            line = bytes(self._buffer[:end])
            if self._in_trailer:
                del self._buffer[: end + 2]
                if line:
                    headers.update(_headers([line.decode("latin-1")]))
                    continue
                self._in_trailer = False
                body = bytes(self._chunks)
                self._chunks.clear()
                return body
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                raise BadRequestError("unusable chunk size") from None
            if size < 0 or len(self._chunks) + size > BODY_LIMIT_BYTES:
                raise BadRequestError("the body is too long")
            if size == 0:
                del self._buffer[: end + 2]
                self._in_trailer = True
                continue
            if len(self._buffer) < end + 2 + size + 2:
                return None
            self._chunks += self._buffer[end + 2 : end + 2 + size]
            del self._buffer[: end + 2 + size + 2]


def _chunked(headers: Mapping[str, str]) -> bool:
    return headers.get("transfer-encoding", "").lower().endswith("chunked")


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def response(status: int, reason: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """The bytes of one response."""
    fields = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + body
