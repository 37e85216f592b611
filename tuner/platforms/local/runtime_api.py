"""The Lambda Runtime API (version 2018-06-01) for one execution environment.

A server without threads: it works only while somebody waits in `wait`, which is whenever the environment
runs (between calls it is frozen), and nothing disturbs the clock of a measurement.
Source: "Using the Lambda runtime API for custom runtimes" in the Lambda guide.
"""

from __future__ import annotations

import contextlib
import json
import re
import selectors
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tuner.platforms.local.http1 import BadRequestError, Request, RequestParser, response

VERSION = "2018-06-01"
RESPONSE_LIMIT_BYTES = 6_291_556  # 6 MB and 100 bytes, as the service's own error message says
STREAM_LIMIT_BYTES = 200 * 1024 * 1024

_INVOCATION = re.compile(rf"/{VERSION}/runtime/invocation/([^/]+)/(response|error)")
_ACCEPTED = response(202, "Accepted", b'{"status":"OK"}')


class EventKind(StrEnum):
    """What a runtime interface client can tell."""

    NEXT = "next"  # ready for an event
    RESPONSE = "response"
    ERROR = "error"
    INIT_ERROR = "init_error"
    EXITED = "exited"  # its process has ended


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the environment, `at_ns` on the monotonic clock."""

    kind: EventKind
    at_ns: int
    body: bytes = field(default=b"", repr=False)
    error_type: str | None = None
    connection: _Connection | None = field(default=None, repr=False)

    def error(self) -> tuple[str, str, str]:
        """The error's type, message and trace, as far as the client sent them."""
        try:
            fields = json.loads(self.body)
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            fields = {}
        kind = str(fields.get("errorType") or self.error_type or "UnknownError")
        trace = fields.get("stackTrace") or fields.get("trace") or []
        lines = trace if isinstance(trace, list) else [trace]
        return kind, str(fields.get("errorMessage") or ""), "\n".join(str(line).rstrip() for line in lines)


@dataclass(eq=False)
class _Connection:
    socket: socket.socket
    parser: RequestParser = field(default_factory=RequestParser)


class RuntimeApi:
    """Listens on a free port of the loopback interface."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._listener)
        self._connections: set[_Connection] = set()
        self._ready: _Connection | None = None  # waits for the answer to its GET .../next
        self._request_id: str | None = None
        self._events: list[Event] = []
        self._exit_fd: int | None = None

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    @property
    def ready(self) -> bool:
        """Whether the client waits for an event."""
        return self._ready is not None

    def watch_exit(self, exit_fd: int) -> None:
        """Report `EXITED` when this pid file descriptor becomes readable."""
        self._exit_fd = exit_fd
        self._selector.register(exit_fd, selectors.EVENT_READ, None)

    def wait(self, until_ns: int) -> Event | None:
        """The next event, or `None` when the monotonic clock has reached `until_ns`."""
        while not self._events:
            left = (until_ns - time.monotonic_ns()) / 1e9
            ready = self._selector.select(max(0.0, left))
            exited = False
            for key, _ in ready:
                if key.data is None:
                    exited = True
                elif isinstance(key.data, _Connection):
                    self._receive(key.data)
                else:
                    self._accept()
            if self._events:
                break  # what a process sent before it ended counts
            if exited and not self._accept_more():
                return Event(EventKind.EXITED, time.monotonic_ns())
            if left <= 0:
                return None
        return self._events.pop(0)

    def send_event(
        self, request_id: str, payload: bytes, headers: Mapping[str, str], within_s: float
    ) -> bool:
        """Answer the waiting `next`; false when the client has gone or does not read."""
        connection, self._ready = self._ready, None
        if connection is None:
            return False
        self._request_id = request_id
        fields = {"Lambda-Runtime-Aws-Request-Id": request_id, **headers}
        return self._send(connection, response(200, "OK", payload, fields), within_s)

    def acknowledge(self, event: Event) -> None:
        """Let the client go on after a response or an error."""
        if event.connection is not None:
            self._send(event.connection, _ACCEPTED)

    def refuse(self, event: Event, kind: str, message: str) -> None:
        """Tell the client that its response was too large."""
        if event.connection is not None:
            body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
            self._send(event.connection, response(413, "Payload Too Large", body))

    def close(self) -> None:
        """Close every socket."""
        for connection in list(self._connections):
            self._drop(connection)
        with contextlib.suppress(OSError, KeyError, ValueError):
            self._selector.unregister(self._listener)
        self._listener.close()
        self._selector.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(client)
            self._connections.add(connection)
            self._selector.register(client, selectors.EVENT_READ, connection)

    def _accept_more(self) -> bool:
        """After the process has ended: whether a last connection or request is still to be read."""
        keys = self._selector.select(0)
        return any(key.data is not None for key, _ in keys)

    def _receive(self, connection: _Connection) -> None:
        try:
            data = connection.socket.recv(1 << 20)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        at_ns = time.monotonic_ns()
        if not data:
            self._drop(connection)
            return
        connection.parser.feed(data)
        try:
            while request := connection.parser.next_request():
                self._dispatch(connection, request, at_ns)
            if connection.parser.wants_continue():
                self._send(connection, b"HTTP/1.1 100 Continue\r\n\r\n")
        except BadRequestError as error:
            self._answer_error(connection, 400, "Bad Request", "InvalidRequest", str(error))
            self._drop(connection)

    def _dispatch(self, connection: _Connection, request: Request, at_ns: int) -> None:
        path = request.path.partition("?")[0]
        error_type = request.headers.get("lambda-runtime-function-error-type")
        if (request.method, path) == ("GET", f"/{VERSION}/runtime/invocation/next"):
            self._ready = connection
            self._events.append(Event(EventKind.NEXT, at_ns))
        elif (request.method, path) == ("POST", f"/{VERSION}/runtime/init/error"):
            self._events.append(Event(EventKind.INIT_ERROR, at_ns, request.body, error_type, connection))
        elif request.method == "POST" and (match := _INVOCATION.fullmatch(path)):
            if match[1] != self._request_id:
                message = "Invalid request ID"
                self._answer_error(connection, 400, "Bad Request", "InvalidRequestID", message)
                return
            self._request_id = None
            # A streamed response that fails half way says so in its trailers.
            failed = match[2] == "error" or error_type is not None
            kind = EventKind.ERROR if failed else EventKind.RESPONSE
            body = request.body
            if match[2] == "response" and failed:
                body = b""
            streamed = request.headers.get("lambda-runtime-function-response-mode", "").lower() == "streaming"
            limit = STREAM_LIMIT_BYTES if streamed else RESPONSE_LIMIT_BYTES
            if kind is EventKind.RESPONSE and len(body) > limit:
                error_type = "Function.ResponseSizeTooLarge"
            self._events.append(Event(kind, at_ns, body, error_type, connection))
        else:
            self._answer_error(connection, 404, "Not Found", "NotFound", f"no such operation: {path}")

    def _answer_error(
        self, connection: _Connection, status: int, reason: str, kind: str, message: str
    ) -> None:
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        self._send(connection, response(status, reason, body))

    def _send(self, connection: _Connection, data: bytes, within_s: float = 5.0) -> bool:
        try:
            connection.socket.settimeout(max(0.001, within_s))
            connection.socket.sendall(data)
            connection.socket.setblocking(False)
        except OSError:
            self._drop(connection)
            return False
        return True

    def _drop(self, connection: _Connection) -> None:
        if self._ready is connection:
            self._ready = None
        self._connections.discard(connection)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        connection.socket.close()
