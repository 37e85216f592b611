"""A function as a test describes it, and how it comes to be."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from cost_models.workload import Workload
from cost_models.workload_file import load_workload
from fake_lambda.account import ACCOUNT_ID
from fake_lambda.behaviour import Behaviour, Handler, LogLines, ModelBehaviour, SandboxBehaviour

ROLE = "fake-lambda"
"""The role of every function; moto refuses one that does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionOptions:
    """What a function is and does.

    `workload` (a catalog name or a `Workload`, "cpu-bound" if None) tells its durations, `handler` makes the
    answer from event and memory or raises `FunctionFailure`, `log_lines` makes what the function itself logs.
    With `sandbox` (a `local:` specification and its root) it really runs instead.

    `log_style` "old" leaves the status out of REPORT lines; `system_log_level` WARN hides the report of a
    success in the JSON format. `recent_invocations` is what CloudWatch knows of its unqualified use in the
    last hour, `recent_duration_ms` what a call took lately; `metrics` has more of that, as "Errors" or with
    the statistic as "Duration p95": a number, or numbers by the start of their period [s since 1970].
    `extra_configuration` is shown in its configuration on top.
    """

    memory_mb: int = 512
    timeout_s: int = 3
    workload: str | Workload | None = None
    sandbox: tuple[str, Path] | None = None
    handler: Handler | None = None
    log_lines: LogLines | None = None
    log_format: Literal["Text", "JSON"] = "Text"
    log_group: str | None = None
    log_style: Literal["new", "old"] = "new"
    system_log_level: Literal["DEBUG", "INFO", "WARN"] = "INFO"
    snap_start: bool = False
    tracing: bool = False
    architecture: str = "x86_64"
    runtime: str = "python3.12"
    package_type: Literal["Zip", "Image"] = "Zip"
    description: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    reserved_concurrency: int | None = None
    recent_invocations: int = 0
    recent_duration_ms: float = 0.0
    metrics: Mapping[str, float | Mapping[float, float]] = field(default_factory=dict)
    extra_configuration: Mapping[str, Any] = field(default_factory=dict)

    def parameters(self, name: str) -> dict[str, Any]:
        """The members of a `CreateFunction` request for it."""
        logging: dict[str, str] = {"LogFormat": self.log_format}
        if self.log_format == "JSON":
            logging |= {"ApplicationLogLevel": "INFO", "SystemLogLevel": self.system_log_level}
        if self.log_group:
            logging["LogGroup"] = self.log_group
        return {
            "FunctionName": name,
            "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE}",
            "MemorySize": self.memory_mb,
            "Timeout": self.timeout_s,
            "Description": self.description,
            "Architectures": [self.architecture],
            "PackageType": self.package_type,
            "TracingConfig": {"Mode": "Active" if self.tracing else "PassThrough"},
            "SnapStart": {"ApplyOn": "PublishedVersions" if self.snap_start else "None"},
            "LoggingConfig": logging,
            "Environment": {"Variables": dict(self.environment)},
            "Tags": dict(self.tags),
            **self._package(name),
        }

    def behaviour(self, *, real_time: float) -> Behaviour:
        """What stands behind it."""
        if self.sandbox is not None:
            return SandboxBehaviour(*self.sandbox, log_lines=self.log_lines)
        model = self.workload
        if not isinstance(model, Workload):
            model = load_workload(model or "cpu-bound")
        return ModelBehaviour(model, self.handler, self.log_lines, real_time)

    def _package(self, name: str) -> dict[str, Any]:
        if self.package_type == "Image":
            return {"Code": {"ImageUri": f"{ACCOUNT_ID}.dkr.ecr.eu-central-1.amazonaws.com/{name}:latest"}}
        code = base64.b64encode(_zipped(f"# {name}\n")).decode()
        return {"Runtime": self.runtime, "Handler": "app.handler", "Code": {"ZipFile": code}}


def _zipped(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), source)
    return buffer.getvalue()
