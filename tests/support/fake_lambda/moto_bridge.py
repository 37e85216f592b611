"""moto plays what needs no change: it is called in this process, as the WSGI application that it is.

Its state is global, so one fake at a time uses it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlencode

from botocore.serialize import create_serializer
from moto.core.config import default_user_config
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from fake_lambda.errors import ApiError
from fake_lambda.messages import Answer, Request
from fake_lambda.routes import service_model


def reset_moto() -> None:
    """Forget everything that moto keeps, and have it keep functions without Docker."""
    default_user_config["lambda"] = {"use_docker": False}
    moto_api_backend.reset()


def answer_of_moto(request: Request) -> Answer:
    """moto's answer to a request."""
    status_line = ""
    answer_headers: list[tuple[str, str]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> None:
        nonlocal status_line, answer_headers
        status_line, answer_headers = status, headers

    chunks = _application()(_environ(request), start_response)
    body = b"".join(chunks)
    # The length is counted again; that of a HEAD cannot be.
    dropped = ("connection",) if request.method == "HEAD" else ("connection", "content-length")
    headers = {name: value for name, value in answer_headers if name.lower() not in dropped}
    return Answer(int(status_line[:3]), body, headers)


def call_moto(service: str, region: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """moto's answer to a call of our own, for services that answer in JSON.

    Raises:
        ApiError: moto answered with an error.
    """
    answer = answer_of_moto(_request(service, region, operation, parameters))
    document = json.loads(answer.body) if answer.body.startswith(b"{") else {}
    if answer.status >= 400:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        code = headers.get("x-amzn-errortype") or document.get("__type") or "ServiceException"
        message = document.get("message") or document.get("Message") or answer.body.decode()
        raise ApiError(answer.status, code.rpartition("#")[2], message)
    return document


@lru_cache
def _application() -> DomainDispatcherApplication:
    return DomainDispatcherApplication(create_backend_app)


def _request(service: str, region: str, operation: str, parameters: Mapping[str, Any]) -> Request:
    model = service_model(service)
    serialized = create_serializer(model.metadata["protocol"], False).serialize_to_request(
        parameters, model.operation_model(operation)
    )
    scope = f"Credential=fake/20260101/{region}/{model.signing_name}/aws4_request"
    headers = {name.lower(): value for name, value in serialized["headers"].items()}
    headers["authorization"] = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=fake"
    headers["host"] = "localhost"
    query = urlencode(serialized["query_string"]) if serialized["query_string"] else ""
    target = serialized["url_path"] + (f"?{query}" if query else "")
    body = serialized["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    return Request(serialized["method"], target, headers, body if isinstance(body, bytes) else body.encode())


def _environ(request: Request) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(request.path, "latin-1"),
        "QUERY_STRING": request.query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    skipped = ("content-type", "content-length", "transfer-encoding", "expect")
    for name, value in request.headers.items():
        if name not in skipped:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
