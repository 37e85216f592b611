"""How a service's requests name their operation, and how errors look in each of AWS's protocols."""

from __future__ import annotations

import json
import uuid
from typing import Literal
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from botocore.model import OperationModel

from fake_lambda.errors import ApiError
from fake_lambda.messages import Answer, Request

Protocol = Literal["rest-json", "json", "query", "rest-xml"]

_OBJECT_OPERATIONS = {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}


def protocol_of(request: Request) -> Protocol:
    """The protocol that a request is in."""
    if "x-amz-target" in request.headers:
        return "json"
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return "query"
    return "rest-xml" if request.service == "s3" else "rest-json"


def operation_name(request: Request) -> str:
    """The operation of a service other than Lambda; empty where the request does not name it."""
    match protocol_of(request):
        case "json":
            return request.headers["x-amz-target"].rpartition(".")[2]
        case "query":
            return parse_qs(request.body.decode()).get("Action", [""])[0]
        case "rest-xml" if request.path.count("/") > 1:
            return _OBJECT_OPERATIONS.get(request.method, "")
    return ""


def action_name(service: str, operation: str) -> str:
    """What a policy calls an operation."""
    if operation in ("Invoke", "InvokeWithResponseStream"):
        operation = "InvokeFunction"
    return f"{'cloudwatch' if service == 'monitoring' else service}:{operation}"


def denied_code(request: Request) -> str:
    """The error code of a missing permission, which is older in the XML protocols."""
    return "AccessDenied" if protocol_of(request) in ("query", "rest-xml") else "AccessDeniedException"


def error_answer(request: Request, model: OperationModel | None, error: ApiError) -> Answer:
    """An error in the words and the shape of the service that was called."""
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    match protocol_of(request):
        case "rest-json":
            headers |= {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
            kind = "User" if error.status < 500 else "Service"
            document = {"Type": kind, _message_member(model, error): error.message, **error.members}
            return Answer(error.status, json.dumps(document).encode(), headers)
        case "json":
            headers["Content-Type"] = "application/x-amz-json-1.1"
            document = {"__type": error.code, "message": error.message, **error.members}
            return Answer(error.status, json.dumps(document).encode(), headers)
        case "query":
            text = (
                f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>"
                f"<Message>{escape(error.message)}</Message></Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        case "rest-xml":
            text = (
                f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
                f"<RequestId>{request_id}</RequestId></Error>"
            )
    return Answer(error.status, text.encode(), headers | {"Content-Type": "text/xml"})


def _message_member(model: OperationModel | None, error: ApiError) -> str:
    """Lambda's errors have a member `Message` or `message`, each its own."""
    for shape in model.error_shapes if model else ():
        if shape.name == error.code:
            return next((name for name in shape.members if name.lower() == "message"), "Message")
    return "Message"
