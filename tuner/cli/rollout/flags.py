"""The options of `tuner apply` that are for a deployed function, and which of them go with what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from tuner.cli.flags import option_flags
from tuner.errors import UsageError

FOR_FILES = ("shared", "config_env", "write", "pr", "architecture", "provisioned_concurrency")
FOR_SHIFTING = ("canary", "linear", "all_at_once", "bake", "every", "fail", "budget", "resume")
CONNECTION = ("region", "profile", "role", "endpoint_url")
FOR_FUNCTIONS = (*FOR_SHIFTING, "emit", *CONNECTION)

_WHY_NOT = {
    "write": "a rollout asks before it begins; --yes agrees beforehand",
    "architecture": "another architecture needs other code: deploy that first",
    "provisioned_concurrency": (
        "AWS lets nobody set it on an alias that is weighted; what the alias has moves along, and another "
        "number is set after the rollout (aws lambda put-provisioned-concurrency-config)"
    ),
}


def rollout_flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add them to a command."""
    options = [
        click.option("--alias", metavar="NAME", help="Roll out on AWS: shift this alias to a new version."),
        click.option("--latest", is_flag=True, help="Change $LATEST on AWS alone, and at once."),
        click.option("--canary", metavar="10%", help="Shift this share first.  [default: 10%]"),
        click.option("--bake", metavar="5m", help="How long it is watched before the rest.  [default: 5m]"),
        click.option("--linear", metavar="10%", help="Shift this share more and more, in equal steps."),
        click.option("--every", metavar="1m", help="How long each step of --linear takes.  [default: 1m]"),
        click.option("--all-at-once", is_flag=True, help="Shift everything, and watch for --bake."),
        click.option("--fail", multiple=True, metavar="METRIC=LIMIT", help="Roll back above: p95=30%."),
        click.option("--budget", multiple=True, metavar="METRIC=LIMIT", help="Roll back above: p95=800ms."),
        click.option("--resume", is_flag=True, help="Go on with a rollout of this alias that was killed."),
        click.option(
            "--emit",
            metavar="appspec|deployment-preference",
            help="Print the same shift for CodeDeploy, and change nothing.",
        ),
    ]
    function = option_flags(CONNECTION)(function)
    for option in reversed(options):
        function = option(function)
    return function


def check_home(values: dict[str, Any]) -> None:
    """Exactly one place to write to, and only options that go with it. Raises `UsageError`."""
    homes = {"--to": values["target"], "--alias": values["alias"], "--latest": values["latest"]}
    given = [name for name, value in homes.items() if value]
    if len(given) != 1:
        what = "exclude each other" if given else "are missing: give one of them"
        raise UsageError(
            f"{' and '.join(given) if given else '--to, --alias and --latest'} {what}",
            "--to FILE writes into a template, --alias NAME rolls out on AWS, --latest changes $LATEST alone",
        )
    home = given[0]
    wrong = {
        "--to": FOR_FUNCTIONS,
        "--alias": FOR_FILES,
        "--latest": (*FOR_FILES, *FOR_SHIFTING, "emit"),
    }[home]
    for name in wrong:
        if values[name]:
            option = f"--{name.replace('_', '-')}"
            usual = "it is for --alias" if name in FOR_FUNCTIONS else "it is for --to FILE"
            why = _WHY_NOT.get(name, usual) if home != "--to" else usual
            raise UsageError(f"{option} does not go with {home}", why)
