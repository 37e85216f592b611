"""The control plane of functions and versions: what Lambda does when a function is changed and published."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from fake_lambda.account import ACCOUNT_ID, Account
from fake_lambda.behaviour import Behaviour, default_behaviour
from fake_lambda.errors import conflict, invalid_parameter, stale_revision
from fake_lambda.faults import Fault, FaultKind
from fake_lambda.functions import (
    LATEST,
    Function,
    Version,
    content_digest,
    initial_settings,
    new_revision,
    published_settings,
    with_changes,
)
from fake_lambda.moto_bridge import call_moto
from fake_lambda.paging import paged
from fake_lambda.routes import Call

Handler = Callable[[Call], dict[str, Any]]
Faults = tuple[Fault, ...]

_KNOWN_TO_MOTO = ("FunctionName", "Role", "Runtime", "Handler", "Code", "PackageType", "Tags")
_NOT_IN_LISTS = (
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
)


class FunctionControl:
    """Creates, shows, changes, publishes and deletes. The caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: Mapping[str, Handler] = {
            "CreateFunction": lambda call: self.create(call.parameters, default_behaviour()),
            "GetFunction": self._get_function,
            "GetFunctionConfiguration": self._get_function_configuration,
            "ListFunctions": self._list_functions,
            "ListVersionsByFunction": self._list_versions,
            "UpdateFunctionConfiguration": self._update_configuration,
            "UpdateFunctionCode": self._update_code,
            "PublishVersion": self._publish_version,
            "DeleteFunction": self._delete_function,
        }

    def create(self, parameters: dict[str, Any], behaviour: Behaviour) -> dict[str, Any]:
        """A new function. moto keeps a shadow of it, on which policies, URLs and mappings can hang.

        Raises:
            ApiError: there is one of that name, or moto refuses its role or code.
        """
        account = self._account
        name = parameters["FunctionName"]
        if name in account.functions:
            raise conflict(f"Function already exist: {name}")
        shadow = {key: value for key, value in parameters.items() if key in _KNOWN_TO_MOTO}
        shadow["Code"] = _with_bytes(parameters["Code"])
        code = call_moto("lambda", account.region, "CreateFunction", shadow)
        settings = initial_settings(parameters, code) | {"LastModified": account.timestamp()}
        latest = Version(LATEST, settings, settings)
        latest.state = "Pending"
        self._settle_later(latest, account.limits.publish_seconds, ())
        function = Function(
            name, account.arn(name), latest, behaviour, tags=dict(parameters.get("Tags") or {})
        )
        account.functions[name] = function
        if parameters.get("Publish"):
            latest.settle(float("inf"))
            return self.publish(function)
        return function.describe(latest)

    def update(self, function: Function, changes: Mapping[str, Any], faults: Faults = ()) -> None:
        """Change `$LATEST` as somebody with the permission does; it settles later."""
        latest = function.latest
        settings = with_changes(latest.settings, changes)
        if "ZipFile" in changes or "ImageUri" in changes or "S3Key" in changes:
            settings |= self._new_code(function, changes)
        latest.settings = settings | {"LastModified": self._account.timestamp()}
        latest.revision_id = new_revision()
        latest.last_update_status = "InProgress"
        self._settle_later(latest, self._account.limits.update_seconds, faults)

    def publish(
        self, function: Function, *, description: str | None = None, faults: Faults = ()
    ) -> dict[str, Any]:
        """A version of `$LATEST`, or the last one where nothing changed since."""
        last = function.versions.get(str(function.last_number))
        if last and content_digest(last.settings) == content_digest(
            published_settings(function.latest.settings, description)
        ):
            return function.describe(last, qualifier=last.number)
        function.last_number += 1
        settings = published_settings(function.latest.settings, description)
        settings["LastModified"] = self._account.timestamp()
        version = Version(str(function.last_number), settings, settings)
        limits = self._account.limits
        version.state = "Pending"
        seconds = limits.snap_start_seconds if version.snap_start else limits.publish_seconds
        self._settle_later(version, seconds, faults)
        function.versions[version.number] = version
        return function.describe(version, qualifier=version.number)

    def _settle_later(self, version: Version, seconds: float, faults: Faults) -> None:
        longer = sum(fault.seconds for fault in faults if fault.kind == FaultKind.LONG_UPDATE)
        version.settles_at = self._account.clock.now() + seconds + longer
        version.fails = any(fault.kind == FaultKind.FAILED_UPDATE for fault in faults)

    def _get_function(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._account.find(call.parameters, region=call.region)
        version = self._account.version(function, qualifier)
        document = {
            "Configuration": function.describe(version, qualifier=qualifier),
            "Code": _code_location(version, self._account.region),
        }
        if function.tags:
            document["Tags"] = function.tags
        if function.reserved_concurrency is not None:
            document["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved_concurrency}
        return document

    def _get_function_configuration(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._account.find(call.parameters, region=call.region)
        return function.describe(self._account.version(function, qualifier), qualifier=qualifier)

    def _list_functions(self, call: Call) -> dict[str, Any]:
        shown = []
        elsewhere = call.region not in ("", self._account.region)
        for function in () if elsewhere else self._account.functions.values():
            if call.parameters.get("FunctionVersion") == "ALL":
                shown += self._all_versions(function)
            else:
                shown.append(_listed(function.describe(function.latest)))
        return paged("Functions", shown, call.parameters, self._account.limits.page_size)

    def _list_versions(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        versions = self._all_versions(function)
        return paged("Versions", versions, call.parameters, self._account.limits.page_size)

    def _all_versions(self, function: Function) -> list[dict[str, Any]]:
        versions = (function.latest, *function.versions.values())
        return [_listed(function.describe(version, qualifier=version.number)) for version in versions]

    def _update_configuration(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        self._check_changeable(function, call.parameters)
        self.update(function, call.parameters, call.faults)
        return function.describe(function.latest)

    def _update_code(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        self._check_changeable(function, call.parameters)
        if call.parameters.get("DryRun"):
            return function.describe(function.latest)
        self.update(function, call.parameters, call.faults)
        if call.parameters.get("Publish"):
            return self.publish(function)
        return function.describe(function.latest)

    def _publish_version(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        self._check_changeable(function, call.parameters)
        expected, current = call.parameters.get("CodeSha256"), function.latest.settings["CodeSha256"]
        if expected and expected != current:
            raise invalid_parameter(
                f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({current}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        return self.publish(function, description=call.parameters.get("Description"), faults=call.faults)

    def _delete_function(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._account.find(call.parameters, region=call.region)
        if qualifier is None:
            call_moto("lambda", self._account.region, "DeleteFunction", {"FunctionName": function.name})
            del self._account.functions[function.name]
        elif qualifier == LATEST or qualifier in function.aliases:
            raise invalid_parameter(f"{qualifier} cannot be deleted without deleting the function.")
        else:
            self._delete_version(function, self._account.version(function, qualifier))
        return {"StatusCode": 204}

    def _delete_version(self, function: Function, version: Version) -> None:
        used_by = [a.name for a in function.aliases.values() if version.number in (a.version, *a.routing)]
        if used_by:
            names = ", ".join(used_by)
            raise conflict(f"Unable to delete version because the following aliases reference it: [{names}]")
        del function.versions[version.number]
        function.provisioned.pop(version.number, None)

    def _check_changeable(self, function: Function, parameters: Mapping[str, Any]) -> None:
        latest = function.latest
        if latest.last_update_status == "InProgress":
            raise conflict(
                "The operation cannot be performed at this time. "
                f"An update is in progress for resource: {function.arn}"
            )
        if latest.state == "Pending":
            raise conflict(
                "The operation cannot be performed at this time. "
                "The function is currently in the following state: Pending"
            )
        if parameters.get("RevisionId") not in (None, latest.revision_id):
            raise stale_revision()

    def _new_code(self, function: Function, changes: Mapping[str, Any]) -> dict[str, Any]:
        names = ("ZipFile", "ImageUri", "S3Bucket", "S3Key")
        code = _with_bytes({name: changes[name] for name in names if name in changes})
        answer = call_moto(
            "lambda", self._account.region, "UpdateFunctionCode", {"FunctionName": function.name, **code}
        )
        return {"CodeSha256": answer["CodeSha256"], "CodeSize": answer["CodeSize"]}


def _with_bytes(code: Mapping[str, Any]) -> dict[str, Any]:
    """The code with its zip file decoded, as botocore encodes it once more on the way to moto."""
    if isinstance(code.get("ZipFile"), str):
        return {**code, "ZipFile": base64.b64decode(code["ZipFile"])}
    return dict(code)


def _listed(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _NOT_IN_LISTS}


def _code_location(version: Version, region: str) -> dict[str, str]:
    if version.settings["PackageType"] == "Image":
        image = f"{ACCOUNT_ID}.dkr.ecr.{region}.amazonaws.com/image"
        return {"RepositoryType": "ECR", "ImageUri": f"{image}:latest"}
    digest = version.settings["CodeSha256"]
    return {
        "RepositoryType": "S3",
        "Location": f"https://awslambda-{region}-tasks.s3.{region}.amazonaws.com/{digest}",
    }
