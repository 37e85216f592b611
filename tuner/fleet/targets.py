"""A file that says on which target each function is to be tuned."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cost_models.errors import did_you_mean
from tuner.errors import NoAnswerError, UsageError
from tuner.fleet.records import UNKNOWN, Fleet, FleetFunction, Observed
from tuner.settings import SCHEMES

MAX_BYTES = 4 * 1024 * 1024


def read_targets(path: Path) -> dict[str, str]:
    """Function name to target, from lines of TOML as `checkout = "local:src:app.handler"`.

    Raises `UsageError` for a file that says anything else.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"'{path}' is larger than {MAX_BYTES // 1024**2} MB, so it holds no targets")
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the targets in '{path}': {error}") from error
    except tomllib.TOMLDecodeError as error:
        hint = 'write a line for each function: checkout = "model:cpu-bound"'
        raise UsageError(f"'{path}' is not valid TOML: {error}", hint) from error
    for name, target in found.items():
        if not isinstance(target, str) or not target.partition(":")[2]:
            raise UsageError(f"'{path}': {name} has no target", 'write it as checkout = "model:cpu-bound"')
        scheme = target.partition(":")[0]
        if scheme not in SCHEMES:
            hint = did_you_mean(scheme, SCHEMES)
            raise UsageError(f"'{path}': the target of {name} has no known scheme", hint)
    if not found:
        raise NoAnswerError(f"'{path}' names no function", 'write lines as checkout = "model:cpu-bound"')
    return found


def fleet_of_targets(targets: Mapping[str, str]) -> Fleet:
    """Functions of which nothing is known but where they can be tuned, in the order of the file."""
    reason = "Nothing is known of its use, so neither is what tuning would save."
    return Fleet(
        tuple(
            FleetFunction(
                Observed(key=name, function=name, target=target), None, UNKNOWN, None, (reason,), ()
            )
            for name, target in targets.items()
        ),
        source="targets",
    )


def with_targets(fleet: Fleet, targets: Mapping[str, str]) -> Fleet:
    """The fleet with targets of its own for its functions. Raises `UsageError` for a name not in it."""
    names = {function.observed.function for function in fleet.functions}
    for name in targets:
        if name not in names:
            raise UsageError(f"there is no function '{name}' to tune", did_you_mean(name, names))
    return replace(
        fleet,
        functions=tuple(
            replace(f, observed=replace(f.observed, target=targets.get(f.observed.function)))
            for f in fleet.functions
        ),
    )
