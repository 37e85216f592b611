"""What a `local:` or `command:` target names."""

from __future__ import annotations

from pathlib import Path

from tuner.errors import UsageError
from tuner.platforms.local.function import Family, LocalTarget, check_executable, handler_target
from tuner.platforms.local.template import read_function

_TEMPLATE_SUFFIXES = {".yaml", ".yml", ".json", ".template"}
_EXAMPLES = "write local:FOLDER:module.function or local:template.yaml:LogicalId"


def parse_local(spec: str, *, root: Path) -> LocalTarget:
    """The function that `local:SPEC` names, paths relative to `root`.

    Raises:
        UsageError: the specification, the folder, the template or the handler's file is not usable.
    """
    place, colon, name = spec.rpartition(":")
    if not colon or not place or not name:
        raise UsageError(f"'local:{spec}' does not name a folder and a handler", _EXAMPLES)
    path = (root / Path(place).expanduser()).resolve()
    if not path.exists():
        raise UsageError(f"there is no {path}", _EXAMPLES)
    if path.is_file() and path.suffix.lower() in _TEMPLATE_SUFFIXES:
        return read_function(path, name)
    if path.is_file():
        # `local:src/app.py:handler` and `local:src/app.py:app.handler` mean the same.
        handler = name if "." in name else f"{path.stem}.{name}"
        return handler_target(path.parent, handler, name=path.stem)
    return handler_target(path, name, name=path.name)


def parse_command(spec: str, *, root: Path) -> LocalTarget:
    """The executable that `command:SPEC` names; it speaks the Lambda Runtime API itself.

    Raises:
        UsageError: it is not there or not executable.
    """
    if not spec:
        raise UsageError("'command:' does not name an executable", "write command:./bootstrap")
    path = (root / Path(spec).expanduser()).resolve()
    if path.is_dir() and (path / "bootstrap").is_file():
        path = path / "bootstrap"
    check_executable(path)
    return LocalTarget(name=path.name, family=Family.PROVIDED, folder=path.parent, handler=path.name)
