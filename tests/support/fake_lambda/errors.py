"""The errors that AWS answers with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ApiError(Exception):
    """An answer that is an error: HTTP status, code, message, and members beside them."""

    def __init__(self, status: int, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.members: Mapping[str, Any] = members


def not_found(arn: str) -> ApiError:
    """A function, version or alias that is not there."""
    return ApiError(404, "ResourceNotFoundException", f"Function not found: {arn}")


def conflict(message: str) -> ApiError:
    """Something is in a state that does not allow this."""
    return ApiError(409, "ResourceConflictException", message)


def invalid_parameter(message: str) -> ApiError:
    """A parameter that does not fit."""
    return ApiError(400, "InvalidParameterValueException", message)


def stale_revision() -> ApiError:
    """Somebody changed the resource since it was read."""
    return ApiError(
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id",
    )


def throttled(message: str, reason: str) -> ApiError:
    """Too many calls: `reason` says which limit."""
    return ApiError(429, "TooManyRequestsException", message, Reason=reason)
