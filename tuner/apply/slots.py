"""Where a setting of a function has to be written, and who else would see it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuner.apply.records import Scope, Setting
from tuner.apply.template import Function, Slot, Template
from tuner.apply.tree import Kind, Node, Path, walk, words
from tuner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Gap:
    """A map that does not have a property yet, and the value that it `inherits` meanwhile."""

    path: Path
    into: Node
    inherits: Node | None = None


def find_place(template: Template, function: Function, setting: Setting, scope: Scope) -> Slot | Gap:
    """The literal that decides a setting, or the map to add it to.

    A default of the file is changed where nobody else inherits it; else the function gets its own value.

    Raises:
        UsageError: the value is computed, or others would see the change and `scope` does not say so.
    """
    key = template.properties[setting].key
    if function.obstacle or function.properties is None:
        raise UsageError(f"{key} cannot be written: {function.obstacle}", "edit it there by hand")
    found: Slot | Gap | None = None
    own = function.properties.entry(key)
    if own:
        found = _settled(template, function, setting, Slot((*function.path, key), own.value))
    elif not _merged(function.properties, key):
        found = _inherited(template, function, setting, scope)
    if found is None:
        inherits = declared_value(template, function, key)
        found = Gap(function.path, function.properties, inherits)
    others = _others(template, function, found, key)
    if others and not scope.shared:
        raise UsageError(
            f"{key} of {function.name} is shared: changing it would also change {', '.join(others[:5])}",
            "--shared changes it for all of them",
        )
    return found


def _inherited(template: Template, function: Function, setting: Setting, scope: Scope) -> Slot | None:
    key = template.properties[setting].key
    default = _default(template, function, key)
    if default is None or template.defaults is None:
        return None
    heirs = [
        f.name
        for f in template.functions
        if f.inherits and f is not function and not (f.properties and f.properties.entry(key))
    ]
    if heirs and not scope.shared:
        return None
    slot = _settled(template, function, setting, Slot((*template.defaults, key), default))
    return replace(slot, others=(*slot.others, *heirs))


def declared_value(template: Template, function: Function, key: str) -> Node | None:
    """What the file says of a property: the function itself, what is merged into it, or the defaults."""
    own = function.properties
    return (own and (own.get(key) or _merged(own, key))) or _default(template, function, key)


def _default(template: Template, function: Function, key: str) -> Node | None:
    """What counts for a function that does not say otherwise."""
    if template.defaults is None or not function.inherits:
        return None
    return template.document.root.get(*template.defaults, key)


def _merged(properties: Node, key: str) -> Node | None:
    """What a map gets from others through `<<`."""
    source = properties.get("<<")
    maps = (source, *source.items) if source else ()
    return next((found for m in maps if (found := m.get(key) or _merged(m, key))), None)


def _settled(template: Template, function: Function, setting: Setting, slot: Slot) -> Slot:
    """The slot of the literal itself: in its list, or behind what refers to it."""
    wanted = template.properties[setting]
    node, path = slot.node, slot.path
    if wanted.listed and only_item(node) is not node:
        node, path = only_item(node), (*path, "[0]")
    if node.literal is None or "${" in node.text:
        return template.resolve(template.document, f"{wanted.key} of {function.name}", node)
    return Slot(path, node)


def only_item(node: Node) -> Node:
    """The value in a list of one; anything else is itself."""
    return node.items[0] if node.kind is Kind.LIST and node.tag is None and len(node.items) == 1 else node


def ways_to(root: Node, node: Node) -> list[Path]:
    """Every path that leads to a node: one, and one more for each alias."""
    return [path for path, found in walk(root) if found is node]


def _others(template: Template, function: Function, place: Slot | Gap, key: str) -> tuple[str, ...]:
    """Who else sees a change there: through references, through aliases, through repetition."""
    root = template.document.root
    node = place.into if isinstance(place, Gap) else place.node
    aliases = [
        words(path)
        for path in ways_to(root, node)
        if path != place.path and path[0] not in template.homes and _counts(root, path, key)
    ]
    known = place.others if isinstance(place, Slot) else ()
    return (*known, *aliases, *([function.repeated] if function.repeated else []))


def _counts(root: Node, path: Path, key: str) -> bool:
    """Whether what is merged in at `<<` is not hidden by a property of the map itself."""
    if "<<" not in path:
        return True
    map_ = root.get(*path[: path.index("<<")])
    return not (map_ and map_.entry(key))
