"""`samconfig.toml`: values of parameters, for one environment or another."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cost_models.errors import did_you_mean
from tuner.apply.edits import Edit
from tuner.apply.parameters import (
    SAMCONFIG,
    other_uses,
    override_pattern,
    overrides,
    parameter_of,
    parts_of,
    read_samconfig,
)
from tuner.apply.records import Change, Scope, Setting, Wishes
from tuner.apply.slots import declared_value
from tuner.apply.template import Function, Template
from tuner.apply.tree import line_of
from tuner.errors import UsageError


def template_name(path: Path) -> str | None:
    """The template that a samconfig.toml names, if it names one."""
    _, _, values = read_samconfig(path)
    for commands in values.values():
        for settings in commands.values() if isinstance(commands, dict) else ():
            parameters = settings.get("parameters") if isinstance(settings, dict) else None
            for key in ("template_file", "template"):
                named = parameters.get(key) if isinstance(parameters, dict) else None
                if isinstance(named, str):
                    return named
    return None


def change_overrides(
    path: Path, template: Template, function: Function, wishes: Wishes, scope: Scope
) -> tuple[bytes, bytes, list[Change]]:
    """The file before and after, and what changes. Raises `UsageError`."""
    mark, text, _ = read_samconfig(path)
    before, changes = text, []
    for setting, value in wishes.items():
        parameter = _parameter(template, function, setting, scope)
        environment = _environment(path, tomllib.loads(text), parameter, scope)
        text, made = _change(text, environment, parameter, setting, value)
        changes += made
    return (mark + before).encode(), (mark + text).encode(), changes


def _parameter(template: Template, function: Function, setting: Setting, scope: Scope) -> str:
    document, key = template.document, template.properties[setting].key
    node = declared_value(template, template.home_of(function, setting), template.properties[setting])
    name = parameter_of(document, node) if node else None
    if node is None or name is None:
        where = document.where(node.start if node else function.place)
        raise UsageError(
            f"{key} of {function.name} is no parameter at {where}, so {SAMCONFIG} does not set it",
            f"apply to the template: --to {document.path}",
        )
    others = other_uses(document, name, node)
    if others and not scope.shared:
        raise UsageError(
            f"the parameter {name} of {key} is shared with {', '.join(others[:5])}",
            "--shared changes it for all of them",
        )
    return name


def _environment(path: Path, values: Mapping[str, Any], parameter: str, scope: Scope) -> str:
    """The environment that is meant, among those that set a parameter. Raises `UsageError`."""
    pattern = override_pattern(parameter)
    found = [
        environment
        for environment, commands in overrides(values).items()
        if any(pattern.search(part) for written in commands.values() for part in parts_of(written))
    ]
    if not found:
        raise UsageError(f"'{path.name}' does not override {parameter}", "apply to the template itself")
    if scope.config_env is None and len(found) > 1:
        raise UsageError(
            f"'{path.name}' overrides {parameter} in several environments: {', '.join(found)}",
            "say which with --config-env",
        )
    if scope.config_env not in (None, *found):
        raise UsageError(
            f"the environment '{scope.config_env}' of '{path.name}' does not override {parameter}",
            did_you_mean(str(scope.config_env), found),
        )
    return scope.config_env or found[0]


def _change(
    text: str, environment: str, parameter: str, setting: Setting, value: int | str
) -> tuple[str, list[Change]]:
    """One parameter, in every command of an environment that sets it."""
    values, changes = tomllib.loads(text), []
    for command, written in overrides(values)[environment].items():
        found = next(filter(None, map(override_pattern(parameter).search, parts_of(written))), None)
        if found is None or found["value"] == str(value):
            continue
        wanted = _with_override(values, environment, command, parameter, value)
        edit = _edit_that_makes(text, parameter, value, wanted)
        if edit is None or not found["value"].isdecimal():
            raise UsageError(
                f"{parameter} of {environment}.{command} in {SAMCONFIG} is not written as a plain number",
                "edit it by hand",
            )
        text, values = edit.apply(text), wanted
        way = (environment, command, "parameters", "parameter_overrides", parameter)
        changes.append(Change(setting, way, line_of(text, edit.start), int(found["value"]), value))
    return text, changes


def _with_override(
    values: Mapping[str, Any], environment: str, command: str, parameter: str, value: int | str
) -> dict[str, Any]:
    """A copy of the values with one parameter changed."""
    pattern = override_pattern(parameter)

    def changed(part: str) -> str:
        return pattern.sub(lambda m: f"{m['key']}{m['quote']}{value}", part)

    written = values[environment][command]["parameters"]["parameter_overrides"]
    new = changed(written) if isinstance(written, str) else [changed(part) for part in written]
    settings = values[environment][command]
    parameters = settings["parameters"] | {"parameter_overrides": new}
    return {
        **values,
        environment: values[environment] | {command: settings | {"parameters": parameters}},
    }


def _edit_that_makes(text: str, parameter: str, value: int | str, wanted: Mapping[str, Any]) -> Edit | None:
    """The one place in the text whose change gives the wanted values: TOML has no parser with places."""
    for match in override_pattern(parameter).finditer(text):
        edit = Edit(*match.span("value"), str(value))
        try:
            if tomllib.loads(edit.apply(text)) == wanted:
                return edit
        except tomllib.TOMLDecodeError:
            continue
    return None
