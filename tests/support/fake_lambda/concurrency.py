"""The control plane of concurrency: account settings, reserved and provisioned concurrency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_lambda.account import Account
from fake_lambda.control import Handler
from fake_lambda.errors import ApiError, invalid_parameter
from fake_lambda.functions import LATEST, Function, Provisioned
from fake_lambda.limits import unreserved
from fake_lambda.paging import paged
from fake_lambda.routes import Call

_GB = 1024**3


class ConcurrencyControl:
    """Shows and sets what may run at once. The caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: Mapping[str, Handler] = {
            "GetAccountSettings": self._account_settings,
            "PutFunctionConcurrency": self._put_reserved,
            "GetFunctionConcurrency": self._get_reserved,
            "DeleteFunctionConcurrency": self._delete_reserved,
            "PutProvisionedConcurrencyConfig": self._put_provisioned,
            "GetProvisionedConcurrencyConfig": self._get_provisioned,
            "DeleteProvisionedConcurrencyConfig": self._delete_provisioned,
            "ListProvisionedConcurrencyConfigs": self._list_provisioned,
        }

    def _account_settings(self, call: Call) -> dict[str, Any]:
        functions = self._account.functions.values()
        versions = [v for f in functions for v in (f.latest, *f.versions.values())]
        return {
            "AccountLimit": {
                "TotalCodeSize": 300 * _GB,
                "CodeSizeUnzipped": 262144000,
                "CodeSizeZipped": 52428800,
                "ConcurrentExecutions": self._account.limits.concurrency_limit,
                "UnreservedConcurrentExecutions": unreserved(self._account),
            },
            "AccountUsage": {
                "TotalCodeSize": sum(version.settings.get("CodeSize", 0) for version in versions),
                "FunctionCount": len(self._account.functions),
            },
        }

    def _put_reserved(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        wanted = call.parameters["ReservedConcurrentExecutions"]
        floor = self._account.limits.unreserved_floor
        if unreserved(self._account, besides=function) - wanted < floor:
            raise invalid_parameter(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{floor}]."
            )
        function.reserved_concurrency = wanted
        return {"ReservedConcurrentExecutions": wanted}

    def _get_reserved(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        reserved = function.reserved_concurrency
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def _delete_reserved(self, call: Call) -> dict[str, Any]:
        self._account.unqualified(call.parameters, region=call.region).reserved_concurrency = None
        return {}

    def _put_provisioned(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._qualified(call)
        wanted = call.parameters["ProvisionedConcurrentExecutions"]
        others = sum(p.wanted for name, p in function.provisioned.items() if name != qualifier)
        floor = self._account.limits.unreserved_floor
        room = function.reserved_concurrency
        if room is None:
            room = unreserved(self._account) - floor
        if others + wanted > room:
            raise invalid_parameter(
                "Specified ProvisionedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{floor}]."
            )
        ready_at = self._account.clock.now() + self._account.limits.provisioned_seconds
        provisioned = Provisioned(wanted, ready_at, self._account.timestamp())
        function.provisioned[qualifier] = provisioned
        return self._described(provisioned)

    def _get_provisioned(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._qualified(call)
        return self._described(_existing(function, qualifier))

    def _delete_provisioned(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._qualified(call)
        _existing(function, qualifier)
        del function.provisioned[qualifier]
        return {}

    def _list_provisioned(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        shown = [
            {"FunctionArn": f"{function.arn}:{qualifier}", **self._described(provisioned)}
            for qualifier, provisioned in function.provisioned.items()
        ]
        page_size = self._account.limits.page_size
        return paged("ProvisionedConcurrencyConfigs", shown, call.parameters, page_size)

    def _qualified(self, call: Call) -> tuple[Function, str]:
        function, qualifier = self._account.find(call.parameters, region=call.region)
        if qualifier in (None, LATEST):
            raise invalid_parameter(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
            )
        self._account.version(function, qualifier)
        return function, str(qualifier)

    def _described(self, provisioned: Provisioned) -> dict[str, Any]:
        ready = self._account.clock.now() >= provisioned.ready_at
        return {
            "RequestedProvisionedConcurrentExecutions": provisioned.wanted,
            "AvailableProvisionedConcurrentExecutions": provisioned.wanted if ready else 0,
            "AllocatedProvisionedConcurrentExecutions": provisioned.wanted if ready else 0,
            "Status": "READY" if ready else "IN_PROGRESS",
            "LastModified": provisioned.last_modified,
        }


def _existing(function: Function, qualifier: str) -> Provisioned:
    if qualifier not in function.provisioned:
        raise ApiError(
            404,
            "ProvisionedConcurrencyConfigNotFoundException",
            "No Provisioned Concurrency Config found for this function",
        )
    return function.provisioned[qualifier]
