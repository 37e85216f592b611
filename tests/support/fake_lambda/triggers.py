"""What sends events to a function, and how it takes them: event source mappings, asynchronous settings, tags.

moto keeps the mappings, on the shadow of the function that it has. It knows no aliases of ours, so that a
mapping's qualifier is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_lambda.account import Account
from fake_lambda.control import Handler
from fake_lambda.functions import Function
from fake_lambda.moto_bridge import call_moto
from fake_lambda.paging import paged
from fake_lambda.routes import Call
from fake_lambda.validation import pruned

_MAPPINGS_PAGE = 100

# Of a whole function: moto's answer stands as it is.
_EVENT_INVOKE = (
    "PutFunctionEventInvokeConfig",
    "GetFunctionEventInvokeConfig",
    "UpdateFunctionEventInvokeConfig",
    "DeleteFunctionEventInvokeConfig",
    "ListFunctionEventInvokeConfigs",
)


class TriggerControl:
    """Passes calls on to moto and mends its answers. The caller holds the account's lock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._targets: dict[str, str] = {}  # function ARN with its qualifier, by the mapping's UUID
        self.operations: Mapping[str, Handler] = {
            **dict.fromkeys(_EVENT_INVOKE, self._on_function),
            "CreateEventSourceMapping": self._create_mapping,
            "ListEventSourceMappings": self._list_mappings,
            "GetEventSourceMapping": self._on_mapping,
            "UpdateEventSourceMapping": self._update_mapping,
            "DeleteEventSourceMapping": self._on_mapping,
            "ListTags": self._list_tags,
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "GetFunctionRecursionConfig": self._get_recursion,
            "PutFunctionRecursionConfig": self._put_recursion,
        }

    def _on_function(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        return self._moto(call, FunctionName=function.name)

    def _create_mapping(self, call: Call) -> dict[str, Any]:
        function, target = self._target(call)
        mapping = self._moto(call, FunctionName=function.name)
        self._targets[mapping["UUID"]] = target
        return self._mended(mapping)

    def _list_mappings(self, call: Call) -> dict[str, Any]:
        wanted = self._target(call)[1] if "FunctionName" in call.parameters else None
        source = {k: v for k, v in call.parameters.items() if k == "EventSourceArn"}
        answer = call_moto("lambda", self._account.region, call.operation, source)
        shown = [self._mended(_clean_mapping(mapping, call)) for mapping in answer["EventSourceMappings"]]
        shown = [mapping for mapping in shown if wanted in (None, mapping["FunctionArn"])]
        return paged("EventSourceMappings", shown, call.parameters, _MAPPINGS_PAGE)

    def _on_mapping(self, call: Call) -> dict[str, Any]:
        return self._mended(self._moto(call))

    def _update_mapping(self, call: Call) -> dict[str, Any]:
        if "FunctionName" not in call.parameters:
            return self._on_mapping(call)
        function, target = self._target(call)
        mapping = self._moto(call, FunctionName=function.name)
        self._targets[mapping["UUID"]] = target
        return self._mended(mapping)

    def _target(self, call: Call) -> tuple[Function, str]:
        function, qualifier = self._account.find(call.parameters, region=call.region)
        self._account.version(function, qualifier)
        return function, f"{function.arn}:{qualifier}" if qualifier else function.arn

    def _mended(self, mapping: dict[str, Any]) -> dict[str, Any]:
        return {**mapping, "FunctionArn": self._targets[mapping["UUID"]]}

    def _list_tags(self, call: Call) -> dict[str, Any]:
        return {"Tags": self._tagged(call).tags}

    def _tag(self, call: Call) -> dict[str, Any]:
        self._tagged(call).tags.update(call.parameters["Tags"])
        return {}

    def _untag(self, call: Call) -> dict[str, Any]:
        tags = self._tagged(call).tags
        for key in call.parameters["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _tagged(self, call: Call) -> Function:
        return self._account.unqualified({"FunctionName": call.parameters["Resource"]}, region=call.region)

    def _get_recursion(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        return {"RecursiveLoop": function.recursive_loop}

    def _put_recursion(self, call: Call) -> dict[str, Any]:
        function = self._account.unqualified(call.parameters, region=call.region)
        function.recursive_loop = call.parameters["RecursiveLoop"]
        return {"RecursiveLoop": function.recursive_loop}

    def _moto(self, call: Call, **changed: str) -> dict[str, Any]:
        parameters = {**call.parameters, **changed}
        answer = call_moto("lambda", self._account.region, call.operation, parameters)
        shape = call.model.output_shape
        document: dict[str, Any] = pruned(answer, shape) if shape else {}
        return document


def _clean_mapping(mapping: dict[str, Any], call: Call) -> dict[str, Any]:
    shape = call.model.output_shape.members["EventSourceMappings"].member
    cleaned: dict[str, Any] = pruned(mapping, shape)
    return cleaned
