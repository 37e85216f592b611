"""The one door to AWS: every call is in the table of permissions, and every failure becomes a clear error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from tuner.errors import MeasurementError
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.permissions import CALLS, ApiCall, Scope

PRICING_REGION = "us-east-1"  # one of the few regions where the Price List API answers

POLL_S = 1
WAIT_S = 300

ACCESS_DENIED = ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "AuthorizationError")
EXPIRED = ("ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId")
_CREDENTIAL_ERRORS = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "CredentialRetrievalError",
    "ProfileNotFound",
    "NoRegionError",
    "TokenRetrievalError",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
)


class AwsError(MeasurementError):
    """A call that AWS refused, or that did not reach it.

    `code` is AWS's name for the error; `status` the HTTP status, 0 when there was no answer.
    """

    def __init__(
        self, call: ApiCall, code: str, message: str, hint: str | None = None, *, status: int = 0
    ) -> None:
        super().__init__(message, hint)
        self.call = call
        self.code = code
        self.status = status

    @property
    def denied(self) -> bool:
        """Whether the caller lacks the permission."""
        return self.code in ACCESS_DENIED


class Api:
    """Calls AWS for one caller. Safe to use from several threads."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._clients: dict[str, Any] = {}
        self._lock = Lock()

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Make one call that may safely be retried. Raises `AwsError`."""
        from botocore import xform_name

        with explained(operation):
            answer: dict[str, Any] = getattr(self.client(operation), xform_name(operation))(**parameters)
        return answer

    def pages(self, operation: str, key: str, **parameters: Any) -> list[Any]:
        """The items under `key` of every page of a listing. Raises `AwsError`."""
        from botocore import xform_name

        with explained(operation):
            paginator = self.client(operation).get_paginator(xform_name(operation))
            return [item for page in paginator.paginate(**parameters) for item in page.get(key, [])]

    def wait(self, waiter: str, operation: str, *, seconds: int = WAIT_S, **parameters: Any) -> None:
        """Wait with one of the SDK's waiters, which polls with `operation`. Raises `AwsError`."""
        with explained(operation):
            self.client(operation).get_waiter(waiter).wait(
                **parameters, WaiterConfig={"Delay": POLL_S, "MaxAttempts": seconds // POLL_S}
            )

    def client(self, operation: str) -> Any:
        """The client that makes a call of the table; made once, and shared by threads."""
        service = CALLS[operation].service
        with self._lock, explained(operation):
            if service not in self._clients:
                region = PRICING_REGION if service == "pricing" else None
                self._clients[service] = self.connection.control_client(service, region=region)
            return self._clients[service]


@contextmanager
def explained(operation: str) -> Iterator[None]:
    """Turn whatever boto3 raises during a call of the table into an `AwsError`."""
    from botocore.exceptions import BotoCoreError, ClientError, WaiterError

    call = CALLS[operation]
    try:
        yield
    except ClientError as error:
        raise _refused(call, error.response) from error
    except WaiterError as error:
        last = error.last_response if isinstance(error.last_response, dict) else {}
        if "Error" in last:
            raise _refused(call, last) from error
        raise AwsError(call, "WaiterError", f"AWS did not finish in time: {error}") from error
    except BotoCoreError as error:
        kind = type(error).__name__
        hint = "check the network, the region and --endpoint-url"
        if kind in _CREDENTIAL_ERRORS:
            hint = "set AWS_PROFILE or --profile (aws configure, aws sso login), and --region"
        raise AwsError(call, kind, f"AWS could not be asked: {error}", hint) from error


def _refused(call: ApiCall, response: dict[str, Any]) -> AwsError:
    found = response.get("Error", {})
    code = str(found.get("Code", "Unknown"))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = str(found.get("Message") or found.get("message") or "no reason given")
    hint = None
    if code in ACCESS_DENIED:
        hint = f"allow {call.action}, to {call.purpose}"
        if call.scope is not Scope.LOGS:
            hint += "; 'tuner doctor NAME --policy' prints the whole policy"
    elif code in EXPIRED:
        hint = "the credentials have expired or are not valid: sign in again"
    elif code == "TooManyRequestsException":
        hint = "AWS throttled the call for longer than it was retried: run again when less is being deployed"
    return AwsError(call, code, f"AWS refused {call.operation}: {text} ({code})", hint, status=status)
