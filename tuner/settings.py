"""Where settings come from: flags, then TUNER_* variables, then tuner.toml, then defaults.

Every key is known: a misspelt one is refused with the nearest known word, before anything is invoked.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cost_models.errors import CostModelError, did_you_mean
from tuner.errors import SettingsError, UsageError
from tuner.option_values import read_memory, read_timeout_s
from tuner.options import (
    GRID_OPTIONS,
    MEASURING_OPTIONS,
    OPTION_FIELDS,
    RunOptions,
)
from tuner.plans import SearchMethod
from tuner.records import FunctionSettings

SETTINGS_FILE = "tuner.toml"
DEFAULT_REPORT_DIR = "reports"
LAMBDA_DEFAULT_TIMEOUT_S = 3

_AWS_NAME = re.compile(
    r"(arn:aws[a-z0-9-]*:lambda:[a-z0-9-]+:|)(\d{12}:function:|)[a-zA-Z0-9_-]{1,64}(:[$a-zA-Z0-9_-]+)?"
)
"""The name or ARN of a Lambda function, as `tuner.platforms.aws.names` reads it in full."""

_FUNCTION_KEYS = ("target", "memory", "environment", "python", "gate")
_OUTPUT_KEYS = ("report_dir",)
SCHEMES = ("aws", "local", "command", "model", "replay")


@dataclass(frozen=True, slots=True)
class Target:
    """What to measure. `spec` is `scheme:rest`; relative paths in it start at `root`."""

    name: str
    spec: str
    root: Path
    current: FunctionSettings | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str | None = None

    @property
    def scheme(self) -> str:
        """aws, local, command, model or replay."""
        return self.spec.partition(":")[0]

    @property
    def rest(self) -> str:
        """The spec without its scheme."""
        return self.spec.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a run needs to know, after all sources were read."""

    target: Target
    options: RunOptions
    report_dir: Path
    given: frozenset[str]  # options set by a flag or the environment: they win over a replayed run's own
    gate: Mapping[str, tuple[Any, str]] = field(
        default_factory=dict
    )  # values of tuner.toml, with their place


def load_settings(
    target: str, flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path
) -> Settings:
    """The settings of one run.

    Args:
        target: a name from tuner.toml, or `scheme:rest`.
        flags: option name to value, for those given; text or plain values.
        environ: the environment variables; only TUNER_* is read.
        folder: where to look for tuner.toml, upwards.

    Raises:
        SettingsError: a key, value or target that is not understood.
    """
    path = _find_file(folder)
    document = _read_file(path) if path else {}
    root = path.parent if path else folder
    found, function_values = _find_target(target, document, root, folder)
    if found.scheme == "replay":
        _refuse_measuring(flags)
    from_environment = _environment_values(environ)
    defaults = document.get("defaults", {})
    raw: dict[str, tuple[Any, str]] = {}
    for values, source in (
        (defaults, f"{SETTINGS_FILE} [defaults]"),
        (function_values, f"{SETTINGS_FILE} [functions.{target}]"),
    ):
        raw |= {key: (value, f"{source} {key}") for key, value in values.items()}
    raw |= {key: (value, f"TUNER_{key.upper()}") for key, value in from_environment.items()}
    raw |= {key: (value, f"--{key.replace('_', '-')}") for key, value in flags.items()}
    raw.pop("report_dir", None)
    options = read_options({key: value for key, value in raw.items() if key in OPTION_FIELDS})
    return Settings(
        target=found,
        options=options,
        report_dir=_report_dir(document, root, target, {**from_environment, **flags}, folder),
        given=frozenset({*from_environment, *flags}),
        gate=_gate_values(document, target),
    )


def find_report_dir(function: str, flag: str | None, environ: Mapping[str, str], folder: Path) -> Path:
    """Where the reports of a function are, by the same sources as in a run, whether or not it is a target."""
    path = _find_file(folder)
    document = _read_file(path) if path else {}
    given = _environment_values(environ) | ({} if flag is None else {"report_dir": flag})
    return _report_dir(document, path.parent if path else folder, function, given, folder)


def _report_dir(
    document: Mapping[str, Any], root: Path, function: str, given: Mapping[str, Any], folder: Path
) -> Path:
    """Given folders start where the user is, those of tuner.toml where it is."""
    if "report_dir" in given:
        return folder / str(given["report_dir"])
    tables = (_table(document, "functions").get(function, {}), document.get("defaults", {}))
    in_file = next((table["report_dir"] for table in tables if "report_dir" in table), None)
    return folder / DEFAULT_REPORT_DIR if in_file is None else root / str(in_file)


def _gate_values(document: Mapping[str, Any], target: str) -> dict[str, tuple[Any, str]]:
    """The keys of [gate], and over them those of the function's own table."""
    own = _table(document, "functions").get(target, {}).get("gate", {})
    tables = {"[gate]": _table(document, "gate"), f"[functions.{target}.gate]": own}
    values: dict[str, tuple[Any, str]] = {}
    for place, table in tables.items():
        if not isinstance(table, Mapping):
            raise SettingsError(f"{SETTINGS_FILE} {place} must be a table")
        values |= {key: (value, f"{SETTINGS_FILE} {place} {key}") for key, value in table.items()}
    return values


def read_options(raw: Mapping[str, tuple[Any, str]]) -> RunOptions:
    """Options from values with the place they came from. Raises `SettingsError` naming that place."""
    values: dict[str, Any] = {}
    for name, (value, source) in raw.items():
        if value is None:
            continue
        try:
            values[name] = OPTION_FIELDS[name].metadata["read"](value)
        except CostModelError as error:
            raise SettingsError(f"{source}: {error.message}", error.hint) from error
        except (ValueError, TypeError) as error:
            raise SettingsError(f"{source}: {error}") from error
    options = RunOptions(**values)
    if options.min_memory and options.max_memory and options.min_memory > options.max_memory:
        raise SettingsError(f"--min-memory {options.min_memory} is above --max-memory {options.max_memory}")
    if options.predict and options.search:
        raise SettingsError(
            f"{raw['search'][1]} has no effect on a prediction, which measures no memory size",
            "leave out one of --predict and --search",
        )
    for name in GRID_OPTIONS:
        if options.search is SearchMethod.ADAPTIVE and getattr(options, name) is not None:
            raise SettingsError(
                f"{raw[name][1]}: an adaptive search chooses sizes and invocations itself",
                "leave it out, or ask for --search grid; --min-memory and --max-memory bound both",
            )
    return options


def _refuse_measuring(flags: Mapping[str, Any]) -> None:
    """A flag without effect would be taken for one that had some."""
    for name in flags:
        if name in MEASURING_OPTIONS:
            raise SettingsError(
                f"--{name.replace('_', '-')} has no effect on a replay, which invokes nothing",
                "leave it out, or measure again",
            )


def _find_file(folder: Path) -> Path | None:
    candidates = (parent / SETTINGS_FILE for parent in (folder, *folder.parents))
    return next((path for path in candidates if path.is_file()), None)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot read {path}: {error}") from error
    _refuse_unknown(document, ("defaults", "functions", "gate"), str(path))
    _refuse_unknown(_table(document, "defaults"), (*OPTION_FIELDS, *_OUTPUT_KEYS), f"{path} [defaults]")
    for name, function in _table(document, "functions").items():
        where = f"{path} [functions.{name}]"
        if not isinstance(function, dict):
            raise SettingsError(f"{where} must be a table")
        _refuse_unknown(function, (*_FUNCTION_KEYS, *OPTION_FIELDS, *_OUTPUT_KEYS), where)
        if not isinstance(function.get("target"), str):
            raise SettingsError(f"{where}: target is missing", 'add target = "local:PATH:HANDLER"')
    return document


def _table(document: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = document.get(key, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{SETTINGS_FILE}: [{key}] must be a table")
    return table


def _find_target(
    target: str, document: Mapping[str, Any], root: Path, folder: Path
) -> tuple[Target, dict[str, Any]]:
    """The target and the options of its entry in tuner.toml, if it has one."""
    functions = _table(document, "functions")
    if target in functions:
        entry = dict(functions[target])
        found = _target_of(target, entry, root)
        return found, {k: v for k, v in entry.items() if k not in _FUNCTION_KEYS}
    scheme, colon, rest = target.partition(":")
    if scheme in SCHEMES and colon:
        if not rest:
            raise UsageError(f"the target '{target}' names nothing after '{scheme}:'")
        return Target(target, target, folder), {}
    _refuse_near_misses(target, scheme if colon else None, functions)
    return Target(target, f"aws:{target}", folder), {}


def _refuse_near_misses(target: str, scheme: str | None, functions: Mapping[str, Any]) -> None:
    """A misspelt name or scheme would be looked for on AWS, and be a function there at worst."""
    likely = difflib.get_close_matches(target, functions, n=1) or difflib.get_close_matches(
        scheme or "", SCHEMES, n=1
    )
    if likely:
        meant = f"{likely[0]}:{target.partition(':')[2]}" if likely[0] in SCHEMES else likely[0]
        raise SettingsError(
            f"no function named '{target}' in {SETTINGS_FILE}",
            f"did you mean '{meant}'? For a function of AWS Lambda with that name write 'aws:{target}'",
        )
    if not _AWS_NAME.fullmatch(target):
        raise SettingsError(
            f"'{target}' is no target",
            f"give a name of {SETTINGS_FILE}, the name or ARN of a Lambda function, local:PATH:HANDLER, "
            "local:template.yaml:LogicalId, command:PATH, model:NAME or replay:FILE",
        )


def _target_of(name: str, entry: Mapping[str, Any], root: Path) -> Target:
    where = f"{SETTINGS_FILE} [functions.{name}]"
    spec = entry["target"]
    if spec.partition(":")[0] not in SCHEMES:
        raise SettingsError(
            f"{where}: target '{spec}' has no known scheme", f"use one of {', '.join(SCHEMES)}"
        )
    environment = entry.get("environment", {})
    if not isinstance(environment, dict) or not all(isinstance(v, str) for v in environment.values()):
        raise SettingsError(f"{where}: environment must be a table of strings")
    python = entry.get("python")
    if python is not None and not isinstance(python, str):
        raise SettingsError(f"{where}: python must be the path of an interpreter")
    current = None
    if "memory" in entry:
        try:
            timeout_s = read_timeout_s(entry.get("timeout", LAMBDA_DEFAULT_TIMEOUT_S))
            current = FunctionSettings(read_memory(entry["memory"]), timeout_s)
        except ValueError as error:
            raise SettingsError(f"{where}: {error}") from error
    return Target(name, spec, root, current, environment, python)


def _environment_values(environ: Mapping[str, str]) -> dict[str, str]:
    values = {}
    for key, value in environ.items():
        if not key.startswith("TUNER_") or value == "":
            continue
        name = key.removeprefix("TUNER_").lower()
        if name not in OPTION_FIELDS and name not in _OUTPUT_KEYS:
            known = [f"TUNER_{n.upper()}" for n in (*OPTION_FIELDS, *_OUTPUT_KEYS)]
            raise SettingsError(f"unknown environment variable {key}", did_you_mean(key, known))
        values[name] = value
    return values


def _refuse_unknown(table: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            raise SettingsError(f"{where}: unknown key '{key}'", did_you_mean(key, known))
