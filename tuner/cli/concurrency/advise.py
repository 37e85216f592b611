"""`tuner concurrency` by itself: what a function needs, and what to reserve and to provision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cost_models.errors import did_you_mean
from cost_models.snapshots import ARCHITECTURES
from tuner.cli.concurrency.answer import (
    Answer,
    from_logs,
    from_numbers,
    from_run,
    tell,
)
from tuner.cli.concurrency.metrics import TARGETS
from tuner.cli.concurrency.metrics import command as metrics
from tuner.cli.concurrency.shared import COUNT, DURATION, FILE, RATE, WHOLE, Quantity, share_options
from tuner.errors import UsageError
from tuner.option_values import read_memory

_TOLD_BY_LOGS = ("requests_per_second", "duration", "run", "memory", "init_duration", "cold_share")


class ConcurrencyGroup(click.Group):
    """A group that also answers by itself, and names the nearest subcommand."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but a function on AWS is one too, and the nearest subcommand is named."""
        if args and args[0].startswith(TARGETS):
            return metrics.name, metrics, args
        if args and args[0] not in self.commands:
            raise click.UsageError(f"no subcommand '{args[0]}'; {did_you_mean(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    "concurrency",
    cls=ConcurrencyGroup,
    invoke_without_command=True,
    short_help="Say what to reserve and to provision, and what a burst will do.",
)
@click.option(
    "--requests-per-second", type=RATE, metavar="N", help="The rate, best that of the busiest minute."
)
@click.option("--duration", type=DURATION, metavar="250ms", help="The mean duration of a warm call.")
@click.option("--run", type=FILE, metavar="FILE", help="Durations of every memory size, from a saved run.")
@click.option(
    "--logs",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="How requests came and how long they took, from a file or folder of logs.",
)
@click.option("--function", metavar="NAME", help="The function that is meant, where logs hold several.")
@click.option("--memory", type=Quantity(read_memory), metavar="MB", help="The memory size, for dollars.")
@click.option(
    "--init-duration", type=DURATION, metavar="800ms", help="What a cold start adds; else the run's own."
)
@share_options
@click.option(
    "--account-limit",
    type=COUNT,
    metavar="N",
    default="1000",
    help="The account's concurrency.  [default: 1000]",
)
@click.option(
    "--reserved-elsewhere", type=WHOLE, metavar="N", default=0, help="What other functions reserve of it."
)
@click.option(
    "--region", metavar="REGION", help="Whose prices to use.  [default: the run's own, else us-east-1]"
)
@click.option("--architecture", type=click.Choice(ARCHITECTURES), help="Whose prices to use.")
@click.option("--report", type=FILE, metavar="FILE", help="Write the answer as Markdown too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Say what concurrency a function needs, what to reserve of it, and what to provision.

    Give plain numbers; or a run saved with tuner run --save-run: then every memory size is weighed together
    with the concurrency that it needs; or logs: then the requests count as they came, not as a formula has
    them, and provisioned concurrency gets a schedule by the hour. aws:NAME reads CloudWatch metrics instead.

    \b
    tuner concurrency --requests-per-second 40 --duration 250ms --memory 512
    tuner concurrency --requests-per-second 40 --run run.json
    tuner concurrency --logs ./export --function checkout
    tuner concurrency aws:checkout --since 14d
    tuner concurrency burst --from 100 --to 4000
    """
    if ctx.invoked_subcommand is not None:
        given = next((p.opts[0] for p in ctx.command.params if p.name and _given(ctx, p.name)), None)
        if given:
            raise UsageError(
                f"{given} before '{ctx.invoked_subcommand}' has no effect",
                f"write options after 'tuner concurrency {ctx.invoked_subcommand}'",
            )
        return
    tell(_answer(flags), flags["report"], as_json=flags["as_json"])


def _answer(flags: dict[str, Any]) -> Answer:
    if flags["logs"] is not None:
        for name in _TOLD_BY_LOGS:
            if flags[name] is not None:
                option = f"--{name.replace('_', '-')}"
                raise UsageError(f"--logs and {option} say the same thing", f"leave out {option}")
        return from_logs(flags)
    if flags["function"] is not None:
        raise UsageError("--function is one of those in logs", "give --logs with it")
    if flags["requests_per_second"] is None:
        raise UsageError("how many requests a second?", "give --requests-per-second, as in 40, or --logs")
    if flags["run"] is None:
        return from_numbers(flags)
    if flags["duration"] is not None:
        raise UsageError("--duration and --run both say how long a call takes", "give one of them")
    return from_run(flags)


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
