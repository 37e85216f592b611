"""From a run and a function on AWS to the plan of a rollout, by reading alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cost_models.pricing import find_prices
from tuner.errors import MeasurementError, UsageError
from tuner.gate.metrics import Metric
from tuner.gate.rules import Rule, Rules, Severity, read_rules
from tuner.platforms.aws.api import Api, AwsError
from tuner.platforms.aws.claims import refuse_claimed
from tuner.platforms.aws.concerns import refuse_busy, refuse_other_kinds
from tuner.platforms.aws.connection import Connection
from tuner.platforms.aws.deployed import Deployed, read_configuration
from tuner.platforms.aws.latest import differing_fields
from tuner.platforms.aws.names import parse_function_name
from tuner.records import FunctionSettings, RunWarning, TuningResult
from tuner.rollout.alias import Alias, Route, route_of
from tuner.rollout.journal import RolloutJournal
from tuner.rollout.judging import allowed_p95
from tuner.rollout.records import Place, RolloutPlan
from tuner.rollout.resuming import killed_rollout, resume
from tuner.rollout.shifting import Schedule
from tuner.rollout.undoing import read_reserved

TOLERANCE, TOLERANCE_MS = 0.2, 5.0
"""How much slower than predicted p95 may be: both must be passed."""


@dataclass(frozen=True, slots=True)
class RolloutWishes:
    """What is to become of a function. None of a setting leaves it as it is behind the alias.

    `alias` None changes `$LATEST` alone. `fail` and `budget` are rules as a gate's; without them p95 is
    judged against what the run predicts. `resume` goes on with a rollout of that alias that was killed.
    """

    function: str
    alias: str | None
    memory_mb: int | None
    timeout_s: int | None
    schedule: Schedule
    reserved: int | None = None
    fail: Mapping[str, str] = field(default_factory=dict)
    budget: Mapping[str, str] = field(default_factory=dict)
    resume: bool = False


def plan_rollout(api: Api, result: TuningResult, wishes: RolloutWishes) -> RolloutPlan:
    """What would be changed, and how it would be watched.

    Raises:
        UsageError: this function or alias cannot be rolled out, a rule cannot be understood, or there is no
            such rollout to resume.
        MeasurementError: something else is under way at the function, or AWS cannot be asked.
    """
    deployed = _deployed(api, wishes)
    arn = deployed.arn
    killed = killed_rollout(arn, wishes.alias) if wishes.resume else None
    if killed is None:
        refuse_claimed(arn)
    now, current = None, deployed.configuration
    if wishes.alias is not None:
        now, current = _behind(api, deployed, wishes.alias, killed)
    before = FunctionSettings(int(current["MemorySize"]), int(current["Timeout"]))
    after = FunctionSettings(wishes.memory_mb or before.memory_mb, wishes.timeout_s or before.timeout_s)
    place = None
    if wishes.alias is not None:
        if before == after and wishes.reserved is not None and killed is None:
            raise UsageError(
                f"{wishes.alias} has this setting already, so there is no version to roll out",
                f"--latest --reserved-concurrency {wishes.reserved} sets the concurrency alone",
            )
        place = _place(api, deployed, current, wishes, _predicted(result, before, after))
    plan = RolloutPlan(
        connection=replace(api.connection, region=deployed.region),
        function=deployed.name,
        arn=arn,
        before=before,
        after=after,
        configuration=deployed.configuration,
        place=place,
        reserved=wishes.reserved,
        reserved_before=None if wishes.reserved is None else read_reserved(api, arn),
        warnings=tuple(_warnings(result, deployed, wishes, place)),
    )
    return plan if killed is None or now is None else resume(plan, killed, now)


def connection_for(result: TuningResult, function: str, given: Connection) -> Connection:
    """The connection with the region of the function: as named, as given, or where the run was made."""
    name = parse_function_name(function)
    if name.region and given.region and name.region != given.region:
        raise UsageError(
            f"the function is in {name.region}, and --region says {given.region}", "leave out --region"
        )
    measured = result.conditions.get("region") if result.measurements.platform == "aws" else None
    region = name.region or given.region or (str(measured) if measured else given.found_region())
    if region is None:
        raise UsageError("no AWS region is set", "give --region or set AWS_REGION")
    return replace(given, region=region)


def function_of(result: TuningResult, function: str | None) -> str:
    """The function to change. Raises `UsageError` where the run was not made on AWS and none is named."""
    if function is not None:
        return function.removeprefix("aws:")
    if result.measurements.platform != "aws":
        raise UsageError(
            f"the run was made on {result.measurements.platform}, so it names no function of AWS",
            "name it with --function",
        )
    name = parse_function_name(result.measurements.function)
    return replace(name, qualifier=None).identifier


def _deployed(api: Api, wishes: RolloutWishes) -> Deployed:
    """The function as it is in `$LATEST`, if it is one that can be rolled out."""
    name = parse_function_name(wishes.function)
    if name.qualifier:
        raise UsageError(
            f"'{name}' names a version or alias already", f"write {name.name}, and the alias as --alias"
        )
    if wishes.reserved == 0:
        raise UsageError(
            f"a reserved concurrency of 0 switches {name.name} off",
            "reserve at least 1, or write it with --to",
        )
    configuration = read_configuration(api, name)
    deployed = Deployed(name, str(configuration["FunctionArn"]).split(":")[3], configuration)
    refuse_other_kinds(deployed)
    refuse_busy(deployed)
    return deployed


def _behind(
    api: Api, deployed: Deployed, alias: str, killed: RolloutJournal | None
) -> tuple[Route, dict[str, Any]]:
    """Where an alias goes, and the version that was behind it before anything was rolled out.

    That must do what `$LATEST` does, whatever its memory and timeout.
    """
    route = _route(api, deployed, alias)
    version = route.version
    if killed is not None and killed.changed.route is not None:
        version = killed.changed.route.version
        known = killed.changed.routes
        route = Alias(api, deployed.arn, alias, killed.changed.provisioned).recognize(route, known)
    elif version == "$LATEST":
        raise UsageError(
            f"the alias {alias} points at $LATEST, which traffic cannot be shifted from",
            "point it at a version first (aws lambda publish-version, update-alias)",
        )
    elif route.weights:
        raise MeasurementError(
            f"the alias {alias} is weighted already: {route}",
            "another deployment is under way, or was given up; roll out when it goes to one version",
        )
    behind = read_configuration(api, deployed.name, version)
    other = differing_fields(deployed.configuration, behind) - {"MemorySize", "Timeout"}
    if other:
        what = "code" if "CodeSha256" in other else ", ".join(sorted(other))
        raise UsageError(
            f"$LATEST has other {what} than version {version} behind {alias}, and a version is "
            "published from $LATEST: that would be rolled out too",
            "deploy what is in $LATEST first, or set it back; then roll out the setting alone",
        )
    return route, behind


def _route(api: Api, deployed: Deployed, alias: str) -> Route:
    try:
        answer = api.call("GetAlias", FunctionName=deployed.arn, Name=alias)
    except AwsError as error:
        if error.code != "ResourceNotFoundException":
            raise
        there = [str(a["Name"]) for a in api.pages("ListAliases", "Aliases", FunctionName=deployed.arn)]
        known = f"it has {', '.join(there)}" if there else "it has none; --latest changes the function itself"
        raise UsageError(f"{deployed.name.name} has no alias '{alias}'", known) from error
    return route_of(answer)


def _place(
    api: Api, deployed: Deployed, behind: Mapping[str, Any], wishes: RolloutWishes, predicted: float | None
) -> Place:
    alias = str(wishes.alias)
    logging = behind.get("LoggingConfig", {})
    if logging.get("LogFormat") == "JSON" and logging.get("SystemLogLevel") == "WARN":
        raise UsageError(
            f"{deployed.name.name} writes no REPORT lines of calls that succeed (SystemLogLevel WARN)",
            "set its SystemLogLevel to INFO, so that both versions can be compared",
        )
    prices = find_prices(deployed.region, deployed.architecture)
    return Place(
        alias=alias,
        route=route_of({"FunctionVersion": behind["Version"]}),
        schedule=wishes.schedule,
        rules=_rules(wishes, predicted),
        prices=prices,
        log_group=str(logging.get("LogGroup") or f"/aws/lambda/{deployed.name.name}"),
        log_format=str(logging.get("LogFormat") or "Text"),
        provisioned=_provisioned(api, deployed.arn, alias, str(behind["Version"])),
        predicted=predicted,
    )


def _rules(wishes: RolloutWishes, predicted: float | None) -> Rules:
    if not wishes.fail and not wishes.budget:
        threshold = allowed_p95(predicted, TOLERANCE, TOLERANCE_MS)
        return Rules((Rule(Metric.P95, Severity.FAIL, threshold=threshold),))
    try:
        return read_rules(fail=wishes.fail, warn={}, budget=wishes.budget)
    except ValueError as error:
        raise UsageError(str(error), "write --fail p95=20% or --budget p95=800ms") from error


def _predicted(result: TuningResult, before: FunctionSettings, after: FunctionSettings) -> float | None:
    """How much slower the run expects a typical call to be, as a fraction; None if it knows not both sizes.

    Of a run's few calls the median says more than p95, and every quantile moves with it.
    """
    summaries = {c.memory_mb: c.duration_ms for c in result.candidates if c.duration_ms is not None}
    old, new = summaries.get(before.memory_mb), summaries.get(after.memory_mb)
    if old is None or new is None:
        return None
    # Where a run holds means of calls, nothing is known of the quantiles.
    growth = new.mean / old.mean if math.isnan(new.p50 / old.p50) else new.p50 / old.p50
    return growth - 1


def _provisioned(api: Api, arn: str, alias: str, version: str) -> int | None:
    """The provisioned concurrency of an alias, at rest."""
    listed = api.pages("ListProvisionedConcurrencyConfigs", "ProvisionedConcurrencyConfigs", FunctionName=arn)
    found = {str(config["FunctionArn"]).rpartition(":")[2]: config for config in listed}
    if version in found:
        raise UsageError(
            f"version {version} has provisioned concurrency of its own, and the new version would have none",
            f"give it to the alias {alias} instead: there it moves along",
        )
    if alias not in found:
        return None
    if found[alias]["Status"] == "IN_PROGRESS":
        raise MeasurementError(
            f"AWS is still allocating the provisioned concurrency of {alias}", "roll out when it is ready"
        )
    return int(found[alias]["RequestedProvisionedConcurrentExecutions"])


def _warnings(
    result: TuningResult, deployed: Deployed, wishes: RolloutWishes, place: Place | None
) -> list[RunWarning]:
    found = []
    measured = result.conditions.get("architecture")
    if measured and measured != deployed.architecture:
        message = f"the run measured {measured}, and {deployed.name.name} runs on {deployed.architecture}"
        found.append(RunWarning("W-OTHER-ARCHITECTURE", message, "measure again as it is deployed"))
    if place and place.predicted is None and not wishes.fail and not wishes.budget:
        message = (
            "the run does not know the size behind the alias, so p95 is compared with what it is there now"
        )
        found.append(RunWarning("W-NO-PREDICTION", message, "say what may be: --fail p95=50%"))
    return found
