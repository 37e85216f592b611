"""The Runtime API as a client sees it on the wire."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tuner.platforms.local.runtime_api import EventKind, RuntimeApi

BASE = "/2018-06-01/runtime"
Answer = tuple[int, dict[str, str], bytes]


def soon() -> int:
    return time.monotonic_ns() + 5_000_000_000


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    server = RuntimeApi()
    yield server
    server.close()


class Client:
    """Makes one request in a thread, as the server works only while it is waited upon."""

    def __init__(self, call: Callable[[], Answer]) -> None:
        self._answer: Answer | None = None
        self._thread = threading.Thread(target=self._run, args=[call], daemon=True)
        self._thread.start()

    def _run(self, call: Callable[[], Answer]) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):  # tests may close the server first
            self._answer = call()

    def answer(self) -> Answer:
        self._thread.join(5)
        assert self._answer is not None
        return self._answer


def request(api: RuntimeApi, method: str, path: str, body: object = None, **headers: str) -> Client:
    def call() -> Answer:
        connection = http.client.HTTPConnection(api.address, timeout=5)
        connection.request(method, path, body, headers)  # type: ignore[arg-type]
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()

    return Client(call)


def serve(api: RuntimeApi, client: Client) -> Answer:
    """Let the server answer a request that is no event."""
    assert api.wait(time.monotonic_ns() + 200_000_000) is None
    return client.answer()


def given_event(api: RuntimeApi, request_id: str = "id-1") -> None:
    client = request(api, "GET", f"{BASE}/invocation/next")
    event = api.wait(soon())
    assert event is not None and event.kind is EventKind.NEXT
    assert api.send_event(request_id, b"{}", {}, 5)
    assert client.answer()[0] == 200


def test_next_is_answered_with_the_event_and_its_headers(api: RuntimeApi) -> None:
    client = request(api, "GET", f"{BASE}/invocation/next")
    event = api.wait(soon())
    assert event is not None and event.kind is EventKind.NEXT
    assert api.ready
    headers = {"Lambda-Runtime-Deadline-Ms": "123", "Lambda-Runtime-Trace-Id": "Root=1"}
    assert api.send_event("id-7", b'{"a": 1}', headers, 5)
    status, got, body = client.answer()
    assert (status, body) == (200, b'{"a": 1}')
    assert got["Lambda-Runtime-Aws-Request-Id"] == "id-7"
    assert got["Lambda-Runtime-Deadline-Ms"] == "123"
    assert got["Lambda-Runtime-Trace-Id"] == "Root=1"
    assert not api.ready


def test_response_is_reported_and_accepted_only_when_acknowledged(api: RuntimeApi) -> None:
    given_event(api)
    client = request(api, "POST", f"{BASE}/invocation/id-1/response", b"[1]")
    event = api.wait(soon())
    assert event is not None and (event.kind, event.body) == (EventKind.RESPONSE, b"[1]")
    api.acknowledge(event)
    assert client.answer()[0] == 202


def test_error_carries_type_message_and_trace(api: RuntimeApi) -> None:
    given_event(api)
    body = json.dumps({"errorType": "ValueError", "errorMessage": "no", "stackTrace": ["line 1\n", "line 2"]})
    request(api, "POST", f"{BASE}/invocation/id-1/error", body.encode())
    event = api.wait(soon())
    assert event is not None and event.kind is EventKind.ERROR
    assert event.error() == ("ValueError", "no", "line 1\nline 2")


def test_error_without_json_takes_its_type_from_the_header(api: RuntimeApi) -> None:
    given_event(api)
    headers = {"Lambda-Runtime-Function-Error-Type": "Custom.Bad"}
    request(api, "POST", f"{BASE}/invocation/id-1/error", b"oops", **headers)
    event = api.wait(soon())
    assert event is not None and event.error() == ("Custom.Bad", "", "")


def test_init_error_is_an_event(api: RuntimeApi) -> None:
    client = request(api, "POST", f"{BASE}/init/error", b'{"errorType": "X", "errorMessage": "y"}')
    event = api.wait(soon())
    assert event is not None and event.kind is EventKind.INIT_ERROR
    api.acknowledge(event)
    assert client.answer()[0] == 202


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", f"{BASE}/nothing"),
        ("POST", f"{BASE}/invocation/next"),
        ("PUT", f"{BASE}/init/error"),
    ],
)
def test_anything_else_is_not_found(api: RuntimeApi, method: str, path: str) -> None:
    assert serve(api, request(api, method, path))[0] == 404


def test_response_to_an_unknown_request_is_refused(api: RuntimeApi) -> None:
    given_event(api, "id-1")
    status, _, body = serve(api, request(api, "POST", f"{BASE}/invocation/id-2/response", b"1"))
    assert (status, json.loads(body)["errorType"]) == (400, "InvalidRequestID")


def test_second_response_to_one_request_is_refused(api: RuntimeApi) -> None:
    given_event(api)
    request(api, "POST", f"{BASE}/invocation/id-1/response", b"1")
    assert api.wait(soon()) is not None
    assert serve(api, request(api, "POST", f"{BASE}/invocation/id-1/response", b"2"))[0] == 400


def test_chunked_response_is_put_together(api: RuntimeApi) -> None:
    given_event(api)
    request(api, "POST", f"{BASE}/invocation/id-1/response", iter([b"ab", b"cde"]))
    event = api.wait(soon())
    assert event is not None and event.body == b"abcde"


def test_stream_that_fails_in_its_trailers_is_an_error(api: RuntimeApi) -> None:
    given_event(api)
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"POST {BASE}/invocation/id-1/response HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2\r\nab\r\n0\r\nLambda-Runtime-Function-Error-Type: Stream.Broken\r\n\r\n".encode()
        )
        event = api.wait(soon())
    assert event is not None and (event.kind, event.error()[0]) == (EventKind.ERROR, "Stream.Broken")


def test_client_that_asks_before_sending_its_body_is_told_to_continue(api: RuntimeApi) -> None:
    given_event(api)
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(
            f"POST {BASE}/invocation/id-1/response HTTP/1.1\r\n"
            "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        assert api.wait(time.monotonic_ns() + 100_000_000) is None
        assert raw.recv(100).startswith(b"HTTP/1.1 100")
        raw.sendall(b"abc")
        event = api.wait(soon())
    assert event is not None and event.body == b"abc"


def test_too_large_a_response_is_marked(api: RuntimeApi) -> None:
    given_event(api)
    client = request(api, "POST", f"{BASE}/invocation/id-1/response", b"x" * 6_291_557)
    event = api.wait(soon())
    assert event is not None and event.error_type == "Function.ResponseSizeTooLarge"
    api.refuse(event, "Function.ResponseSizeTooLarge", "too large")
    assert client.answer()[0] == 413


@pytest.mark.parametrize(
    "garbage", [b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"]
)
def test_garbage_is_answered_and_does_not_end_the_server(api: RuntimeApi, garbage: bytes) -> None:
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(garbage)
        assert api.wait(time.monotonic_ns() + 100_000_000) is None
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert serve(api, request(api, "GET", "/"))[0] == 404


def test_what_was_sent_before_the_process_ended_comes_first(api: RuntimeApi) -> None:
    given_event(api)
    readable, writable = os.pipe()
    host, port = api.address.split(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(f"POST {BASE}/invocation/id-1/response HTTP/1.1\r\nContent-Length: 1\r\n\r\n1".encode())
        time.sleep(0.05)
        os.close(writable)  # stands for the end of the process: the descriptor becomes readable
        api.watch_exit(readable)
        kinds = [event.kind for event in (api.wait(soon()), api.wait(soon())) if event]
    os.close(readable)
    assert kinds == [EventKind.RESPONSE, EventKind.EXITED]


def test_server_is_bound_to_the_loopback_interface(api: RuntimeApi) -> None:
    assert api.address.startswith("127.0.0.1:")
