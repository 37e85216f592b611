"""Functions of Terraform files: `resource "aws_lambda_function"`."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from tuner.apply.document import MAX_BYTES, Document
from tuner.apply.records import Setting
from tuner.apply.template import Function, Property, Slot, Template, literals
from tuner.apply.tree import Entry, Node, line_of
from tuner.errors import UsageError

_RESOURCE = "resource aws_lambda_function "
_ALIAS = "resource aws_lambda_alias "
_PROVISIONED = "resource aws_lambda_provisioned_concurrency_config "
_PROPERTIES = {
    Setting.MEMORY: Property("memory_size"),
    Setting.TIMEOUT: Property("timeout"),
    Setting.ARCHITECTURE: Property("architectures", listed=True),
    Setting.RESERVED_CONCURRENCY: Property("reserved_concurrent_executions"),
    Setting.PROVISIONED_CONCURRENCY: Property("provisioned_concurrent_executions"),
}
_BESIDE = ("memory_size", "timeout", "runtime", "handler", "function_name")
_NAMED = re.compile(r"(var|local)\.(\w+)")
_ADDRESS = re.compile(r"(?<![\w.-])aws_lambda_\w+\.[\w-]+")
_MOST_FILES = 200
_OPTIONAL = re.compile(r"\?\s*(1\s*:\s*0|0\s*:\s*1)\s*\)?\}?$")


def terraform_template(document: Document) -> Template:
    """The functions of one file of a module."""
    blocks = [e for e in document.root.entries if e.key.startswith(_RESOURCE)]
    modules = [e for e in document.root.entries if e.key.startswith("module ")]
    return Template(
        document,
        _PROPERTIES,
        _BESIDE,
        tuple(_function(document, block) for block in blocks),
        _resolve,
        provisioned=_provisioned,
        elsewhere=_elsewhere(document, modules[0]) if modules else None,
    )


def _elsewhere(document: Document, module: Entry) -> str:
    where = f"{module.key} ({document.where(module.start)})"
    return f"{where} may define more: apply to its files, or edit by hand what it is given"


def _function(document: Document, block: Entry) -> Function:
    return Function(
        name=block.key.removeprefix(_RESOURCE),
        place=block.start,
        path=(block.key,),
        properties=block.value,
        also=(
            block.key.removeprefix("resource ").replace(" ", "."),
            *literals(block.value, "function_name", "handler"),
        ),
        repeated=_repeated(document, block.value),
    )


def _provisioned(document: Document, function: Function) -> Function:
    """The block that gives a version or an alias of a function its provisioned concurrency."""
    entries = document.root.entries
    aliases = [e for e in entries if e.key.startswith(_ALIAS) and _names(e, function)]
    others = [e.key.removeprefix("resource ").replace(" ", ".") for e in aliases]
    blocks = [e for e in entries if e.key.startswith(_PROVISIONED) and _names(e, function, *others)]
    if len(blocks) != 1:
        places = ", ".join(document.where(e.start) for e in blocks) or document.where(function.place)
        sentence = f"{function.name} has {'several' if blocks else 'no'} {_PROVISIONED.split()[1]} ({places})"
        return replace(function, obstacle=sentence)
    name = blocks[0].key.removeprefix("resource ").replace(" ", ".")
    repeated = _repeated(document, blocks[0].value)
    return Function(name, blocks[0].start, (blocks[0].key,), blocks[0].value, repeated=repeated)


def _names(block: Entry, function: Function, *addresses: str) -> bool:
    """Whether a block is for a function, by its name on AWS or with an expression that has an address."""
    named = block.value.get("function_name")
    if named is None:
        return False
    if named.literal is not None and "${" not in named.text:
        return named.text in literals(function.properties, "function_name")
    known = {f"aws_lambda_function.{function.name}", *addresses}
    return not known.isdisjoint(_ADDRESS.findall(named.text))


def _repeated(document: Document, block: Node) -> str | None:
    """Where one block makes several functions; a count of one or none is the usual way of a condition."""
    for key in ("for_each", "count"):
        entry = block.entry(key)
        if entry and not (key == "count" and (entry.value.text == "1" or _OPTIONAL.search(entry.value.text))):
            return f"every function of its {key} ({document.where(entry.start)})"
    return None


def _resolve(document: Document, what: str, node: Node) -> Slot:
    """An expression is never followed: workspaces and .tfvars files may give it other values."""
    where = document.where(node.start)
    expression = " ".join(node.text.split())[:80]
    places = [place for kind, name in _NAMED.findall(node.text) for place in _homes(document, kind, name)]
    hint = f"edit it by hand at {', '.join(dict.fromkeys(places)) or where}"
    raise UsageError(f"{what} is computed by {expression} at {where}", hint)


def _homes(document: Document, kind: str, name: str) -> list[str]:
    """Where the files of a module define a variable or a local value, as FILE:LINE."""
    what = rf'variable\s+"{name}"' if kind == "var" else rf"{name}\s*=[^=]"
    pattern = re.compile(rf"^[ \t]*{what}", re.MULTILINE)
    found = []
    for path in islice(sorted(document.path.parent.glob("*.tf")), _MOST_FILES):
        if path.is_file() and path.stat().st_size <= MAX_BYTES:
            text = path.read_bytes().decode("utf-8", errors="replace")
            match = pattern.search(text) if kind == "var" or "locals" in text else None
            found += [f"{path.name}:{line_of(text, match.start())}"] if match else []
    return found
