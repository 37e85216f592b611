"""`tuner concurrency aws:NAME`: what a function needs, from its CloudWatch metrics."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.cli import output
from tuner.cli.concurrency.answer import Answer, targets_of, tell
from tuner.cli.concurrency.shared import DURATION, FILE, Quantity, share_options
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.concurrency.bills import Pricing
    from tuner.concurrency.quotas import Quotas
    from tuner.platforms.aws.demand import Demand
    from tuner.platforms.aws.deployed import Deployed
    from tuner.records import RunWarning

TARGETS = ("aws:", "arn:")
"""How an argument begins that is a function rather than a subcommand."""
_LENGTH = re.compile(r"(\d{1,4})\s*(h|d)")


def _read_length(text: str) -> timedelta:
    match = _LENGTH.fullmatch(text.strip())
    hours = int(match[1]) * (24 if match[2] == "d" else 1) if match else 0
    if not 1 <= hours <= 15 * 24:
        raise ValueError(f"'{text}' is no time; write 6h or 14d, up to the 15d for which minutes are kept")
    return timedelta(hours=hours)


@click.command("aws:NAME", short_help="What a function needs, from its CloudWatch metrics.")
@click.argument("target", metavar="")
@click.option(
    "--since",
    "length",
    type=Quantity(_read_length),
    metavar="14d",
    default="14d",
    help="How far back to look.  [default: 14d]",
)
@click.option("--init-duration", type=DURATION, metavar="800ms", help="What a cold start adds.")
@share_options
@click.option("--region", metavar="REGION", help="Where the function is; else the credentials' own.")
@click.option("--profile", metavar="NAME", help="The AWS profile to use.")
@click.option("--role", metavar="ARN", help="The role to assume, as in another account.")
@click.option("--endpoint-url", metavar="URL", help="Another address for every AWS service.")
@click.option("--report", type=FILE, metavar="FILE", help="Write the answer as Markdown too.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON document.")
def command(*, target: str, report: Path | None, as_json: bool, **flags: Any) -> None:
    """Say what concurrency a function needs, from what CloudWatch counted of it minute by minute.

    Its settings and the account's limits are read too; nothing is invoked and nothing is changed.

    \b
    tuner concurrency aws:checkout --since 14d
    tuner concurrency aws:checkout:live --cold-share 3% --init-duration 800ms
    """
    tell(_answer(target, flags), report, as_json=as_json)


def _answer(target: str, flags: dict[str, Any]) -> Answer:
    from tuner.concurrency.advice import advise
    from tuner.concurrency.metered import observe_metrics
    from tuner.reporting.concurrency.commands import function_scripts

    demand = _read(target, flags)
    traffic, observed = observe_metrics(demand.invocations, demand.duration_ms, demand.concurrency)
    traffic = replace(traffic, init_duration_ms=flags["init_duration"], cold_share=flags["cold_share"])
    function = demand.function
    advice = advise(traffic, targets_of(flags), _quotas(function), _pricing(function), observed)
    advice = replace(advice, warnings=(*advice.warnings, *_warnings(demand)))
    name = function.name
    scripts = function_scripts(advice, name.name, alias=name.qualifier)
    return Answer(advice, None, str(name), scripts)


def _read(target: str, flags: dict[str, Any]) -> Demand:
    from tuner.platforms.aws.api import Api
    from tuner.platforms.aws.connection import Connection
    from tuner.platforms.aws.demand import demand_usd, read_demand
    from tuner.platforms.aws.names import parse_function_name
    from tuner.settings import load_settings
    from tuner.units import format_usd

    name = parse_function_name(target.removeprefix("aws:"))
    given = {
        key: flags[key] for key in ("region", "profile", "role", "endpoint_url") if flags[key] is not None
    }
    options = load_settings("aws:any", given, os.environ, Path.cwd()).options
    if name.region and options.region not in (None, name.region):
        raise UsageError(
            f"the function is in {name.region}, and --region says {options.region}", "leave out --region"
        )
    connection = Connection(
        options.profile, name.region or options.region, options.role, options.endpoint_url
    )
    output.note(f"reading metrics by the minute, which costs {format_usd(demand_usd(flags['length']))}")
    return read_demand(Api(connection), name, flags["length"])


def _quotas(function: Deployed) -> Quotas:
    """The account's own; the usual limit where it may not be read."""
    from tuner.concurrency.quotas import Quotas

    limits = (function.account or {}).get("AccountLimit", {})
    limit, unreserved = (
        limits.get(key) for key in ("ConcurrentExecutions", "UnreservedConcurrentExecutions")
    )
    if limit is None or unreserved is None:
        output.note("the account's limits may not be read, so the usual 1,000 are taken")
        return Quotas()
    return Quotas(int(limit), int(limit) - int(unreserved) - (function.reserved_concurrency or 0))


def _pricing(function: Deployed) -> Pricing:
    from cost_models.pricing import find_prices
    from tuner.concurrency.bills import Pricing

    prices = find_prices(function.region, function.architecture)
    storage = function.configuration.get("EphemeralStorage", {}).get("Size")
    if storage is not None:
        prices = replace(prices, ephemeral_mb=int(storage))
    return Pricing(prices, function.settings.memory_mb)


def _warnings(demand: Demand) -> tuple[RunWarning, ...]:
    """What the metrics say besides: what was throttled, and what provisioned concurrency did not take."""
    from tuner.records import RunWarning
    from tuner.units import counted, format_percent

    found = []
    throttled, spilled = (round(sum(series.values())) for series in (demand.throttles, demand.spillover))
    if throttled:
        message = f"{counted(throttled, 'request')} throttled in that time: more was asked for than was seen"
        hint = "the limit in force hides the peak: look again once it is raised"
        found.append(RunWarning("W-THROTTLED", message, hint))
    if spilled:
        share = format_percent(spilled / sum(demand.invocations.values()))
        message = f"{counted(spilled, 'call')} ({share}) found all of today's provisioned concurrency busy"
        found.append(RunWarning("W-SPILLOVER", message))
    return tuple(found)
