"""Write docs/cli.md from the real command line, or with --check say whether it is in step."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path

import click

from tuner.cli.main import cli

TARGET = Path(__file__).with_name("cli.md")


def reference() -> str:
    """Every command with its options, as Markdown."""
    context = click.Context(cli)
    parts = ["# The command line", "Written by `make docs`; a test keeps it in step.", _text(cli)]
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            parts += _section(command, f"## tuner {name}")
            subcommands = command.commands if isinstance(command, click.Group) else {}
            for subname, subcommand in subcommands.items():
                parts += _section(subcommand, f"### tuner {name} {subname}")
    return "\n\n".join([*parts, str(cli.epilog)]) + "\n"


def _section(command: click.Command, title: str) -> list[str]:
    usage = " ".join(p.human_readable_name for p in command.params if isinstance(p, click.Argument))
    return [f"{title} {usage}".rstrip(), _text(command), _options(command)]


def _text(command: click.Command) -> str:
    """The help text; a block that click must not wrap becomes a code block."""
    paragraphs = inspect.cleandoc(str(command.help)).split("\n\n")
    return "\n\n".join("```\n" + p.strip("\b\n") + "\n```" if p.startswith("\b") else p for p in paragraphs)


def _options(command: click.Command) -> str:
    rows = ["| option | meaning |", "|---|---|"]
    for option in command.params:
        if isinstance(option, click.Option):
            value = "" if option.is_flag else f" {option.metavar or option.type.name}"
            names = "/".join([option.opts[0], *option.secondary_opts])  # --plot/--no-plot
            flag = f"{names}{value}".replace("|", "\\|")
            rows.append(f"| `{flag}` | {option.help} |")
    return "\n".join(rows)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(
            0 if TARGET.read_text(encoding="utf-8") == reference() else "docs/cli.md is stale: make docs"
        )
    TARGET.write_text(reference(), encoding="utf-8")
