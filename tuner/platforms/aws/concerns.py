"""What must be said, or refused, before a function is touched: pure functions of what was read."""

from __future__ import annotations

import json
from typing import Any

from tuner.errors import MeasurementError, UsageError
from tuner.platforms.aws.deployed import Deployed
from tuner.platforms.aws.marks import read_mark
from tuner.records import RunWarning

NEW_ACCOUNT_CONCURRENCY = 10
ORDINARY_MEMORY_MB = 10_240

_OTHER_KINDS = {
    "CapacityProviderConfig": "runs on Managed Instances, whose CPU does not follow the memory size",
    "DurableConfig": "is a durable function, whose invocations outlive a measurement",
    "TenancyConfig": "isolates tenants, and an invocation without a tenant is refused",
    "AcceleratorConfig": "has an accelerator, whose price does not follow the memory size",
}


def refuse_other_kinds(function: Deployed) -> None:
    """Raise `UsageError` for a function that memory tuning does not apply to, `MeasurementError` for one
    that cannot be invoked now.
    """
    configuration = function.configuration
    for key, reason in _OTHER_KINDS.items():
        if configuration.get(key):
            raise UsageError(f"{function.name} {reason}", "tune an ordinary function")
    if configuration.get("MasterArn") or _at_edge(function):
        raise UsageError(
            f"{function.name} is a Lambda@Edge function, which runs elsewhere, at sizes of its own",
            "measure its code with a local: target",
        )
    state = str(configuration.get("State", "Active"))
    if state not in ("Active", "Inactive"):
        why = configuration.get("StateReason")
        raise MeasurementError(
            f"{function.name} is {state}" + (f": {why}" if why else ""),
            "wait until it is Active, or deploy it again",
        )
    if configuration.get("LastUpdateStatus") == "InProgress":
        raise MeasurementError(
            f"{function.name} is being updated by somebody else", "run again when that has finished"
        )
    if function.free_concurrency == 0:
        raise MeasurementError(
            f"{function.name} has no concurrency, so every invocation would be throttled",
            "its reserved concurrency is 0, which switches it off: raise or delete it first",
        )


def refuse_busy(function: Deployed) -> None:
    """Raise `MeasurementError` where the settings are those of another run, or of one that died."""
    if found := read_mark(function.settings.description):
        raise MeasurementError(
            f"{function.name.name} is being measured by run {found.run_id}, or was when that run died",
            f"wait for it; if it is gone, 'tuner restore {function.name.name}' sets memory and timeout back",
        )


def notices(function: Deployed) -> tuple[RunWarning, ...]:
    """What the user should know before agreeing."""
    found = [*_traffic_notices(function)]
    if function.unread:
        found.append(
            RunWarning(
                "W-UNREAD",
                f"not everything could be checked: {', '.join(function.unread)} is not allowed",
                f"'tuner doctor {function.name.name} --policy' prints the policy that allows it",
            )
        )
    if function.configuration.get("LoggingConfig", {}).get("SystemLogLevel") == "WARN":
        found.append(
            RunWarning(
                "W-LOG-LEVEL",
                "its system log level is WARN, which may keep the record of a successful call out of the log",
                "set the system log level to INFO if calls turn out to be unreadable",
            )
        )
    if function.snap_start:
        found.append(
            RunWarning(
                "W-SNAPSTART",
                "each memory size needs a snapshot of its own, which takes minutes, and is billed until the "
                "version is deleted at the end",
                "fewer sizes take less time: --memory-sizes",
            )
        )
    free = function.free_concurrency
    if free is not None and free <= NEW_ACCOUNT_CONCURRENCY:
        found.append(
            RunWarning(
                "W-LOW-CONCURRENCY",
                f"only {free} environments of it may run at once, and this run takes up to half of them",
                "raise the reserved concurrency, or ask AWS for a higher quota, if others need them",
            )
        )
    return tuple(found)


def _traffic_notices(function: Deployed) -> list[RunWarning]:
    """Who would meet the memory size under test: whatever invokes the function without a qualifier."""
    callers = [f"the {name}" for name in _event_sources(function)]
    callers += [f"a permission for {principal}" for principal in _principals(function)]
    if any(not str(url.get("FunctionArn", "")).count(":") > 6 for url in function.urls or ()):
        callers.append("its function URL")
    recent = function.traffic.recent
    if recent:
        callers.append(f"{recent:,} invocations in the last hour")
    if not callers:
        return []
    return [
        RunWarning(
            "W-LATEST-TRAFFIC",
            f"$LATEST is in use ({'; '.join(callers)}), and runs at another memory size for some seconds "
            "for each size that is published",
            "measure a copy of the function, or let callers use an alias",
        )
    ]


def _event_sources(function: Deployed) -> list[str]:
    """The queues and streams that invoke the unqualified function."""
    return [
        str(source.get("EventSourceArn", "event source")).split(":", 2)[-1]
        for source in function.event_sources or ()
        if str(source.get("FunctionArn", "")).count(":") == 6 and source.get("State") != "Disabled"
    ]


def _principals(function: Deployed) -> list[str]:
    """The services that the function's policy lets invoke it unqualified."""
    return sorted(
        {
            str(principal)
            for statement in _statements(function)
            if str(statement.get("Resource", "")).count(":") == 6
            for principal in _services(statement)
        }
    )


def _at_edge(function: Deployed) -> bool:
    return any("edgelambda.amazonaws.com" in _services(s) for s in _statements(function))


def _statements(function: Deployed) -> list[dict[str, Any]]:
    try:
        found = json.loads(function.policy or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return []
    return [statement for statement in found if isinstance(statement, dict)]


def _services(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    if isinstance(principal, dict):
        principal = principal.get("Service", [])
    return [principal] if isinstance(principal, str) else list(principal or [])
