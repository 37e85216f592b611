"""Versions and aliases of CloudFormation's functions: they hold the provisioned concurrency."""

from __future__ import annotations

from dataclasses import replace

from tuner.apply.document import Document
from tuner.apply.parameters import form_of, is_computed
from tuner.apply.template import Function, literals
from tuner.apply.tree import Entry, Node

PROVISIONED = "ProvisionedConcurrencyConfig"
_HOLDERS = ("AWS::Lambda::Alias", "AWS::Lambda::Version")


def type_of(entry: Entry) -> str | None:
    """The type of a resource, as far as it is a plain text."""
    kind = entry.value.get("Type")
    return kind.literal if kind else None


def what_is_provisioned(document: Document, function: Function) -> Function:
    """What holds the provisioned concurrency: the function if SAM makes its alias, else its alias or version.

    Where there is none, or more than one, it is the function with an obstacle.
    """
    holder = function if _publishes(document, function) else _holder(document, function)
    config = holder.properties.get(PROVISIONED) if holder.properties else None
    if config and is_computed(config):
        where = document.where(config.start)
        return replace(holder, obstacle=f"the {PROVISIONED} of {holder.name} is {form_of(config)} at {where}")
    return holder


def _publishes(document: Document, function: Function) -> bool:
    """Whether SAM makes an alias of its own for a function."""
    maps = (function.properties, document.root.get("Globals", "Function"))
    return function.inherits and any(found and found.get("AutoPublishAlias") for found in maps)


def _holder(document: Document, function: Function) -> Function:
    resources = document.root.get("Resources")
    entries = resources.entries if resources else ()
    for kind in _HOLDERS:
        found = [e for e in entries if type_of(e) == kind and _is_of(e, function)]
        if len(found) == 1:
            entry = found[0]
            path = ("Resources", entry.key, "Properties")
            return Function(entry.key, entry.start, path, entry.value.get("Properties"))
        if found:
            names = ", ".join(f"{e.key} ({document.where(e.start)})" for e in found)
            return replace(function, obstacle=f"{function.name} has several of {kind}: {names}")
    wanted = "AutoPublishAlias" if function.inherits else "AWS::Lambda::Alias"
    where = document.where(function.place)
    return replace(
        function,
        obstacle=f"{function.name} has no {wanted} ({where}), and only a version or an alias can have it",
    )


def _is_of(entry: Entry, function: Function) -> bool:
    """Whether a version or an alias names a function: by reference, or as it is called on AWS."""
    named = entry.value.get("Properties", "FunctionName")
    if named is None:
        return False
    if named.literal is not None:
        return named.literal in literals(function.properties, "FunctionName")
    return _target(named) in (function.name, f"${{{function.name}}}", f"${{{function.name}.Arn}}")


def _target(node: Node) -> str:
    """What `Ref`, `Fn::GetAtt` or `Fn::Sub` refers to, in its short or its long form."""
    if node.entries:
        return _target(node.entries[0].value)
    if node.items:
        return node.items[0].text
    return node.text.removesuffix(".Arn")
