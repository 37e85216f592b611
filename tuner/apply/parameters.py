"""Parameters of SAM and CloudFormation templates, and what samconfig.toml sets them to."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuner.apply.document import Document, read_text
from tuner.apply.template import Slot
from tuner.apply.tree import Kind, Node, walk, words
from tuner.errors import UsageError

SAMCONFIG = "samconfig.toml"
_INTRINSIC = re.compile("Fn::|Ref$")
_SAMCONFIG_IN_YAML = ("samconfig.yaml", "samconfig.yml")


def parameter_of(document: Document, node: Node) -> str | None:
    """The parameter that a value refers to with `!Ref` or `Ref`, and with nothing else."""
    name = node.text if node.tag == "!Ref" else None
    if node.kind is Kind.MAP and len(node.entries) == 1:
        target = node.get("Ref")
        name = target.literal if target else None
    return name if name and document.root.get("Parameters", name) else None


def form_of(node: Node) -> str:
    """What is there instead of the literal or the map that should be: `computed by !If`, `a list`."""
    intrinsic = node.tag or next((e.key for e in node.entries if _INTRINSIC.match(e.key)), None)
    forms = {Kind.SCALAR: "a plain value" if node.text else "empty", Kind.MAP: "a map", Kind.LIST: "a list"}
    return f"computed by {intrinsic}" if intrinsic else forms[node.kind]


def is_computed(node: Node) -> bool:
    """Whether the entries of a map are not all that it says, or it is no map."""
    return node.kind is not Kind.MAP or bool(node.tag) or any(_INTRINSIC.match(e.key) for e in node.entries)


def resolve(document: Document, what: str, node: Node) -> Slot:
    """The default of the parameter that a value refers to. Raises `UsageError` where that decides nothing."""
    where, name = document.where(node.start), parameter_of(document, node)
    if name is None:
        raise UsageError(f"{what} is {form_of(node)} at {where}", "edit it there by hand")
    parameter = document.root.get("Parameters", name) or node
    kind, default = parameter.get("Type"), parameter.get("Default")
    home = document.where(parameter.start)
    if kind and kind.text.startswith("AWS::SSM::"):
        raise UsageError(
            f"{what} at {where} comes from the parameter {name} ({home}), which Parameter Store holds",
            "set it there: aws ssm put-parameter --overwrite",
        )
    if default is None:
        raise UsageError(
            f"{what} at {where} comes from the parameter {name} ({home}), which has no default",
            f"set it where the stack is deployed, or name {SAMCONFIG} with --to",
        )
    overridden = overriding_places(document.path.parent, name)
    if overridden:
        raise UsageError(
            f"{what} at {where} comes from the parameter {name}, whose default "
            f"{', '.join(overridden)} overrides",
            f"apply to {SAMCONFIG} with --to, or edit it by hand",
        )
    return Slot(("Parameters", name, "Default"), default, other_uses(document, name, node), limits=parameter)


def other_uses(document: Document, name: str, own: Node) -> tuple[str, ...]:
    """Where else a parameter is referred to."""
    variable = "${" + name + "}"
    inside = {id(own), id(own.get("Ref"))}
    return tuple(
        f"{words(path)} ({document.where(node.start)})"
        for path, node in walk(document.root)
        if id(node) not in inside
        and ((node.text == name and (node.tag == "!Ref" or path[-1:] == ("Ref",))) or variable in node.text)
    )


def check_limits(slot: Slot, document: Document, value: int | str) -> None:
    """Raises `UsageError` where the parameter does not allow a value."""
    if slot.limits is None:
        return
    name, where = slot.path[1], document.where(slot.limits.start)
    allowed = slot.limits.get("AllowedValues")
    if allowed and str(value) not in [item.text for item in allowed.items]:
        raise UsageError(
            f"the parameter {name} ({where}) does not allow {value}", "add it to its AllowedValues"
        )
    if not isinstance(value, int):
        return
    for key, beyond in (("MinValue", int.__lt__), ("MaxValue", int.__gt__)):
        bound = slot.limits.get(key)
        if bound and bound.text.isdecimal() and beyond(value, int(bound.text)):
            raise UsageError(
                f"the parameter {name} ({where}) has {key} {bound.text}, and {value} is beyond it",
                f"change its {key}",
            )


def read_samconfig(path: Path) -> tuple[str, str, Mapping[str, Any]]:
    """A samconfig.toml: its byte order mark, its text and its values. Raises `UsageError`."""
    mark, text = read_text(path)
    try:
        return mark, text, tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"'{path}' is not valid TOML: {error}", "mend the file, and apply again") from error


def overrides(values: Mapping[str, Any]) -> dict[str, dict[str, str | list[str]]]:
    """`parameter_overrides` by environment and command, as they are written."""
    found: dict[str, dict[str, str | list[str]]] = {}
    for environment, commands in values.items():
        for command, settings in commands.items() if isinstance(commands, dict) else ():
            parameters = settings.get("parameters") if isinstance(settings, dict) else None
            text = parameters.get("parameter_overrides") if isinstance(parameters, dict) else None
            if isinstance(text, str) or (isinstance(text, list) and all(isinstance(t, str) for t in text)):
                found.setdefault(environment, {})[command] = text
    return found


def override_pattern(name: str) -> re.Pattern[str]:
    r"""What sets a parameter: `Name=512`, `Name=\"512\"`, `ParameterKey=Name,ParameterValue=512`."""
    key = rf"(?<![\w=]){re.escape(name)}=|ParameterKey={re.escape(name)},\s*ParameterValue="
    return re.compile(rf"(?P<key>{key})(?P<quote>(?:\\?[\"'])?)(?P<value>[^\s\"',\\]*)")


def overriding_places(folder: Path, name: str) -> list[str]:
    """Where the samconfig of a folder overrides a parameter, as FILE:LINE."""
    toml, pattern = folder / SAMCONFIG, override_pattern(name)
    if toml.is_file():
        _, _, values = read_samconfig(toml)
        written = [text for commands in overrides(values).values() for text in commands.values()]
        if not any(pattern.search(part) for text in written for part in parts_of(text)):
            return []
    return [
        f"{path.name}:{number}"
        for path in (toml, *(folder / other for other in _SAMCONFIG_IN_YAML))
        if path.is_file()
        for number, line in enumerate(read_text(path)[1].split("\n"), 1)
        if pattern.search(line) and not line.lstrip().startswith("#")
    ]


def parts_of(written: str | list[str]) -> list[str]:
    """The texts of `parameter_overrides`, which is one or a list of them."""
    return [written] if isinstance(written, str) else written
