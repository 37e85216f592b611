"""From a target to the platform that runs it: the one place that knows every scheme."""

from __future__ import annotations

from tuner.errors import UsageError
from tuner.platforms.base import Platform
from tuner.settings import Target


def open_platform(target: Target, *, seed: int) -> Platform:
    """The platform of a target, not yet entered. Raises `UsageError` for a target that is not there."""
    if target.scheme == "model":
        from cost_models.workload_file import load_workload
        from tuner.platforms.model import ModelPlatform

        workload = load_workload(target.rest, root=target.root)
        return ModelPlatform(workload, seed=seed, current=target.current)
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
    raise UsageError(f"'{target.spec}' cannot be invoked")
