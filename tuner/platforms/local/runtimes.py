"""The runtime interface client of each kind of function: where it is, and how it is started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tuner.errors import MeasurementError, UsageError
from tuner.platforms.local.function import Family, LocalTarget

_CHECK_TIMEOUT_S = 60
_PYTHON_CHECK = (
    "import json, platform, importlib.util as u\n"
    "from importlib import metadata as m\n"
    "found = u.find_spec('awslambdaric') is not None\n"
    "print(json.dumps([platform.python_version(), m.version('awslambdaric') if found else None]))"
)


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a function is started. `{old}` and `{semi}` in `argv` stand for Node's heap sizes."""

    version: str
    argv: tuple[str, ...]
    client: str
    warm_ups: int
    execution_env: str
    directory: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, memory_mb: int) -> list[str]:
        """The command line at one memory size."""
        # Lambda's own Node bootstrap gives the young generation a tenth of the memory and the old one the
        # rest (as copied in lambci/docker-lambda and lambci/node-custom-lambda); V8's default does not know
        # the size and would be killed where Lambda collects garbage.
        young = memory_mb // 10
        return [word.format(old=memory_mb - young, semi=young // 2) for word in self.argv]


def inherited_environment() -> dict[str, str]:
    """The few variables of the caller that a function's process needs. Everything else may be a secret."""
    names = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
    found = {name: os.environ[name] for name in names if name in os.environ}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", **found}


def python_path(python: str | None) -> str:
    """The interpreter to use.

    Raises:
        UsageError: it is not there.
    """
    if python is None:
        return sys.executable
    found = shutil.which(python)
    if found is None:
        raise UsageError(f"there is no Python interpreter {python}", "give the path of one with awslambdaric")
    return str(Path(found).absolute())  # not resolved: a link is what makes a virtual environment


def find_runtime(target: LocalTarget, python: str) -> Runtime:
    """How to start a target here.

    Raises:
        MeasurementError: its runtime interface client is not installed.
    """
    match target.family:
        case Family.PYTHON:
            return _python_runtime(target, python)
        case Family.NODE:
            return _node_runtime(target)
        case Family.PROVIDED:
            path = target.folder / target.handler
            return Runtime(
                version="provided",
                argv=(str(path).replace("{", "{{").replace("}", "}}"),),
                client="its own",
                warm_ups=2,
                execution_env=f"AWS_Lambda_{target.declared_runtime or 'provided'}",
                directory=str(target.folder),
            )


def _run(argv: list[str], folder: Path, extra: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            argv,
            cwd=folder,
            env={**inherited_environment(), **extra},
            capture_output=True,
            text=True,
            timeout=_CHECK_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MeasurementError(f"{argv[0]} cannot be started: {error}") from error


def _python_runtime(target: LocalTarget, python: str) -> Runtime:
    extra = {name: value for name, value in target.environment.items() if name == "PYTHONPATH"}
    check = _run([python, "-c", _PYTHON_CHECK], target.folder, extra)
    try:
        version, client = json.loads(check.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        raise MeasurementError(f"{python} does not work", check.stderr.strip()[-500:] or None) from None
    if client is None:
        raise MeasurementError(
            f"awslambdaric, which runs Python handlers, is not installed for {python}",
            f"run: {python} -m pip install awslambdaric",
        )
    minor = ".".join(version.split(".")[:2])
    return Runtime(
        version=f"python {version}",
        argv=(_plain(python), "-m", "awslambdaric", _plain(target.handler)),
        client=f"awslambdaric {client}",
        warm_ups=2,
        execution_env=f"AWS_Lambda_python{minor}",
        directory=str(Path(python).parent),
        # /var/task is read-only on Lambda: nothing is compiled into the code folder there, nor here.
        environment={"PYTHONDONTWRITEBYTECODE": "1"},
    )


def _node_runtime(target: LocalTarget) -> Runtime:
    node = shutil.which("node")
    if node is None:
        raise MeasurementError(
            "node, which this function needs, is not installed", "install Node.js 20 or newer"
        )
    version = _run([node, "--version"], target.folder, {}).stdout.strip().removeprefix("v")
    package = _find_node_client(target.folder, node)
    if package is None:
        raise MeasurementError(
            f"aws-lambda-ric, which runs Node handlers, is not installed for {target.folder}",
            f"run: cd {target.folder} && npm install --no-save aws-lambda-ric@3.3.0 "
            "(it compiles: needs g++, make, cmake, autoconf, automake, libtool)",
        )
    manifest = json.loads((package / "package.json").read_text())
    entry = manifest["bin"] if isinstance(manifest["bin"], str) else manifest["bin"]["aws-lambda-ric"]
    heap = ("--max-semi-space-size={semi}", "--max-old-space-size={old}")
    return Runtime(
        version=f"node {version}",
        argv=(_plain(node), "--expose-gc", *heap, _plain(str(package / entry)), _plain(target.handler)),
        client=f"aws-lambda-ric {manifest.get('version')}",
        warm_ups=4,  # V8 deoptimises a hot function once or twice before it settles
        execution_env=f"AWS_Lambda_nodejs{version.partition('.')[0]}.x",
        directory=str(package),
    )


def _find_node_client(folder: Path, node: str) -> Path | None:
    """aws-lambda-ric in the function's node_modules, in one above it, or among the global packages."""
    for place in (folder, *folder.parents):
        package = place / "node_modules" / "aws-lambda-ric"
        if (package / "package.json").is_file():
            return package
    npm = shutil.which("npm", path=f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if npm:
        package = Path(_run([npm, "root", "-g"], folder, {}).stdout.strip()) / "aws-lambda-ric"
        if (package / "package.json").is_file():
            return package
    return None


def _plain(word: str) -> str:
    """A word of a command line that holds no heap size."""
    return word.replace("{", "{{").replace("}", "}}")
