"""Rolling out from the command line: the plan, the question, what is seen meanwhile, and the result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from cost_models.errors import did_you_mean
from tuner.cli import output
from tuner.cli.consent import agree
from tuner.cli.rollout.flags import CONNECTION
from tuner.errors import RunInterruptedError, UsageError

if TYPE_CHECKING:
    from tuner.apply import Choice
    from tuner.records import TuningResult
    from tuner.rollout.records import RolloutPlan, RolloutResult
    from tuner.rollout.shifting import Schedule


def roll_out(result: TuningResult, choice: Choice, flags: dict[str, Any]) -> None:
    """`--alias` and `--latest`: change a deployed function. Exits as the rollout ended."""
    from tuner.reporting.rollout import progress_words, result_words, rollout_document
    from tuner.rollout.conducting import Rollout

    schedule = _schedule(flags)
    if flags["emit"]:
        if flags["as_json"]:
            raise UsageError("--emit prints YAML", "leave out --json")
        if flags["resume"]:
            raise UsageError("--emit changes nothing, so it resumes nothing", "leave out --emit or --resume")
        _emit(result, schedule, flags)
        return
    plan = _plan(result, choice, schedule, flags)
    if not plan.changes:
        (output.note if flags["as_json"] else output.result)(result_words(plan, None))
    if not plan.changes or flags["dry_run"]:
        if flags["as_json"]:
            output.document(rollout_document(plan))
        return
    agree(f"Roll this out to {plan.function.name}?", yes=flags["yes"])
    rollout = Rollout(_api(plan), plan, observer=lambda progress: output.note(progress_words(progress)))
    try:
        found = rollout.run()
    except KeyboardInterrupt:
        raise RunInterruptedError(f"interrupted; {plan.function.name} is as it was before") from None
    _show(found, as_json=flags["as_json"])
    if found.exit_code:
        sys.exit(found.exit_code)


def _schedule(flags: dict[str, Any]) -> Schedule:
    from tuner.rollout.shifting import read_schedule

    return read_schedule(
        **{name: flags[name] for name in ("canary", "linear", "all_at_once", "bake", "every")}
    )


def _plan(result: TuningResult, choice: Choice, schedule: Schedule, flags: dict[str, Any]) -> RolloutPlan:
    """The plan, shown on stderr."""
    from tuner.apply import Setting, wishes_of
    from tuner.gate import read_assignments
    from tuner.platforms.aws.api import Api
    from tuner.platforms.aws.connection import Connection
    from tuner.reporting.rollout import plan_words
    from tuner.rollout.planning import RolloutWishes, connection_for, function_of, plan_rollout

    settings, left_out = wishes_of(result, choice)
    function = function_of(result, flags["function"])
    try:
        rules = {name: read_assignments(flags[name]) for name in ("fail", "budget")}
    except ValueError as error:
        raise UsageError(str(error), "write --fail p95=20% or --budget p95=800ms") from error
    wishes = RolloutWishes(
        function=function,
        alias=flags["alias"],
        memory_mb=_whole(settings.get(Setting.MEMORY)),
        timeout_s=_whole(settings.get(Setting.TIMEOUT)),
        schedule=schedule,
        reserved=choice.reserved_concurrency,
        resume=flags["resume"],
        **rules,
    )
    given = Connection(**{name: flags[name] for name in CONNECTION})
    plan = plan_rollout(Api(connection_for(result, function, given)), result, wishes)
    for left in left_out:
        output.note(f"left out: {left.reason}")
    output.warnings(plan.warnings)
    if plan.changes:
        output.note(plan_words(plan))
    return plan


def _emit(result: TuningResult, schedule: Schedule, flags: dict[str, Any]) -> None:
    from tuner.platforms.aws.names import parse_function_name
    from tuner.rollout.emitting import Emit, emit
    from tuner.rollout.planning import function_of

    forms = list(Emit)
    if flags["emit"] not in forms:
        raise UsageError(f"nothing is called '{flags['emit']}'", did_you_mean(flags["emit"], forms))
    form, alias = Emit(flags["emit"]), flags["alias"]
    if form is Emit.DEPLOYMENT_PREFERENCE:
        output.content(emit(form, schedule, function="", alias=alias))
        output.note(
            "put it into the Properties of the function, and write the setting with --to template.yaml"
        )
        return
    function = parse_function_name(function_of(result, flags["function"])).name
    output.content(emit(form, schedule, function=function, alias=alias))
    output.note(
        "CURRENT_VERSION is what 'aws lambda get-alias' shows; for TARGET_VERSION set memory and timeout "
        "(aws lambda update-function-configuration) and publish (aws lambda publish-version); fill both in "
        "with envsubst"
    )


def _show(found: RolloutResult, *, as_json: bool) -> None:
    from tuner.reporting.rollout import result_words, rollout_document

    output.warnings(found.warnings)
    if as_json:
        output.document(rollout_document(found.plan, found))
    (output.note if as_json else output.result)(result_words(found.plan, found))


def _api(plan: RolloutPlan) -> Any:
    from tuner.platforms.aws.api import Api

    return Api(plan.connection)


def _whole(value: int | str | None) -> int | None:
    return None if value is None else int(value)
