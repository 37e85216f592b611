"""Who may call a function from outside: resource policies and function URLs, each for one qualifier."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from fake_lambda.account import Account
from fake_lambda.control import Handler
from fake_lambda.errors import ApiError, conflict
from fake_lambda.functions import Function, new_revision
from fake_lambda.paging import paged
from fake_lambda.routes import Call


class AccessControl:
    """Policies and URLs. The caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.operations: Mapping[str, Handler] = {
            "AddPermission": self._add_permission,
            "RemovePermission": self._remove_permission,
            "GetPolicy": self._get_policy,
            "CreateFunctionUrlConfig": self._create_url,
            "GetFunctionUrlConfig": self._get_url,
            "DeleteFunctionUrlConfig": self._delete_url,
            "ListFunctionUrlConfigs": self._list_urls,
        }

    def _add_permission(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._found(call)
        asked = call.parameters
        policy = function.policies.setdefault(qualifier, [])
        if any(statement["Sid"] == asked["StatementId"] for statement in policy):
            raise conflict(f"The statement id ({asked['StatementId']}) provided already exists.")
        principal = asked["Principal"]
        statement: dict[str, Any] = {
            "Sid": asked["StatementId"],
            "Effect": "Allow",
            "Principal": {"Service" if principal.endswith(".amazonaws.com") else "AWS": principal},
            "Action": asked["Action"],
            "Resource": _arn(function, qualifier),
        }
        if "SourceArn" in asked:
            statement["Condition"] = {"ArnLike": {"AWS:SourceArn": asked["SourceArn"]}}
        policy.append(statement)
        return {"Statement": json.dumps(statement)}

    def _remove_permission(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._found(call)
        policy = function.policies.get(qualifier, [])
        kept = [statement for statement in policy if statement["Sid"] != call.parameters["StatementId"]]
        if len(kept) == len(policy):
            raise _nothing_here()
        function.policies[qualifier] = kept
        return {}

    def _get_policy(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._found(call)
        if not function.policies.get(qualifier):
            raise _nothing_here()
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": function.policies[qualifier]}
        return {"Policy": json.dumps(policy), "RevisionId": new_revision()}

    def _create_url(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._found(call)
        if qualifier in function.urls:
            raise conflict(f"FunctionUrlConfig exists for this Lambda function: {_arn(function, qualifier)}")
        host = f"{zlib.crc32(_arn(function, qualifier).encode()):08x}"
        now = self._account.timestamp()
        function.urls[qualifier] = {
            "FunctionUrl": f"https://{host}.lambda-url.{self._account.region}.on.aws/",
            "FunctionArn": _arn(function, qualifier),
            "AuthType": call.parameters["AuthType"],
            "InvokeMode": call.parameters.get("InvokeMode", "BUFFERED"),
            "CreationTime": now,
        }
        return dict(function.urls[qualifier])

    def _get_url(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._found(call)
        if qualifier not in function.urls:
            raise _nothing_here()
        return _shown(function.urls[qualifier])

    def _delete_url(self, call: Call) -> dict[str, Any]:
        function, qualifier = self._found(call)
        if function.urls.pop(qualifier, None) is None:
            raise _nothing_here()
        return {}

    def _list_urls(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        shown = [_shown(url) for url in function.urls.values()]
        return paged("FunctionUrlConfigs", shown, call.parameters, self._account.limits.page_size)

    def _found(self, call: Call) -> tuple[Function, str | None]:
        function, qualifier = self._account.find(call.parameters, region=call.region)
        self._account.version(function, qualifier)
        return function, qualifier


def _shown(url: dict[str, Any]) -> dict[str, Any]:
    return {**url, "LastModifiedTime": url["CreationTime"]}


def _arn(function: Function, qualifier: str | None) -> str:
    return f"{function.arn}:{qualifier}" if qualifier else function.arn


def _nothing_here() -> ApiError:
    return ApiError(404, "ResourceNotFoundException", "The resource you requested does not exist.")
