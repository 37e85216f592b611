"""The same shift for CodeDeploy to do: an AppSpec, or SAM's `DeploymentPreference`.

The names are those of its predefined configurations:
https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
"""

from __future__ import annotations

from enum import StrEnum

from tuner.errors import UsageError
from tuner.rollout.shifting import MINUTE_S, Schedule, Shift

_PREDEFINED_MINUTES = {Shift.CANARY: (5, 10, 15, 30), Shift.LINEAR: (1, 2, 3, 10)}
_PREDEFINED_FRACTION = 0.1


class Emit(StrEnum):
    """What can be printed."""

    APPSPEC = "appspec"
    DEPLOYMENT_PREFERENCE = "deployment-preference"


def deployment_type(schedule: Schedule) -> str:
    """SAM's name of a schedule, such as `Canary10Percent5Minutes`.

    Raises `UsageError`, with the nearest, where CodeDeploy has none that is the same.
    """
    if schedule.shift is Shift.ALL_AT_ONCE:
        return "AllAtOnce"
    minutes = schedule.interval_s / MINUTE_S
    nearest = min(_PREDEFINED_MINUTES[schedule.shift], key=lambda known: abs(known - minutes))
    if nearest == minutes and abs(schedule.fraction - _PREDEFINED_FRACTION) < 1e-9:
        return _name(schedule.shift, nearest)
    after = "--bake" if schedule.shift is Shift.CANARY else "--every"
    raise UsageError(
        f"CodeDeploy has no predefined configuration for {schedule}",
        f"the nearest is {_name(schedule.shift, nearest)}: --{schedule.shift} 10% {after} {nearest}m",
    )


def emit(form: Emit, schedule: Schedule, *, function: str, alias: str) -> str:
    """The text to deploy with. Raises `UsageError` as `deployment_type` does."""
    name = deployment_type(schedule)
    if form is Emit.DEPLOYMENT_PREFERENCE:
        # Without the last line SAM publishes a version for new code only, and not for another memory size.
        return (
            f"AutoPublishAlias: {alias}\n"
            f"DeploymentPreference:\n  Type: {name}\n"
            "AutoPublishAliasAllProperties: true\n"
        )
    return (
        f"# deployment configuration: CodeDeployDefault.Lambda{name}\n"
        "version: 0.0\n"
        "Resources:\n"
        f"  - {function}:\n"
        "      Type: AWS::Lambda::Function\n"
        "      Properties:\n"
        f'        Name: "{function}"\n'
        f'        Alias: "{alias}"\n'
        '        CurrentVersion: "${CURRENT_VERSION}"\n'
        '        TargetVersion: "${TARGET_VERSION}"\n'
    )


def _name(shift: Shift, minutes: int) -> str:
    plural = "s" * (minutes > 1)
    if shift is Shift.CANARY:
        return f"Canary10Percent{minutes}Minute{plural}"
    return f"Linear10PercentEvery{minutes}Minute{plural}"
