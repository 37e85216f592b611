"""The functions of accounts and regions, as AWS lists them and CloudWatch counted them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cost_models.errors import PriceNotFoundError
from cost_models.pricing import find_prices
from tuner.errors import NoAnswerError, UsageError
from tuner.fleet.assess import assess
from tuner.fleet.ranking import is_named, ranked
from tuner.fleet.records import Fleet, Observed
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.inventory import Listed, list_functions, read_settings, read_use, use_usd
from tuner.platforms.aws.pacing import paced
from tuner.records import RunWarning


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which functions are asked for: by name pattern (any of them) and by tag (all of them)."""

    names: tuple[str, ...] = ()
    tags: Mapping[str, str] | None = None
    days: int = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the reading of one account and region is. `metrics_usd` is said once, before it is spent."""

    place: str
    what: str
    done: int
    total: int
    metrics_usd: float | None = None


Observer = Callable[[Reading], None]


def fleet_of_aws(
    connections: Sequence[Connection], wanted: Wanted, today: date, *, observer: Observer = lambda _: None
) -> Fleet:
    """Every function that is asked for, ranked. A place that cannot be read is a warning, unless all are.

    Raises:
        AwsError: no place could be read.
        NoAnswerError: there is no such function.
    """
    found: dict[str, Observed] = {}
    warnings: list[RunWarning] = []
    errors: list[AwsError] = []
    spent = 0.0
    with paced():
        for connection in connections:
            place = " ".join(filter(None, (connection.profile, connection.found_region())))
            try:
                functions, notes = _read_place(connection, wanted, place, observer)
            except AwsError as error:
                errors.append(error)
                text = f"the functions of {place} are left out: {error.message}"
                warnings.append(RunWarning("W-UNREAD-PLACE", text, error.hint))
                continue
            warnings += notes
            spent += use_usd(len(functions))
            observed = (_observed(function, connection, wanted.days) for function in functions)
            # Two profiles may lead to one account.
            found |= {seen.key: seen for seen in observed if seen.key not in found}
    if errors and len(errors) == len(connections):
        raise errors[0]
    if not found:
        raise NoAnswerError("there is no such function", "check --name, --tag, --regions and --profile")
    return Fleet(
        functions=ranked(assess(seen, today) for seen in found.values()),
        source="aws",
        price_date=_price_date(found.values()),
        metrics_usd=spent,
        warnings=tuple(warnings),
    )


def connections_of(
    profiles: Sequence[str], regions: Sequence[str], *, role: str | None, endpoint_url: str | None
) -> tuple[Connection, ...]:
    """Each account in each region. Raises `UsageError` for an unknown profile, or one without a region."""
    found = tuple(
        Connection(profile, region, role, endpoint_url)
        for profile in profiles or (None,)
        for region in regions or (None,)
    )
    for connection in found:
        if connection.found_region() is None:
            whose = f" of the profile {connection.profile}" if connection.profile else ""
            raise UsageError(f"no AWS region{whose} is set", "give --regions, or set AWS_REGION")
    return found


def _read_place(
    connection: Connection, wanted: Wanted, place: str, observer: Observer
) -> tuple[list[Listed], list[RunWarning]]:
    def progress(what: str, done: int, total: int) -> None:
        observer(Reading(place, what, done, total))

    api = Api(connection)
    listed = [f for f in list_functions(api) if is_named(f.name, wanted.names)]
    observer(Reading(place, "settings", 0, len(listed), use_usd(len(listed))))
    functions, warnings = read_settings(api, listed, progress)
    if wanted.tags:
        if functions and all(function.tags is None for function in functions):
            raise UsageError(
                f"tags cannot be read in {place}", "allow lambda:GetFunction, or leave out --tag"
            )
        functions = [f for f in functions if wanted.tags.items() <= (f.tags or {}).items()]
    try:
        metrics = read_use(api, [f.name for f in functions], days=wanted.days, progress=progress)
    except AwsError as error:
        if not error.denied:
            raise
        metrics = {}
        text = f"nothing is known of the use of the functions of {place}: {error.message}"
        warnings.append(RunWarning("W-UNREAD", text, error.hint))
    return [replace(f, metrics=metrics[f.name]) if f.name in metrics else f for f in functions], warnings


def _observed(function: Listed, connection: Connection, days: int) -> Observed:
    settings, metrics = function.configuration, function.metrics
    arn = str(settings["FunctionArn"])
    _, _, _, region, account, *_ = arn.split(":")
    runtime = settings.get("Runtime")
    calls, total_ms = metrics.invocations, metrics.total_ms
    return Observed(
        key=arn,
        function=function.name,
        target=f"aws:{arn}",
        profile=connection.profile,
        account=account,
        region=region,
        memory_mb=_whole(settings, "MemorySize"),
        timeout_s=_whole(settings, "Timeout"),
        runtime=str(runtime or "container image"),
        architecture=str((settings.get("Architectures") or ["x86_64"])[0]),
        ephemeral_mb=int(settings.get("EphemeralStorage", {}).get("Size", 512)),
        reserved_concurrency=function.reserved_concurrency,
        provisioned_environments=function.provisioned_environments,
        days=days,
        invocations=calls,
        failed=metrics.failed,
        throttled=metrics.throttled,
        billed_ms=total_ms,
        mean_ms=total_ms / calls if calls and total_ms is not None else None,
        p95_ms=metrics.p95_ms,
        max_ms=metrics.max_ms,
        peak_concurrency=metrics.peak_concurrency,
    )


def _whole(settings: Mapping[str, Any], key: str) -> int | None:
    return int(settings[key]) if key in settings else None


def _price_date(found: Iterable[Observed]) -> str | None:
    """The oldest of the dates that the prices are of."""
    dates = set()
    for region, architecture in {(seen.region or "", seen.architecture or "") for seen in found}:
        try:
            dates.add(find_prices(region, architecture).price_date)
        except PriceNotFoundError:
            continue  # its functions have no bill
    return min(dates, default=None)
