"""Changing `$LATEST` one step at a time, and only where it is still what this run knows it to be."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuner.errors import MeasurementError
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.deployed import latest_settings
from tuner.platforms.aws.journal import LatestSettings

ATTEMPTS = 8
PAUSE_S = 0.25  # doubled after each conflict
CONFLICTS = ("PreconditionFailedException", "ResourceConflictException")

_FIELDS = {"memory_mb": "MemorySize", "timeout_s": "Timeout", "description": "Description"}
_OWN_FIELDS = frozenset(
    {
        *_FIELDS.values(),
        "RevisionId",
        "ConfigSha256",
        "LastModified",
        "LastUpdateStatus",
        "LastUpdateStatusReason",
        "LastUpdateStatusReasonCode",
        "State",
        "StateReason",
        "StateReasonCode",
        # In the mode "function update", any change of the configuration brings the newest runtime.
        "RuntimeVersionConfig",
        # Names of the version, not what it does.
        "FunctionArn",
        "Version",
        "MasterArn",
        "ResponseMetadata",
    }
)
"""What this run changes, what AWS changes by itself with every update, and what only names a version."""


class ForeignChangeError(MeasurementError):
    """Somebody else changed the function during the run; what they set is left as it is."""


@dataclass(frozen=True, slots=True)
class Latest:
    """The unpublished version of one function."""

    api: Api
    function: str  # the unqualified ARN

    def settled(self) -> dict[str, Any]:
        """Its configuration, once no update of it is in progress; the last one may have failed."""
        try:
            self.api.wait("function_updated_v2", "GetFunction", FunctionName=self.function)
        except AwsError as error:
            if error.denied:
                # Whoever may not call GetFunction can still wait, and so set the function back.
                self.api.wait("function_updated", "GetFunctionConfiguration", FunctionName=self.function)
            elif error.code != "WaiterError" or self._read().get("LastUpdateStatus") != "Failed":
                raise
        return self._read()

    def _read(self) -> dict[str, Any]:
        return self.api.call("GetFunctionConfiguration", FunctionName=self.function)

    def update(self, changes: Mapping[str, Any], revision: str) -> None:
        """Change fields if the function is still at this revision."""
        self.api.call(
            "UpdateFunctionConfiguration", FunctionName=self.function, RevisionId=revision, **changes
        )

    def become(
        self, wanted: LatestSettings, *, known: tuple[LatestSettings, ...], like: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Bring it to these settings, and return its configuration then.

        Args:
            wanted: the settings to reach.
            known: the settings that it may have now.
            like: the configuration before the run, which everything else must still equal.

        Raises:
            ForeignChangeError: it has settings that are not known, or other fields have changed.
            AwsError: AWS refused.
        """
        for attempt in range(ATTEMPTS):
            configuration = self.settled()
            _refuse_foreign(configuration, (*known, wanted), like)
            # An answer can be lost after the change was made, and the change is then found here.
            if latest_settings(configuration) == wanted:
                _refuse_failed(configuration)
                return configuration
            try:
                self.update(_as_fields(wanted), configuration["RevisionId"])
            except AwsError as error:
                if error.code not in CONFLICTS:
                    raise
                time.sleep(PAUSE_S * 2**attempt)
        raise MeasurementError(
            "the function's configuration could not be changed: it was being changed all the time",
            "run again when nothing is being deployed",
        )

    def set_back(
        self,
        original: LatestSettings,
        told: tuple[LatestSettings, ...],
        *,
        like: Mapping[str, Any] | None = None,
    ) -> tuple[str, ...]:
        """Undo what this run has set, field by field, and read it back.

        Returns the fields, named as in AWS, that somebody else has set meanwhile; they are left alone. Other
        fields than those of the run are compared with the configuration `like`, if one is given.
        """
        for attempt in range(ATTEMPTS):
            configuration = self.settled()
            current = latest_settings(configuration)
            changes: dict[str, Any] = {}
            foreign = [] if like is None else sorted(differing_fields(configuration, like))
            for attribute, name in _FIELDS.items():
                now, before = getattr(current, attribute), getattr(original, attribute)
                if now == before:
                    continue
                if now in {getattr(settings, attribute) for settings in told}:
                    changes[name] = before
                else:
                    foreign.append(name)
            if not changes:
                return tuple(foreign)
            try:
                self.update(changes, configuration["RevisionId"])
            except AwsError as error:
                if error.code not in CONFLICTS:
                    raise
                time.sleep(PAUSE_S * 2**attempt)
        raise MeasurementError("the configuration was being changed all the time")


def differing_fields(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    """The fields in which two configurations of a function do different things."""
    names = {key for key in {*one, *other} if _meant(key, one) != _meant(key, other)}
    return names - _OWN_FIELDS


def _meant(key: str, configuration: Mapping[str, Any]) -> Any:
    """A field, without what AWS adds for versions: a snapshot is on for them and off for `$LATEST`."""
    value = configuration.get(key)
    return value.get("ApplyOn") if key == "SnapStart" and isinstance(value, Mapping) else value


def _refuse_failed(configuration: Mapping[str, Any]) -> None:
    if configuration.get("LastUpdateStatus") == "Failed":
        reason = configuration.get("LastUpdateStatusReason") or "no reason given"
        raise MeasurementError(
            f"AWS could not set {configuration['MemorySize']} MB: {reason}",
            "deploy the function again, and look whether that fails too",
        )


def _refuse_foreign(
    configuration: Mapping[str, Any], known: tuple[LatestSettings, ...], like: Mapping[str, Any]
) -> None:
    names = differing_fields(configuration, like)
    if latest_settings(configuration) not in known:
        names |= {"MemorySize, Timeout or Description"}
    if names:
        raise ForeignChangeError(
            f"somebody else changed the function during the run: {', '.join(sorted(names))}",
            "what they set is left as it is; run again when the deployment has finished",
        )


def _as_fields(settings: LatestSettings) -> dict[str, Any]:
    return {name: getattr(settings, attribute) for attribute, name in _FIELDS.items()}
