"""`--power-tuning-input`: the execution input of AWS Lambda Power Tuning for a target and flags."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tuner.cli import output


def taken_over(
    path: Path | None, target: str | None, flags: Mapping[str, Any], *, dry_run: bool
) -> tuple[str, dict[str, Any], bool]:
    """The target, the options and whether it is a dry run: as on the command line, else as in the input.

    How each key of the input was understood is printed to stderr.
    """
    options = dict(flags)
    if path is not None:
        from tuner.interchange.power_tuning_input import read_input

        found = read_input(path, flags)
        output.note(f"{path}, as it was understood:")
        for key, words in found.understood.items():
            used = key != "lambdaARN" or target is None
            output.note(f"  {key}: {words if used else 'not used: the command line names a target'}")
        options = {**found.options, **flags}
        target, dry_run = target or found.target, dry_run or found.dry_run
    if target is None:
        raise click.UsageError("Missing argument 'TARGET'.", click.get_current_context())
    return target, options, dry_run
