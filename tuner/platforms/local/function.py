"""A function on this machine: its code, its handler, its settings, and what can be wrong with them."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from tuner.errors import UsageError
from tuner.records import FunctionSettings, RunWarning

_NODE_SUFFIXES = (".mjs", ".cjs", ".js")


class Family(StrEnum):
    """Which runtime interface client a function needs."""

    PYTHON = "python"
    NODE = "node"
    PROVIDED = "provided"


@dataclass(frozen=True, slots=True)
class LocalTarget:
    """One function on this machine. `declared_runtime` is what its template says, as `python3.12`."""

    name: str
    family: Family
    folder: Path
    handler: str
    declared_runtime: str | None = None
    declared_architecture: str | None = None
    settings: FunctionSettings | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    warnings: tuple[RunWarning, ...] = ()


def handler_target(folder: Path, handler: str, *, name: str, family: Family | None = None) -> LocalTarget:
    """A function by its code folder and handler; the file that is there decides the language.

    Raises:
        UsageError: no file of the folder can hold the handler.
    """
    module, dot, attribute = handler.rpartition(".")
    if not dot or not module or not attribute:
        raise UsageError(
            f"'{handler}' is not a handler",
            "write MODULE.FUNCTION, such as app.handler for handler() in app.py",
        )
    families = [family] if family else [Family.PYTHON, Family.NODE]
    for candidate in families:
        if any(path.is_file() for path in _handler_files(folder, module, candidate)):
            return LocalTarget(name=name, family=candidate, folder=folder, handler=handler)
    tried = [path.relative_to(folder) for each in families for path in _handler_files(folder, module, each)]
    raise UsageError(
        f"no file for the handler '{handler}' in {folder}", f"looked for {', '.join(map(str, tried))}"
    )


def _handler_files(folder: Path, module: str, family: Family) -> list[Path]:
    if family is Family.PYTHON:
        base = folder / module.replace(".", "/")
        return [base.with_name(base.name + ".py"), base / "__init__.py"]
    return [folder / f"{module}{suffix}" for suffix in _NODE_SUFFIXES]


def check_executable(path: Path) -> None:
    """Raises `UsageError` unless the file can be started."""
    if not path.exists():
        raise UsageError(f"there is no {path}", "give the path of an executable, such as ./target/bootstrap")
    if not path.is_file():
        raise UsageError(f"{path} is not a file", "give the path of an executable")
    if not os.access(path, os.X_OK):
        raise UsageError(f"{path} is not executable", f"run: chmod +x {path}")


def with_arguments(
    target: LocalTarget, environment: Mapping[str, str], settings: FunctionSettings | None
) -> LocalTarget:
    """The target with the caller's variables and settings over its own."""
    return replace(
        target,
        environment={**target.environment, **environment},
        settings=settings or target.settings,
    )


def machine_architecture() -> str:
    """This machine's architecture in AWS's words: x86_64 or arm64 (others as the machine says)."""
    machine = platform.machine().lower()
    return {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}.get(machine, machine)
