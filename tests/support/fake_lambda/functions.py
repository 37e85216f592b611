"""Functions, their versions and aliases, and the configuration documents that AWS shows of them."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_lambda.behaviour import Behaviour

LATEST = "$LATEST"

# Members that are shown as they were set. What is empty is not shown.
_PLAIN = (
    "Role",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Runtime",
    "KMSKeyArn",
    "TracingConfig",
    "FileSystemConfigs",
    "EphemeralStorage",
    "CapacityProviderConfig",
    "DurableConfig",
    "RuntimeConfig",
    "AcceleratorConfig",
    "TenancyConfig",
    "PackageType",
    "Architectures",
)
_STATE_REASONS = {
    "Pending": {"StateReason": "The function is being created.", "StateReasonCode": "Creating"},
    "Inactive": {"StateReason": "The function is idle.", "StateReasonCode": "Idle"},
    "Failed": {"StateReason": "The function could not be initialized.", "StateReasonCode": "FunctionError"},
}
_NOT_CONTENT = ("Description", "LastModified")


def new_revision() -> str:
    """A revision id, as AWS makes them."""
    return str(uuid.uuid4())


@dataclass(slots=True)
class Version:
    """One version, `$LATEST` included. `settings` are what answers show, `running` what invocations run with.

    Both differ only while an update is in progress. `settles_at` [s since 1970] is when it ends, `fails` how.
    `generation` counts the changes that took effect: environments of an older one are not used again.
    """

    number: str
    settings: dict[str, Any]
    running: dict[str, Any]
    state: str = "Active"
    last_update_status: str = "Successful"
    settles_at: float | None = None
    fails: bool = False
    generation: int = 0
    revision_id: str = field(default_factory=new_revision)

    def settle(self, now: float) -> None:
        """End what was in progress when its time has come; the revision changes once more then."""
        if self.settles_at is None or now < self.settles_at:
            return
        self.settles_at = None
        self.revision_id = new_revision()
        if self.state == "Pending":
            self.state = "Failed" if self.fails else "Active"
        else:
            self.last_update_status = "Failed" if self.fails else "Successful"
        if not self.fails:
            self.running = self.settings
            self.generation += 1
        self.fails = False

    @property
    def snap_start(self) -> bool:
        """Whether its environments are restored from a snapshot."""
        return self.number != LATEST and self.running["SnapStart"]["OptimizationStatus"] == "On"


@dataclass(slots=True)
class Alias:
    """A name for a version, or for two with a weight."""

    name: str
    version: str
    description: str = ""
    routing: dict[str, float] = field(default_factory=dict)
    revision_id: str = field(default_factory=new_revision)


@dataclass(slots=True)
class Provisioned:
    """Provisioned concurrency of a version or alias; available from `ready_at` [s since 1970] on."""

    wanted: int
    ready_at: float
    last_modified: str


@dataclass(slots=True)
class Function:
    """One function with everything that hangs on it; policies and URLs by the qualifier they are for.

    `extra` is shown in its configuration on top.
    """

    name: str
    arn: str
    latest: Version
    behaviour: Behaviour
    log_style: str = "new"
    extra: Mapping[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    provisioned: dict[str, Provisioned] = field(default_factory=dict)
    policies: dict[str | None, list[dict[str, Any]]] = field(default_factory=dict)
    urls: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    reserved_concurrency: int | None = None
    recursive_loop: str = "Terminate"
    recent_invocations: int = 0
    recent_duration_ms: float = 0.0
    metrics: Mapping[str, float | Mapping[float, float]] = field(default_factory=dict)
    last_number: int = 0

    def describe(self, version: Version, *, qualifier: str | None = None) -> dict[str, Any]:
        """The configuration of a version as it is answered; `qualifier` is the one it was asked by."""
        document = {
            **version.settings,
            "FunctionName": self.name,
            "FunctionArn": f"{self.arn}:{qualifier}" if qualifier else self.arn,
            "Version": version.number,
            "ConfigSha256": content_digest(version.settings),
            "RevisionId": version.revision_id,
            "State": version.state,
            "LastUpdateStatus": version.last_update_status,
        }
        if version.state in _STATE_REASONS:
            document |= _STATE_REASONS[version.state]
        if version.last_update_status == "InProgress":
            document["LastUpdateStatusReason"] = "The function is being updated."
        if version.last_update_status == "Failed":
            document |= {
                "LastUpdateStatusReason": "The configuration could not be applied.",
                "LastUpdateStatusReasonCode": "InvalidConfiguration",
            }
        return document | dict(self.extra)


def content_digest(settings: Mapping[str, Any]) -> str:
    """What makes a version differ from another: code and configuration, not the description."""
    content = {name: value for name, value in settings.items() if name not in _NOT_CONTENT}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def initial_settings(parameters: Mapping[str, Any], code: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new function: AWS's defaults, what was asked for, and its code's size and digest."""
    defaults = {
        "Description": "",
        "Timeout": 3,
        "MemorySize": 128,
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{parameters['FunctionName']}"},
        "CodeSha256": code["CodeSha256"],
        "CodeSize": code["CodeSize"],
    }
    return with_changes(defaults, parameters)


def with_changes(settings: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """New settings, with the members of a request applied as `UpdateFunctionConfiguration` does."""
    changed = dict(settings)
    changed.update({name: parameters[name] for name in _PLAIN if name in parameters})
    if "Environment" in parameters:
        variables = parameters["Environment"].get("Variables")
        changed["Environment"] = {"Variables": variables} if variables else None
    if "DeadLetterConfig" in parameters:
        target = parameters["DeadLetterConfig"].get("TargetArn")
        changed["DeadLetterConfig"] = {"TargetArn": target} if target else None
    if "VpcConfig" in parameters:
        subnets = parameters["VpcConfig"].get("SubnetIds")
        changed["VpcConfig"] = {**parameters["VpcConfig"], "VpcId": "vpc-0fake" if subnets else ""}
    if "Layers" in parameters:
        changed["Layers"] = [{"Arn": arn, "CodeSize": 1} for arn in parameters["Layers"]]
    if "ImageConfig" in parameters:
        changed["ImageConfigResponse"] = {"ImageConfig": parameters["ImageConfig"]}
    if "SnapStart" in parameters:
        apply_on = parameters["SnapStart"].get("ApplyOn", "None")
        changed["SnapStart"] = {"ApplyOn": apply_on, "OptimizationStatus": "Off"}
    if "LoggingConfig" in parameters:
        changed["LoggingConfig"] = {**settings["LoggingConfig"], **parameters["LoggingConfig"]}
    shown_when_empty = ("Description", "VpcConfig", "Layers")
    return {name: value for name, value in changed.items() if value or name in shown_when_empty}


def published_settings(settings: Mapping[str, Any], description: str | None) -> dict[str, Any]:
    """The settings of a version made from those of `$LATEST`."""
    published = dict(settings)
    if description is not None:
        published["Description"] = description
    on = settings["SnapStart"]["ApplyOn"] == "PublishedVersions"
    published["SnapStart"] = {**settings["SnapStart"], "OptimizationStatus": "On" if on else "Off"}
    return published
