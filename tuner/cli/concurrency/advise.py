"""`tuner concurrency` by itself: what a function needs, and what to reserve and to provision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cost_models.errors import did_you_mean
from cost_models.snapshots import ARCHITECTURES
from tuner.cli.concurrency.shared import (
    COUNT,
    DURATION,
    FILE,
    RATE,
    SHARE,
    TARGET_SHARE,
    WHOLE,
    Quantity,
    show,
    write_markdown,
)
from tuner.errors import UsageError
from tuner.option_values import read_memory

if TYPE_CHECKING:
    from tuner.concurrency.advice import ConcurrencyAdvice, Targets
    from tuner.concurrency.quotas import Quotas
    from tuner.concurrency.sizes import JointAdvice

_USUAL_REGION = "us-east-1"


class ConcurrencyGroup(click.Group):
    """A group that also answers by itself, and names the nearest subcommand."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest subcommand named."""
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
@click.option("--memory", type=Quantity(read_memory), metavar="MB", help="The memory size, for dollars.")
@click.option(
    "--init-duration", type=DURATION, metavar="800ms", help="What a cold start adds; else the run's own."
)
@click.option("--cold-share", type=SHARE, metavar="1%", help="The share of calls that are cold today.")
@click.option(
    "--max-cold",
    type=TARGET_SHARE,
    metavar="1%",
    default="1%",
    help="Provision for no more cold starts.  [default: 1%]",
)
@click.option(
    "--max-throttled",
    type=TARGET_SHARE,
    metavar="0.01%",
    default="0.01%",
    help="Reserve for no more throttled requests.  [default: 0.01%]",
)
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

    Give plain numbers, or a run saved with tuner run --save-run: then every memory size is weighed together
    with the concurrency that it needs.

    \b
    tuner concurrency --requests-per-second 40 --duration 250ms --memory 512
    tuner concurrency --requests-per-second 40 --run run.json
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
    advice, joint = _advise(flags)
    from tuner.reporting.concurrency.advice_page import advice_page
    from tuner.reporting.concurrency.document import advice_document

    page = advice_page(advice, joint)
    write_markdown(page, flags["report"])
    show(page, advice_document(advice, joint) if flags["as_json"] else None)


def _advise(flags: dict[str, Any]) -> tuple[ConcurrencyAdvice, JointAdvice | None]:
    from tuner.concurrency.advice import Targets
    from tuner.concurrency.quotas import Quotas

    if flags["requests_per_second"] is None:
        raise UsageError("how many requests a second?", "give --requests-per-second, as in 40")
    targets = Targets(throttled_share=flags["max_throttled"], cold_share=flags["max_cold"])
    quotas = Quotas(flags["account_limit"], flags["reserved_elsewhere"])
    if flags["run"] is None:
        return _from_numbers(flags, targets, quotas), None
    if flags["duration"] is not None:
        raise UsageError("--duration and --run both say how long a call takes", "give one of them")
    joint = _from_run(flags, targets, quotas)
    return joint.chosen, joint


def _from_numbers(flags: dict[str, Any], targets: Targets, quotas: Quotas) -> ConcurrencyAdvice:
    from cost_models.pricing import find_prices
    from tuner.concurrency.advice import Pricing, advise
    from tuner.concurrency.traffic import Traffic

    if flags["duration"] is None:
        raise UsageError("how long does a call take?", "give --duration, as in 250ms, or --run FILE")
    if flags["memory"] is None and (flags["region"] or flags["architecture"]):
        raise UsageError("prices need a memory size", "give --memory with --region and --architecture")
    pricing = None
    if flags["memory"] is not None:
        prices = find_prices(flags["region"] or _USUAL_REGION, flags["architecture"] or "x86_64")
        pricing = Pricing(prices, flags["memory"])
    traffic = Traffic(
        flags["requests_per_second"], flags["duration"], flags["init_duration"], flags["cold_share"]
    )
    return advise(traffic, targets, quotas, pricing)


def _from_run(flags: dict[str, Any], targets: Targets, quotas: Quotas) -> JointAdvice:
    from cost_models.pricing import find_prices
    from tuner.concurrency.sizes import Demand, advise_sizes
    from tuner.tuning import tune

    found = tune(
        f"replay:{flags['run']}",
        **{name: flags[name] for name in ("region", "architecture") if flags[name] is not None},
    )
    prices = find_prices(str(found.conditions["region"]), str(found.conditions["architecture"]))
    demand = Demand(flags["requests_per_second"], flags["cold_share"], flags["init_duration"])
    return advise_sizes(found, demand, targets, quotas, prices, memory_mb=flags["memory"])


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
