"""Flags out of the table of options, for every command that takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from tuner.options import OPTION_FIELDS


def option_flags(names: Iterable[str]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """One flag for each of these options. Values stay text: settings read them with all other sources."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(list(names)):
            field = OPTION_FIELDS[name]
            usual = field.metadata["usual"]
            shown = "" if usual is None else f"  [default: {usual}]"
            function = click.option(
                f"--{name.replace('_', '-')}",
                name,
                metavar=field.metadata["metavar"] or None,
                help=field.metadata["help"] + shown,
                is_flag=field.default is False,
                default=None,
            )(function)
        return function

    return add
