"""The logs of a function on AWS: what will be asked and paid, consent, and the answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuner.cli import output
from tuner.cli.consent import agree
from tuner.document import SCHEMA_VERSION
from tuner.errors import UsageError
from tuner.units import format_usd

if TYPE_CHECKING:
    from tuner.logs.findings import LogFindings
    from tuner.logs.workflow import Look
    from tuner.platforms.aws.log_insights import InsightsGroup
    from tuner.platforms.aws.names import FunctionName
    from tuner.records import MeasurementSet
    from tuner.settings import Settings

PRICES_URL = "https://aws.amazon.com/cloudwatch/pricing/"
USUAL_DAYS = 7
_US_PER_S = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a function's logs; `connection` has the flags of AWS that were given, and --region."""

    text: str
    connection: Mapping[str, Any]
    architecture: str | None
    since_us: int | None
    until_us: int | None
    run: MeasurementSet | None
    max_usd: float
    dry_run: bool
    yes: bool
    as_json: bool


def may_be_function(sources: tuple[Path, ...]) -> bool:
    """Whether the only source is no path that is there, and could be a name of a function."""
    from tuner.logs.origins import FUNCTION_NAME

    text = str(sources[0])
    named = FUNCTION_NAME.fullmatch(text.partition(":")[0]) if ":" in text else FUNCTION_NAME.fullmatch(text)
    return len(sources) == 1 and not sources[0].exists() and named is not None and text[:3] != "s3:"


def read_function(asked: Asked, look: Look) -> LogFindings | None:
    """What the function's log group says; None after a dry run. `look` may ask more of what was counted."""
    from cost_models.pricing import find_prices
    from tuner.logs.remote.concluding import Interest
    from tuner.logs.remote.log_group import FunctionLogs, read_log_group

    settings, name = _function(asked)
    group, architecture = _log_group(asked, settings, name)
    _show_plan(asked, group)
    if asked.dry_run:
        _show_queries(asked, group)
        return None
    agree("Go on?", yes=asked.yes)
    region = str(group.api.connection.found_region())
    prices = find_prices(region, asked.architecture or architecture or "x86_64")
    span_s = round((group.until - group.since).total_seconds())
    wanted = FunctionLogs(name.name, span_s, Interest(prices, asked.run, look), shared=group.shared)
    return read_log_group(group, wanted)


def name_of(text: str) -> str:
    """The plain name of a function given by name or ARN."""
    from tuner.platforms.aws.names import parse_function_name

    return parse_function_name(text.removeprefix("aws:")).name


def _function(asked: Asked) -> tuple[Settings, FunctionName]:
    from tuner.platforms.aws.names import parse_function_name
    from tuner.settings import load_settings

    settings = load_settings(asked.text, dict(asked.connection), os.environ, Path.cwd())
    if settings.target.scheme != "aws":
        raise UsageError(
            f"there is no file or folder '{asked.text}', and the target of that name is not on AWS",
            "give files, folders, or the name or ARN of a Lambda function",
        )
    name = parse_function_name(settings.target.rest)
    if name.qualifier:
        raise UsageError(
            f"'{asked.text}' names a version or an alias; a log group is of all of them",
            f"give {name.name}: its versions are told apart in the answer",
        )
    return settings, name


def _log_group(asked: Asked, settings: Settings, name: FunctionName) -> tuple[InsightsGroup, str | None]:
    from tuner.platforms.aws.api import Api, AwsError
    from tuner.platforms.aws.connection import Connection
    from tuner.platforms.aws.log_insights import InsightsGroup, find_log

    options = settings.options
    region = name.region or asked.connection.get("region")
    api = Api(Connection(options.profile, region, options.role, options.endpoint_url))
    until_us = asked.until_us or round(datetime.now(UTC).timestamp() * _US_PER_S)
    since_us = asked.since_us or until_us - USUAL_DAYS * 86_400 * _US_PER_S
    if since_us >= until_us:
        raise UsageError("--since is not before --until", "leave one of them out")
    since, until = (datetime.fromtimestamp(us / _US_PER_S, UTC) for us in (since_us, until_us))
    try:
        found, architecture = find_log(api, name)
    except AwsError as error:
        if error.status:
            raise
        raise UsageError(
            f"there is no file or folder '{asked.text}', and no function: {error.message}", error.hint
        ) from error
    return InsightsGroup(api, name, found, since, until, asked.max_usd), architecture


def _show_plan(asked: Asked, group: InsightsGroup) -> None:
    from tuner.logs.remote.insights import all_queries
    from tuner.platforms.aws.log_insights import BYTES_PER_GB, USD_PER_GB

    queries = len(all_queries(None, 60))
    range_ = " to ".join(f"{at:%Y-%m-%d %H:%M}" for at in (group.since, group.until))
    region = group.api.connection.found_region()
    output.note(f"{asked.text} ({region}): {queries} Logs Insights queries of {group.name}, {range_} UTC")
    known = group.bytes_in_range()
    bound = f"stopped at {format_usd(asked.max_usd)}"
    if known is None:
        output.note(f"cost: how much was logged is not known; {bound}")
        return
    usd = known * queries / BYTES_PER_GB * USD_PER_GB
    size = f"{known / BYTES_PER_GB:,.3g} GB" if known >= BYTES_PER_GB / 1000 else f"{known / 1e6:,.3g} MB"
    price = f"{format_usd(USD_PER_GB)} a GB (us-east-1, {PRICES_URL})"
    output.note(f"cost: {format_usd(usd)} for {queries} times {size} at {price}; {bound}")
    if usd > asked.max_usd and not asked.dry_run:
        raise UsageError(
            f"that is more than {format_usd(asked.max_usd)}", "shorten --since, or raise --max-spend"
        )


def _show_queries(asked: Asked, group: InsightsGroup) -> None:
    from tuner.logs.remote.insights import all_queries

    queries = all_queries(group.function.name if group.shared else None, 60)
    if asked.as_json:
        plan = {"log_group": group.name, "bytes": group.bytes_in_range(), "queries": queries}
        output.document({"schema_version": SCHEMA_VERSION, "plan": plan})
        return
    output.result("\n\n".join(queries.values()))
