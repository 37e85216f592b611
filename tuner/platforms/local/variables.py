"""The environment variables of a Lambda function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tuner.platforms.local.function import LocalTarget
from tuner.platforms.local.processes import MARKER_VARIABLE
from tuner.platforms.local.runtimes import Runtime, inherited_environment

ACCOUNT = "123456789012"  # AWS's own example account


def lambda_variables(
    target: LocalTarget, runtime: Runtime, *, memory_mb: int, address: str, marker: str, temporary: Path
) -> dict[str, str]:
    """All variables of a function's process; nothing else of the caller's environment reaches it.

    Source: "Defined runtime environment variables" in the Lambda guide. The function's own variables come
    before ours except for those that Lambda reserves.
    """
    region = region_of(target.environment)
    reserved = {
        "AWS_LAMBDA_RUNTIME_API": address,
        "_HANDLER": target.handler,
        "AWS_LAMBDA_FUNCTION_NAME": target.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory_mb),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{target.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{marker.replace('-', '')}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_EXECUTION_ENV": runtime.execution_env,
        "LAMBDA_TASK_ROOT": str(target.folder),
        "LAMBDA_RUNTIME_DIR": runtime.directory,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "TMPDIR": str(temporary),
        MARKER_VARIABLE: marker,
    }
    defaults = {"TZ": ":UTC", **inherited_environment(), **runtime.environment}
    return {**defaults, **target.environment, **reserved}


def region_of(environment: Mapping[str, str]) -> str:
    """The function's region: its own variable, else us-east-1."""
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"


def function_arn(target: LocalTarget) -> str:
    """An ARN of the right form; the account is AWS's example."""
    return f"arn:aws:lambda:{region_of(target.environment)}:{ACCOUNT}:function:{target.name}"
