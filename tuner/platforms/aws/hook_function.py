"""A function on AWS as a hook: it is invoked once, and its answer is returned."""

from __future__ import annotations

from dataclasses import replace

from tuner.errors import MeasurementError
from tuner.platforms.aws.api import explained
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.names import parse_function_name
from tuner.units import TIMEOUT_MAX_S


def call_function(connection: Connection, arn: str, payload: bytes) -> bytes:
    """The answer of one synchronous invocation.

    Raises `MeasurementError` when the function fails, `AwsError` when it cannot be invoked.
    """
    name = parse_function_name(arn)
    connection = replace(connection, region=name.region or connection.region)
    client = connection.invoking_client(timeout_s=TIMEOUT_MAX_S, parallel=1)
    with explained("Invoke"):
        response = client.invoke(FunctionName=arn, Payload=payload)
        answer: bytes = response["Payload"].read()
    if "FunctionError" in response:
        raise MeasurementError(f"the function of the hook failed: {name}", "look at its log")
    return answer
