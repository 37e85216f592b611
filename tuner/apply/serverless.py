"""Functions of the Serverless Framework's `serverless.yml`."""

from __future__ import annotations

import re

from tuner.apply.document import Document
from tuner.apply.records import Setting
from tuner.apply.template import Function, Property, Slot, Template, literals
from tuner.apply.tree import Entry, Kind, Node, Path
from tuner.errors import UsageError

_PROPERTIES = {
    Setting.MEMORY: Property("memorySize"),
    Setting.TIMEOUT: Property("timeout"),
    Setting.ARCHITECTURE: Property("architecture"),
    Setting.RESERVED_CONCURRENCY: Property("reservedConcurrency"),
    Setting.PROVISIONED_CONCURRENCY: Property("provisionedConcurrency"),
}
_BESIDE = ("memorySize", "timeout", "runtime", "handler")
_OWN_VALUE = re.compile(r"\$\{self:([\w.-]+)(?:,[^}]*)?\}")


def serverless_template(document: Document) -> Template:
    """The functions of a service, with its `provider` as their defaults, or of a file that it includes."""
    included = is_included(document.root)
    functions = document.root if included else document.root.get("functions")
    if functions is None or functions.literal is not None:
        where = document.where(functions.start) if functions else document.path.name
        raise UsageError(f"the functions are not in this file ({where})", "name the file that has them")
    homes = {e.key for e in document.root.entries if e.key == "custom" or e.key.startswith("x-")}
    named: list[tuple[Path, Entry]] = [((), e) for e in functions.entries]
    for n, item in enumerate(functions.items):  # a list of maps is allowed too
        named += [((f"[{n}]",), e) for e in item.entries]
    return Template(
        document,
        _PROPERTIES,
        _BESIDE,
        tuple(
            _function(document, (*(() if included else ("functions",)), *way), entry) for way, entry in named
        ),
        _resolve,
        defaults=("provider",),
        homes=frozenset(homes),
        elsewhere=_elsewhere(functions),
    )


def is_included(root: Node) -> bool:
    """Whether a file is what `functions: ${file(…)}` includes: maps with a handler or an image."""
    return any(e.value.get("handler") or e.value.get("image") for e in root.entries)


def _function(document: Document, way: Path, entry: Entry) -> Function:
    where = document.where(entry.start)
    return Function(
        name=entry.key,
        place=entry.start,
        path=(*way, entry.key),
        properties=entry.value,
        also=literals(entry.value, "name", "handler"),
        inherits=True,
        obstacle=None if entry.value.kind is Kind.MAP else f"{entry.key} is not defined at {where} itself",
    )


def _elsewhere(functions: Node) -> str | None:
    files = [item.literal for item in functions.items if item.literal]
    return f"more are in {', '.join(files[:5])}" if files else None


def _resolve(document: Document, what: str, node: Node) -> Slot:
    """A variable is never followed: other stages may give it other values."""
    found = _OWN_VALUE.fullmatch(node.text.strip())
    source = document.root.get(*found[1].split(".")) if found else None
    place = document.where(source.start if source else node.start)
    raise UsageError(f"{what} is computed at {document.where(node.start)}", f"edit it by hand at {place}")
