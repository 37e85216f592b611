"""An AWS account on loopback, for tests that need one: Lambda over HTTP, as the real boto3 sees it.

moto keeps what is ordinary; the rest is played here: states and revisions, versions, invocations with their
logs, limits, and faults on request.
"""

from __future__ import annotations

from fake_lambda.account import Limits
from fake_lambda.behaviour import FunctionFailure, InvokeRequest
from fake_lambda.clock import FakeClock
from fake_lambda.fake import FakeLambda
from fake_lambda.faults import Fault, FaultKind
from fake_lambda.furnishing import FunctionOptions
from fake_lambda.recording import InvocationRecord, RequestRecord

__all__ = [
    "FakeClock",
    "FakeLambda",
    "Fault",
    "FaultKind",
    "FunctionFailure",
    "FunctionOptions",
    "InvocationRecord",
    "InvokeRequest",
    "Limits",
    "RequestRecord",
]
