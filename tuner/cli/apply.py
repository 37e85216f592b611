"""`tuner apply RUN`: write a recommendation into the file of a function, or roll it out on AWS."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.cli.rollout.flags import check_home, rollout_flags
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.apply import ChangePlan, Choice, Scope
    from tuner.records import TuningResult
    from tuner.reporting.pull_request import PullRequest

_CHOICE = ("memory", "timeout", "architecture", "reserved_concurrency", "provisioned_concurrency")
_LONGEST = 1_000
"""The characters of an error; a file may have long names."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@click.command("apply", short_help="Write a recommendation into a template, or roll it out.")
@click.argument("run")
@click.option(
    "--to",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A SAM or CloudFormation template, serverless.yml, a .tf file, samconfig.toml, or a file of CDK.",
)
@click.option(
    "--function",
    metavar="NAME",
    help="Its logical id, name or handler; on AWS its name or ARN.  [default: the function of the run]",
)
@click.option("--memory/--no-memory", default=True, help="Write the memory size.  [default: yes]")
@click.option(
    "--timeout/--no-timeout",
    default=None,
    help="Write the timeout.  [default: yes, but not that of a local sandbox]",
)
@click.option("--architecture", is_flag=True, help="Write the architecture of the run too.")
@click.option(
    "--reserved-concurrency",
    type=click.IntRange(min=0),
    metavar="N",
    help="Write a reserved concurrency too.",
)
@click.option(
    "--provisioned-concurrency",
    type=click.IntRange(min=1),
    metavar="N",
    help="Write a provisioned concurrency too, where an alias or a version is for it.",
)
@click.option("--shared", is_flag=True, help="Also change what other functions share.")
@click.option("--config-env", metavar="NAME", help="The environment of samconfig.toml that is meant.")
@click.option("--write", is_flag=True, help="Change the file; without it the difference is only shown.")
@click.option("--dry-run", is_flag=True, help="Change nothing, even with --write.")
@click.option("--yes", is_flag=True, help="Do not ask before the file is changed.")
@click.option("--pr", is_flag=True, help="Print a branch name, a commit message and a pull request's text.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan, or the rollout, as one JSON document.")
@rollout_flags
def command(*, run: str, **flags: Any) -> None:
    """Write what RUN recommends into the file that the function is deployed from, or roll it out on AWS.

    RUN is a run that tuner run --save-run has saved, or whatever else replay: reads. Without --write the
    difference is shown and nothing is changed. One value is replaced or added at a time; comments, quotes,
    order and line ends stay. What is computed (references, variables, conditions) is refused, with the place
    to edit.

    \b
    tuner apply run.json --to template.yaml                    show the difference
    tuner apply run.json --to template.yaml --write            write it
    tuner apply run.json --to main.tf --function thumb --pr    a pull request's text

    \b
    With --alias a version with that setting is published, the alias is shifted to it in steps, both versions
    are watched, and the rollout is completed or rolled back.
    tuner apply run.json --alias live --canary 10% --bake 5m
    tuner apply run.json --alias live --linear 10% --every 1m
    Exit codes then: 0 completed, 1 a regression, rolled back, 3 could not be done, 4 too little traffic to
    tell, rolled back, 130 interrupted, rolled back. tuner restore ID takes a completed one back; the same
    command with --resume goes on with one that was killed.
    """
    from tuner.apply import Choice
    from tuner.tuning import replay

    check_home(flags)
    choice = Choice(**{name: flags[name] for name in _CHOICE})
    result = replay(run.removeprefix("replay:"), Path.cwd())
    if flags["target"] is None:
        from tuner.cli.rollout.command import roll_out

        roll_out(result, choice, flags)
    else:
        names = ("target", "function", "shared", "config_env", "write", "dry_run", "yes", "pr", "as_json")
        _write_to_file(result, choice, **{name: flags[name] for name in names})


def _write_to_file(
    result: TuningResult,
    choice: Choice,
    *,
    target: Path,
    function: str | None,
    shared: bool,
    config_env: str | None,
    write: bool,
    dry_run: bool,
    yes: bool,
    pr: bool,
    as_json: bool,
) -> None:
    """`--to FILE`: show the difference, and with `--write` make it."""
    from tuner.apply import Scope

    plan = _plan(result, target, function, choice, Scope(shared, config_env))
    if plan.advice and write and not dry_run:
        raise UsageError(f"'{target}' cannot be edited: it is CDK's", "leave out --write to see what to set")
    output.warnings(plan.warnings)
    for left in plan.left_out:
        output.note(f"left out: {left.reason}")
    proposal = _proposal(result, plan) if pr and plan.changes else None
    if not as_json:
        _show(plan, proposal)
    written = bool(plan.changes) and write and not dry_run
    if written:
        _write(plan, yes=yes)
    elif plan.changes:
        output.note("nothing was written; --write does it")
    if as_json:
        output.document(_document(plan, proposal, written=written))


def _plan(
    result: TuningResult, target: Path, function: str | None, choice: Choice, scope: Scope
) -> ChangePlan:
    from tuner.apply import name_in_files, plan_changes, wishes_of
    from tuner.reporting.wording import clean

    wishes, left_out = wishes_of(result, choice)
    relative = result.measurements.relative
    try:
        return plan_changes(
            target,
            function or name_in_files(result),
            wishes,
            scope=scope,
            left_out=left_out,
            measured_on=None if relative else str(result.conditions["architecture"]),
        )
    except UsageError as error:  # it may quote the file, which must not steer the terminal
        raise UsageError(clean(error.message, _LONGEST), clean(error.hint or "", _LONGEST)) from error


def _write(plan: ChangePlan, *, yes: bool) -> None:
    from tuner.apply.recording import write_recorded

    agree(f"Write this to {plan.file}?", yes=yes)
    made = write_recorded(plan)
    output.note(f"written: {plan.file}; 'tuner restore {made.id}' takes it back")


def _proposal(result: TuningResult, plan: ChangePlan) -> PullRequest:
    from tuner.reporting.pull_request import build_pull_request
    from tuner.reporting.report import file_name

    chart = Path("reports") / f"{file_name(result.measurements.function)}.light.svg"
    return build_pull_request(result, plan, chart if chart.is_file() else None)


def _show(plan: ChangePlan, proposal: PullRequest | None) -> None:
    """The result on stdout: advice, a pull request or the difference, which `git apply` takes."""
    from tuner.apply import unified_diff
    from tuner.reporting.pull_request import change_text
    from tuner.reporting.wording import clean

    if plan.advice:
        output.result(plan.advice)
        return
    if not plan.changes:
        output.result(f"nothing to change: {clean(plan.function)} in {plan.file} has these settings already")
        return
    for change in plan.changes:
        path = clean(".".join(change.path))
        output.note(f"{plan.file}:{change.line}: {change_text(change)} ({path})")
    if proposal:
        output.result(f"branch: {proposal.branch}\n\ncommit message:\n\n{_indented(proposal.commit_message)}")
        output.result(f"pull request: {proposal.title}\n\n{proposal.body}")
        return
    text = unified_diff(plan)
    if sys.stdout.isatty():
        names, rest = text.split("\n")[:2], text.split("\n")[2:]
        text = "\n".join([*names, *map(_for_terminal, rest)])
    output.content(text)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


def _for_terminal(line: str) -> str:
    """A line of a difference without what would steer the terminal, coloured as git does."""
    plain = _CONTROL.sub("", line)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(plain[:1])
    return click.style(plain, fg=colour) if colour and output.use_colour(sys.stdout) else plain


def _document(plan: ChangePlan, proposal: PullRequest | None, *, written: bool) -> dict[str, Any]:
    import tuner
    from tuner.apply import unified_diff
    from tuner.document import SCHEMA_VERSION

    status = "advice" if plan.advice else "written" if written else "planned" if plan.changes else "unchanged"
    return {
        "schema_version": SCHEMA_VERSION,
        "tool_version": tuner.__version__,
        "status": status,
        "function": plan.function,
        "file": str(plan.file),
        "changes": [
            {
                "setting": str(change.setting),
                "path": list(change.path),
                "line": change.line,
                "before": change.before,
                "after": change.after,
            }
            for change in plan.changes
        ],
        "left_out": [{"setting": str(left.setting), "reason": left.reason} for left in plan.left_out],
        "warnings": [{"code": w.code, "message": w.message, "hint": w.hint} for w in plan.warnings],
        "diff": unified_diff(plan),
        "advice": plan.advice,
        "pull_request": proposal.to_dict() if proposal else None,
    }
