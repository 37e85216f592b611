"""Functions in a file, whatever its format: where each is, and where its settings are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cost_models.errors import did_you_mean
from tuner.apply.document import Document
from tuner.apply.records import Setting
from tuner.apply.tree import Node, Path
from tuner.errors import UsageError


@dataclass(frozen=True, slots=True)
class Property:
    """How a format calls a setting: its key, the map that this is `under`, and whether it wants a list."""

    key: str
    listed: bool = False
    under: str | None = None

    @property
    def way(self) -> Path:
        """The keys that lead to it from the properties of a function."""
        return (self.under, self.key) if self.under else (self.key,)


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its name in the file, and `also` its deployed name and its handler.

    `path` leads to `properties`, the map that holds its settings. `inherits` says that the defaults of the
    file count for it. `repeated` is where it is made several times from one text; `obstacle` is a sentence
    that says why it cannot be changed.
    """

    name: str
    place: int
    path: Path
    properties: Node | None
    also: tuple[str, ...] = ()
    inherits: bool = False
    repeated: str | None = None
    obstacle: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A literal that decides a setting, and `others` that it decides too.

    `limits` is the parameter whose default it is.
    """

    path: Path
    node: Node
    others: tuple[str, ...] = ()
    limits: Node | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """A file with functions.

    `defaults` leads to what counts for all functions that do not say otherwise. Values under the top-level
    `homes` have no effect but through aliases. `resolve` finds what a computed value comes from, or raises
    a `UsageError` that names the place. `provisioned` finds the version or alias of a function that holds its
    provisioned concurrency, where it is not the function itself. `elsewhere` says where more functions are.
    """

    document: Document
    properties: Mapping[Setting, Property]
    beside: tuple[str, ...]
    functions: tuple[Function, ...]
    resolve: Callable[[Document, str, Node], Slot]
    defaults: Path | None = None
    homes: frozenset[str] = frozenset()
    provisioned: Callable[[Document, Function], Function] | None = None
    elsewhere: str | None = None

    def home_of(self, function: Function, setting: Setting) -> Function:
        """What a setting of a function is written into: the function itself, or what stands for it."""
        if setting is Setting.PROVISIONED_CONCURRENCY and self.provisioned:
            return self.provisioned(self.document, function)
        return function

    def function(self, name: str) -> Function:
        """The function that is called this, in the file, on AWS or by its handler. Raises `UsageError`."""
        by_name = [f for f in self.functions if f.name == name]
        found = by_name or [f for f in self.functions if name in f.also or _is_made_from(name, f.name)]
        if len(found) == 1:
            return found[0]
        file = self.document.path.name
        if not self.functions:
            raise UsageError(f"{file} has no function", self.elsewhere or "name the file that defines it")
        if found:
            names = ", ".join(f"{f.name} ({self.document.where(f.place)})" for f in found)
            raise UsageError(
                f"'{name}' is the name of several functions in {file}: {names}", "say which with --function"
            )
        known = did_you_mean(name, [f.name for f in self.functions])
        hint = f"say which with --function; {known}" + (f"; {self.elsewhere}" if self.elsewhere else "")
        raise UsageError(f"{file} has no function '{name}'", hint)


def _is_made_from(deployed: str, logical_id: str) -> bool:
    """Whether CloudFormation gives a function of this logical id such a name: STACK-LOGICALID-RANDOM."""
    return bool(re.fullmatch(rf".+-{re.escape(logical_id)}-[A-Za-z0-9]{{12,13}}", deployed))


def literals(node: Node | None, *keys: str) -> tuple[str, ...]:
    """The plain texts under these keys of a map, as far as they are there."""
    found = [node.get(key) for key in keys] if node else []
    return tuple(value.literal for value in found if value and value.literal)
