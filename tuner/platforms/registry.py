"""From a target to the platform that runs it: the one place that knows every scheme."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tuner.errors import UsageError
from tuner.options import RunOptions
from tuner.platforms.base import Platform
from tuner.settings import Target

if TYPE_CHECKING:
    from tuner.platforms.aws.connection import Connection


def open_platform(target: Target, options: RunOptions) -> Platform:
    """The platform of a target, not yet entered. Raises `UsageError` for a target that is not there."""
    if target.scheme == "aws":
        from tuner.platforms.aws.platform import AwsOptions, open_aws

        highest = (options.max_memory or 0, *(options.memory_sizes or ()))
        aws = AwsOptions(_connection(options), options.stream, options.expect_error or (), max(highest))
        return open_aws(target.rest, aws)
    if target.scheme == "model":
        from cost_models.workload_file import load_workload
        from tuner.platforms.model import ModelPlatform

        workload = load_workload(target.rest, root=target.root)
        return ModelPlatform(workload, seed=options.seed, current=target.current)
    if target.scheme in ("local", "command"):
        from tuner.platforms import local

        opened = local.open_local if target.scheme == "local" else local.open_command
        return opened(
            target.rest,
            root=target.root,
            environment=target.environment,
            python=target.python,
            settings=target.current,
        )
    raise UsageError(f"'{target.spec}' is analysed without an invocation, so there is nothing to plan")


def object_reader(options: RunOptions) -> Callable[[str], bytes]:
    """What reads an `s3://` object with the caller's credentials; AWS is not asked before it is used."""

    def read(url: str) -> bytes:
        from tuner.platforms.aws.api import Api
        from tuner.platforms.aws.objects import read_object

        return read_object(Api(_connection(options)), url)

    return read


def function_caller(options: RunOptions) -> Callable[[str, bytes], bytes]:
    """What invokes a function of a hook by its ARN, once, and returns its answer."""

    def call(arn: str, payload: bytes) -> bytes:
        from tuner.platforms.aws.hook_function import call_function

        return call_function(_connection(options), arn, payload)

    return call


def _connection(options: RunOptions) -> Connection:
    from tuner.platforms.aws.connection import Connection

    return Connection(options.profile, options.region, options.role, options.endpoint_url)
