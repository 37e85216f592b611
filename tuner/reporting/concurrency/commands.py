"""Advice as commands to copy: nothing of it is executed here."""

from __future__ import annotations

import shlex

from tuner.concurrency.advice import ConcurrencyAdvice
from tuner.concurrency.schedule import Schedule
from tuner.reporting.concurrency.page import Script
from tuner.reporting.wording import clean

ALIAS = "ALIAS"
"""Stands for the alias: logs and metrics of a function do not name it."""
_NEXT = " \\\n  "
_DAY_MINUTES, _EARLY_MINUTES = 24 * 60, 5


def function_scripts(
    advice: ConcurrencyAdvice, function: str, *, alias: str | None = None
) -> tuple[Script, ...]:
    """How to set the advice for a function on AWS."""
    name, alias, scripts = shlex.quote(clean(function)), alias or ALIAS, []
    if advice.reserved_concurrency is not None:
        command = (
            f"aws lambda put-function-concurrency{_NEXT}--function-name {name}"
            f"{_NEXT}--reserved-concurrent-executions {advice.reserved_concurrency}"
        )
        scripts.append(Script("To reserve it", (command,)))
    provisioned = advice.provisioned
    if provisioned.most > advice.quotas.reservable:
        return tuple(scripts)  # AWS would refuse it
    if provisioned.schedule:
        scripts.append(
            Script(
                "To provision by the hour (UTC)",
                _schedule_commands(provisioned.schedule, f"{function}:{alias}"),
            )
        )
    elif provisioned.environments:
        command = (
            f"aws lambda put-provisioned-concurrency-config{_NEXT}--function-name {name} --qualifier {alias}"
            f"{_NEXT}--provisioned-concurrent-executions {provisioned.environments}"
        )
        scripts.append(Script("To provision it", (command,)))
    return tuple(scripts)


def run_scripts(advice: ConcurrencyAdvice, run: str, *, other_size: bool) -> tuple[Script, ...]:
    """How to write the advice into the file that the function of a run is deployed from."""
    if advice.reserved_concurrency is None:
        return ()
    parts = [
        f"tuner apply {shlex.quote(run)} --to template.yaml",
        f"--reserved-concurrency {advice.reserved_concurrency}",
    ]
    if advice.provisioned.environments:
        parts.append(f"--provisioned-concurrency {advice.provisioned.environments}")
    if other_size:
        parts.append("--no-memory --no-timeout")  # those of the run are of another size
    return (Script("To write it into a template", (_NEXT.join(parts),)),)


def _schedule_commands(schedule: Schedule, qualified: str) -> tuple[str, ...]:
    """A target for Application Auto Scaling, and an action a change."""
    numbers = [hour.environments for hour in schedule.hours]
    resource = shlex.quote(f"function:{clean(qualified)}")
    target = (
        f"--service-namespace lambda --resource-id {resource}",
        "--scalable-dimension lambda:function:ProvisionedConcurrency",
    )
    start = "aws application-autoscaling"
    commands = [
        _NEXT.join(
            (
                f"{start} register-scalable-target",
                *target,
                f"--min-capacity {min(numbers)} --max-capacity {max(numbers)}",
            )
        )
    ]
    for change in schedule.changes:
        rises = change.environments > schedule.hours[change.hour - 1].environments
        hour, minute = divmod((change.hour * 60 - (_EARLY_MINUTES if rises else 0)) % _DAY_MINUTES, 60)
        commands.append(
            _NEXT.join(
                (
                    f"{start} put-scheduled-action",
                    *target,
                    f"--scheduled-action-name tuner-{change.hour:02d}00",
                    f"--schedule 'cron({minute} {hour} * * ? *)'",
                    "--scalable-target-action "
                    f"MinCapacity={change.environments},MaxCapacity={change.environments}",
                )
            )
        )
    return tuple(commands)
