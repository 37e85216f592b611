"""Where a setting of a function has to be written, and who else would see it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tuner.apply.records import Scope, Setting
from tuner.apply.template import Function, Property, Slot, Template
from tuner.apply.tree import Kind, Node, Path, walk, words
from tuner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Gap:
    """A map that does not have a property yet, the `way` to that, and what it `inherits` meanwhile."""

    path: Path
    into: Node
    way: Path
    inherits: Node | None = None


def find_place(template: Template, function: Function, setting: Setting, scope: Scope) -> Slot | Gap:
    """The literal that decides a setting, or the map to add it to.

    A default of the file is changed where nobody else inherits it; else the function gets its own value.

    Raises:
        UsageError: the value is computed, or others would see the change and `scope` does not say so.
    """
    wanted, home = template.properties[setting], template.home_of(function, setting)
    if home.obstacle or home.properties is None:
        raise UsageError(f"{wanted.key} cannot be written: {home.obstacle}", "edit it there by hand")
    found: Slot | Gap | None = None
    own = home.properties.get(*wanted.way)
    if own:
        found = _settled(template, home, wanted, Slot((*home.path, *wanted.way), own))
    elif not _merged(home.properties, wanted.way):
        found = _inherited(template, home, wanted, scope)
    if found is None:
        found = _gap(template, home, home.properties, wanted)
    others = _others(template, home, found)
    if others and not scope.shared:
        raise UsageError(
            f"{wanted.key} of {home.name} is shared: changing it would also change {', '.join(others[:5])}",
            "--shared changes it for all of them",
        )
    return found


def _inherited(template: Template, function: Function, wanted: Property, scope: Scope) -> Slot | None:
    default = _default(template, function, wanted)
    if default is None or template.defaults is None:
        return None
    heirs = [
        f.name
        for f in template.functions
        if f.inherits and f is not function and not (f.properties and f.properties.get(*wanted.way))
    ]
    if heirs and not scope.shared:
        return None
    slot = _settled(template, function, wanted, Slot((*template.defaults, *wanted.way), default))
    return replace(slot, others=(*slot.others, *heirs))


def _gap(template: Template, function: Function, properties: Node, wanted: Property) -> Gap:
    """Where a property is missing: in the map that it is kept under, if there is one already."""
    inherits = declared_value(template, function, wanted)
    under = properties.get(wanted.under) if wanted.under else None
    if wanted.under and under:
        return Gap((*function.path, wanted.under), under, (wanted.key,), inherits)
    return Gap(function.path, properties, wanted.way, inherits)


def declared_value(template: Template, function: Function, wanted: Property) -> Node | None:
    """What the file says of a property: the function itself, what is merged into it, or the defaults."""
    own = function.properties
    return (own and (own.get(*wanted.way) or _merged(own, wanted.way))) or _default(
        template, function, wanted
    )


def _default(template: Template, function: Function, wanted: Property) -> Node | None:
    """What counts for a function that does not say otherwise."""
    if template.defaults is None or not function.inherits:
        return None
    return template.document.root.get(*template.defaults, *wanted.way)


def _merged(properties: Node, way: Path) -> Node | None:
    """What a map gets from others through `<<`."""
    source = properties.get("<<")
    maps = (source, *source.items) if source else ()
    return next((found for m in maps if (found := m.get(*way) or _merged(m, way))), None)


def _settled(template: Template, function: Function, wanted: Property, slot: Slot) -> Slot:
    """The slot of the literal itself: in its list, or behind what refers to it."""
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


def _others(template: Template, function: Function, place: Slot | Gap) -> tuple[str, ...]:
    """Who else sees a change there: through references, through aliases, through repetition."""
    root = template.document.root
    node, added = (place.into, place.way) if isinstance(place, Gap) else (place.node, ())
    aliases = [
        words(path)
        for path in ways_to(root, node)
        if path != place.path and path[0] not in template.homes and _counts(root, (*path, *added))
    ]
    known = place.others if isinstance(place, Slot) else ()
    return (*known, *aliases, *([function.repeated] if function.repeated else []))


def _counts(root: Node, path: Path) -> bool:
    """Whether what is merged in at `<<` is not hidden by a property of the map itself."""
    if "<<" not in path:
        return True
    place = path.index("<<")
    map_ = root.get(*path[:place])
    hidden = (step for step in path[place + 1 :] if not step.startswith("["))  # `<<` may have a list
    return not (map_ and map_.entry(next(hidden, "")))
