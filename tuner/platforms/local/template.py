"""Functions in SAM and CloudFormation templates. Templates are data here: nothing in them is evaluated."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.platforms.local.function import Family, LocalTarget, check_executable, handler_target
from tuner.records import FunctionSettings, RunWarning

_KINDS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_DEFAULT_MEMORY_MB, _DEFAULT_TIMEOUT_S = 128, 3  # both for SAM and CloudFormation
_SIZE_LIMIT_BYTES = 5 * 1024 * 1024  # CloudFormation itself stops at 1 MB
_W_TEMPLATE = "W-TEMPLATE"


def read_function(path: Path, logical_id: str) -> LocalTarget:
    """One function of a template.

    Raises:
        UsageError: the template cannot be read, or the function is not there or not one that runs here.
    """
    document = _load(path)
    resources = _mapping(document.get("Resources"))
    functions = {
        str(name): resource
        for name, resource in resources.items()
        if _mapping(resource).get("Type") in _KINDS
    }
    if logical_id not in functions:
        raise _not_there(path, logical_id, functions, resources)
    resource = _mapping(functions[logical_id])
    properties = dict(_mapping(resource.get("Properties")))
    if resource.get("Type") == _KINDS[0]:
        properties = _merge(_mapping(_mapping(document.get("Globals")).get("Function")), properties)
    return _Function(path, logical_id, properties).target()


def _load(path: Path) -> Mapping[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        if path.stat().st_size > _SIZE_LIMIT_BYTES:
            raise UsageError(f"{path} is too large to be a template")
        # Round-trip mode keeps unknown tags (!Ref, !Sub) as data instead of refusing or running them.
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix == ".json" else YAML(typ="rt", pure=True).load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    # Of comments that stand in odd places the parser says that it has not implemented them.
    except (YAMLError, RecursionError, ValueError, NotImplementedError) as error:
        raise UsageError(f"{path} is not valid YAML or JSON: {str(error).strip()}") from error
    if not isinstance(document, Mapping) or not _mapping(document.get("Resources")):
        raise UsageError(f"{path} has no Resources", "give a SAM or CloudFormation template")
    return document


def _not_there(
    path: Path, logical_id: str, functions: Mapping[str, Any], resources: Mapping[str, Any]
) -> UsageError:
    if logical_id in resources:
        kind = _mapping(resources[logical_id]).get("Type")
        return UsageError(f"'{logical_id}' in {path.name} is a {kind}, not a function", _names(functions))
    near = difflib.get_close_matches(logical_id, list(functions), n=3)
    hint = f"did you mean {' or '.join(near)}?" if near else _names(functions)
    return UsageError(f"{path.name} has no function '{logical_id}'", hint)


def _names(functions: Mapping[str, Any]) -> str:
    return f"its functions: {', '.join(sorted(functions))}" if functions else "it has no functions"


def _merge(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """SAM's Globals: maps are merged, everything else is replaced."""
    merged = dict(defaults)
    for key, value in own.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _plain(value: object) -> str | None:
    """A plain scalar as the function would see it; `None` for an intrinsic, a list or nothing."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


class _Function:
    """One function's merged properties, with the warnings that reading them gives."""

    def __init__(self, path: Path, logical_id: str, properties: Mapping[str, Any]) -> None:
        self.path, self.logical_id, self.properties = path, logical_id, properties
        self.warnings: list[RunWarning] = []

    def target(self) -> LocalTarget:
        """The function as a target of the sandbox."""
        if _plain(self.properties.get("PackageType")) == "Image" or "ImageUri" in self.properties:
            raise UsageError(
                f"{self.logical_id} is a container image, and images cannot run in the local sandbox",
                "measure its handler with local:FOLDER:module.function, or the function itself with aws:NAME",
            )
        folder = self._folder()
        runtime = _plain(self.properties.get("Runtime"))
        if runtime is None:
            raise UsageError(f"{self.logical_id} has no Runtime that can be read", "write it as plain text")
        return replace(
            self._code(folder, runtime),
            declared_runtime=runtime,
            declared_architecture=self._architecture(),
            settings=FunctionSettings(
                memory_mb=self._number("MemorySize", _DEFAULT_MEMORY_MB, 128, 10_240),
                timeout_s=self._number("Timeout", _DEFAULT_TIMEOUT_S, 1, 900),
            ),
            environment=self._environment(),
            warnings=tuple(self.warnings),
        )

    def _code(self, folder: Path, runtime: str) -> LocalTarget:
        if runtime.startswith("provided"):
            check_executable(folder / "bootstrap")
            return LocalTarget(self.logical_id, Family.PROVIDED, folder, "bootstrap")
        families = {"python": Family.PYTHON, "nodejs": Family.NODE}
        family = next((value for prefix, value in families.items() if runtime.startswith(prefix)), None)
        if family is None:
            raise UsageError(
                f"the runtime {runtime} of {self.logical_id} cannot run in the local sandbox",
                "python, nodejs and provided runtimes can; measure the deployed function with aws:NAME",
            )
        handler = _plain(self.properties.get("Handler"))
        if handler is None:
            raise UsageError(f"{self.logical_id} has no Handler that can be read", "write it as plain text")
        return handler_target(folder, handler, name=self.logical_id, family=family)

    def _folder(self) -> Path:
        if "InlineCode" in self.properties or "ZipFile" in _mapping(self.properties.get("Code")):
            raise UsageError(f"the code of {self.logical_id} is inside the template", "put it into a file")
        key = "CodeUri" if "CodeUri" in self.properties else "Code"
        value = self.properties.get(key, ".")
        code = _plain(value)
        if code is None or code.startswith("s3://"):
            raise UsageError(
                f"{key} of {self.logical_id} is not a folder on this machine",
                "name the folder with local:FOLDER:module.function",
            )
        folder = (self.path.parent / code).resolve()
        if not folder.exists():
            raise UsageError(f"{key} of {self.logical_id} is {folder}, which is not there")
        if not folder.is_dir():
            raise UsageError(f"{key} of {self.logical_id} is {folder}, which is not a folder", "unpack it")
        return folder

    def _number(self, key: str, default: int, low: int, high: int) -> int:
        value = self.properties.get(key)
        if value is None:
            return default
        text = _plain(value)
        if text is not None and text.isdigit() and low <= int(text) <= high:
            return int(text)
        if text is not None:
            raise UsageError(f"{key} of {self.logical_id} is {text}; it must be {low} to {high}")
        self._warn(f"{key} of {self.logical_id} is computed by the template; {default} is assumed")
        return default

    def _architecture(self) -> str:
        value = self.properties.get("Architectures")
        first = _plain(value[0]) if isinstance(value, list) and value else None
        return first or "x86_64"  # the service's own default

    def _environment(self) -> dict[str, str]:
        variables = _mapping(_mapping(self.properties.get("Environment")).get("Variables"))
        plain = {str(name): _plain(value) for name, value in variables.items()}
        for name in (name for name, value in plain.items() if value is None):
            self._warn(
                f"the environment variable {name} is computed by the template and was left out",
                f"set it yourself, as {name}=...",
            )
        return {name: value for name, value in plain.items() if value is not None}

    def _warn(self, message: str, hint: str | None = None) -> None:
        self.warnings.append(RunWarning(_W_TEMPLATE, message, hint))
