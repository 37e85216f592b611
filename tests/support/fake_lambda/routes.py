"""Which Lambda operation a request is, and its parameters, read from botocore's model of the service."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape

from fake_lambda.errors import ApiError
from fake_lambda.messages import Request

if TYPE_CHECKING:
    from fake_lambda.faults import Fault


@dataclass(slots=True)
class Call:
    """One request to Lambda, understood. `payload` is what a function is invoked with."""

    model: OperationModel
    parameters: dict[str, Any]
    payload: bytes = field(repr=False, default=b"")
    region: str = ""
    faults: tuple[Fault, ...] = ()

    @property
    def operation(self) -> str:
        """The operation's name in AWS's words."""
        return str(self.model.name)


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: re.Pattern[str]
    fixed_query: dict[str, list[str]]
    model: OperationModel


@lru_cache
def service_model(service: str) -> ServiceModel:
    """What the installed botocore knows of a service."""
    return botocore.session.get_session().get_service_model(service)


def find_call(request: Request) -> Call | None:
    """The Lambda call that a request is; None where botocore's model has no such operation.

    Raises:
        ApiError: the body is not JSON.
    """
    query = parse_qs(request.query, keep_blank_values=True)
    for route in _routes():
        if route.method != request.method or not route.fixed_query.items() <= query.items():
            continue
        if found := route.path.fullmatch(request.path):
            in_path = {name: unquote(value) for name, value in found.groupdict().items()}
            return _call(route.model, request, in_path, query)
    return None


@lru_cache
def _routes() -> tuple[_Route, ...]:
    model = service_model("lambda")
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
        method = operation.http["method"]
        routes.append(_Route(method, re.compile(pattern + "/?"), parse_qs(query), operation))
    # The same path with a fixed query is another operation, and the more special one.
    return tuple(sorted(routes, key=lambda route: -len(route.fixed_query)))


def _call(
    model: OperationModel, request: Request, in_path: dict[str, str], query: dict[str, list[str]]
) -> Call:
    parameters: dict[str, Any] = {}
    payload_name = model.input_shape.serialization.get("payload") if model.input_shape else None
    body = b"" if payload_name else request.body
    parameters.update(_json_body(body))
    for name, shape in (model.input_shape.members if model.input_shape else {}).items():
        wire_name = shape.serialization.get("name", name)
        match shape.serialization.get("location"):
            case "uri":
                parameters[name] = in_path[wire_name]
            case "querystring" if wire_name in query:
                parameters[name] = _typed(shape, query[wire_name])
            case "header" if wire_name.lower() in request.headers:
                parameters[name] = request.headers[wire_name.lower()]
    return Call(model, parameters, request.body if payload_name else b"", request.region)


def _json_body(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        document = json.loads(body)
    except ValueError as error:
        raise ApiError(400, "SerializationException", f"Could not parse the request body: {error}") from error
    if not isinstance(document, dict):
        raise ApiError(400, "SerializationException", "The request body is not a JSON object")
    return document


def _typed(shape: Shape, values: list[str]) -> Any:
    if shape.type_name == "list":
        return values
    if shape.type_name in ("integer", "long"):
        return int(values[0]) if values[0].lstrip("-").isdigit() else values[0]
    return values[0] == "true" if shape.type_name == "boolean" else values[0]
