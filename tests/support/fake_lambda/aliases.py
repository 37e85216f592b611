"""The control plane of aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_lambda.account import Account
from fake_lambda.control import Handler
from fake_lambda.errors import conflict, invalid_parameter, stale_revision
from fake_lambda.functions import Alias, Function, new_revision
from fake_lambda.paging import paged
from fake_lambda.routes import Call


class AliasControl:
    """Names for versions. The caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: Mapping[str, Handler] = {
            "CreateAlias": self._create,
            "GetAlias": self._get,
            "UpdateAlias": self._update,
            "DeleteAlias": self._delete,
            "ListAliases": self._list,
        }

    def _create(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        name = call.parameters["Name"]
        if name in function.aliases:
            raise conflict(f"Alias already exists: {function.arn}:{name}")
        if name.isdigit():
            raise invalid_parameter("An alias name cannot be a number.")
        self._check_versions(function, call.parameters)
        alias = Alias(
            name,
            call.parameters["FunctionVersion"],
            call.parameters.get("Description", ""),
            _routing(call.parameters),
        )
        function.aliases[name] = alias
        return _described(function, alias)

    def _get(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        return _described(function, self._account.alias(function, call.parameters["Name"]))

    def _update(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        alias = self._account.alias(function, call.parameters["Name"])
        if call.parameters.get("RevisionId") not in (None, alias.revision_id):
            raise stale_revision()
        self._check_versions(function, call.parameters)
        alias.version = call.parameters.get("FunctionVersion", alias.version)
        alias.description = call.parameters.get("Description", alias.description)
        if "RoutingConfig" in call.parameters:
            alias.routing = _routing(call.parameters)
        alias.revision_id = new_revision()
        return _described(function, alias)

    def _delete(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        self._account.alias(function, call.parameters["Name"])
        del function.aliases[call.parameters["Name"]]
        return {}

    def _list(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        wanted = call.parameters.get("FunctionVersion")
        shown = [
            _described(function, alias)
            for alias in sorted(function.aliases.values(), key=lambda alias: alias.name)
            if wanted in (None, alias.version, *alias.routing)
        ]
        return paged("Aliases", shown, call.parameters, self._account.limits.page_size)

    def _check_versions(self, function: Function, parameters: Mapping[str, Any]) -> None:
        for number in (parameters.get("FunctionVersion"), *_routing(parameters)):
            self._account.version(function, number)


def _routing(parameters: Mapping[str, Any]) -> dict[str, float]:
    return dict(parameters.get("RoutingConfig", {}).get("AdditionalVersionWeights") or {})


def _described(function: Function, alias: Alias) -> dict[str, Any]:
    document: dict[str, Any] = {
        "AliasArn": f"{function.arn}:{alias.name}",
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision_id,
    }
    if alias.routing:
        document["RoutingConfig"] = {"AdditionalVersionWeights": alias.routing}
    return document
