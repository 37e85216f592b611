"""Functions of SAM and CloudFormation templates."""

from __future__ import annotations

from tuner.apply.document import Document
from tuner.apply.parameters import form_of, is_computed, resolve
from tuner.apply.records import Setting
from tuner.apply.template import Function, Property, Template, literals
from tuner.apply.tree import Entry, Node
from tuner.apply.versions import PROVISIONED, type_of, what_is_provisioned

_SAM = "AWS::Serverless::Function"
_KINDS = (_SAM, "AWS::Lambda::Function")
_NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_PROPERTIES = {
    Setting.MEMORY: Property("MemorySize"),
    Setting.TIMEOUT: Property("Timeout"),
    Setting.ARCHITECTURE: Property("Architectures", listed=True),
    Setting.RESERVED_CONCURRENCY: Property("ReservedConcurrentExecutions"),
    Setting.PROVISIONED_CONCURRENCY: Property("ProvisionedConcurrentExecutions", under=PROVISIONED),
}
_BESIDE = ("MemorySize", "Timeout", "Runtime", "Handler", "CodeUri")


def cloudformation_template(document: Document) -> Template:
    """The functions of a template, with SAM's `Globals` as their defaults."""
    resources = document.root.get("Resources")
    entries = resources.entries if resources else ()
    functions = [_function(document, e) for e in entries if type_of(e) in _KINDS]
    return Template(
        document,
        _PROPERTIES,
        _BESIDE,
        tuple(functions),
        resolve,
        defaults=("Globals", "Function"),
        homes=frozenset(
            entry.key
            for entry in document.root.entries
            if entry.key.lower().startswith("x-") or entry.key in ("Metadata", "Mappings")
        ),
        provisioned=what_is_provisioned,
        elsewhere=_elsewhere(document, entries),
    )


def _function(document: Document, entry: Entry) -> Function:
    properties = entry.value.get("Properties")
    return Function(
        name=entry.key,
        place=entry.start,
        path=("Resources", entry.key, "Properties"),
        properties=properties,
        also=literals(properties, "FunctionName", "Handler"),
        inherits=type_of(entry) == _SAM,
        obstacle=_obstacle(document, entry, properties),
    )


def _obstacle(document: Document, entry: Entry, properties: Node | None) -> str | None:
    if properties is None:
        return f"{entry.key} has no Properties at {document.where(entry.start)}"
    if is_computed(properties):
        where = document.where(properties.start)
        return f"the Properties of {entry.key} are {form_of(properties)} at {where}"
    return None


def _elsewhere(document: Document, entries: tuple[Entry, ...]) -> str | None:
    """Where the functions are that a template brings in from other places."""
    for entry in entries:
        if entry.key.startswith("Fn::ForEach"):
            return f"the resources of {entry.key} ({document.where(entry.start)}) are made in a loop"
        if entry.key == "Fn::Transform":
            return f"resources are included at {document.where(entry.start)}: apply to that file"
    nested = {
        e.key: e.value.get("Properties", _NESTED[type_of(e) or ""]) for e in entries if type_of(e) in _NESTED
    }
    files = [f"{name} ({node.literal})" for name, node in nested.items() if node and node.literal]
    return f"nested stacks are files of their own: {', '.join(files[:5])}" if files else None
