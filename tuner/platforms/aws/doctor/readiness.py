"""Whether a function can be measured now: its state, its limits, its log, and what other runs left there."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import replace

from tuner.errors import TunerError
from tuner.platforms.aws.concerns import notices, refuse_busy, refuse_other_kinds
from tuner.platforms.aws.deployed import Deployed
from tuner.platforms.aws.doctor.evidence import Evidence
from tuner.platforms.aws.doctor.findings import Finding, Group, Severity, lambda_guide
from tuner.platforms.aws.marks import read_mark
from tuner.platforms.aws.memory_cap import NEW_ACCOUNT_MB
from tuner.units import format_memory

_CONCURRENCY = lambda_guide("configuration-concurrency")


def readiness_findings(evidence: Evidence) -> Iterator[Finding]:
    """Everything that stands in the way of a run, or that one has to know."""
    yield _description(evidence.function)
    yield from _state(evidence.function)
    yield from _concurrency(evidence.function)
    yield from _log(evidence.function)
    yield from _other_runs(evidence)
    for notice in notices(evidence.function):
        if notice.code != "W-UNREAD":  # each permission has a line of its own
            yield Finding(Group.FUNCTION, notice.code, Severity.WARNING, notice.message, notice.hint)
    yield Finding(
        Group.FUNCTION,
        "D-MEMORY-CAP",
        Severity.NOTE,
        f"no call tells how much memory the account may give a function; a new one has "
        f"{format_memory(NEW_ACCOUNT_MB)}, and a run that wants more finds out before it measures",
        source=lambda_guide("gettingstarted-limits"),
    )


def _description(function: Deployed) -> Finding:
    settings = function.settings
    text = (
        f"{function.name} in {function.region}: {function.runtime}, {function.architecture}, "
        f"{format_memory(settings.memory_mb)}, timeout {settings.timeout_s} s"
    )
    return Finding(Group.FUNCTION, "D-FUNCTION", Severity.OK, text)


def _state(function: Deployed) -> Iterator[Finding]:
    # Its concurrency has a line of its own.
    unlimited = replace(function, reserved_concurrency=None, account=None)
    yield from _refusal("D-STATE", lambda: refuse_other_kinds(unlimited), lambda_guide("functions-states"))


def _concurrency(function: Deployed) -> Iterator[Finding]:
    reserved, free = function.reserved_concurrency, function.free_concurrency
    severity, hint = Severity.OK, None
    if free == 0:
        severity = Severity.ERROR
        text = "no concurrency is left for it, so every invocation is throttled"
        hint = "reserve less for other functions, or ask for a higher quota"
        if reserved == 0:
            text = "its reserved concurrency is 0, which switches it off: every invocation is throttled"
            hint = "raise or delete the reserved concurrency"
    elif reserved is not None:
        text = f"{reserved:,} environments of it may run at once, which are reserved for it"
    elif free is not None:
        text = f"no concurrency is reserved for it; it shares {free:,} environments with other functions"
    else:
        return
    yield Finding(Group.FUNCTION, "D-CONCURRENCY", severity, text, hint, _CONCURRENCY)


def _log(function: Deployed) -> Iterator[Finding]:
    level = function.configuration.get("LoggingConfig", {}).get("SystemLogLevel")
    source = lambda_guide("monitoring-cloudwatchlogs-log-level")
    if function.log_format == "JSON" and level == "WARN":
        text = "its system log level is WARN, which hides the report of every call that succeeds"
        hint = "set SystemLogLevel to INFO: without reports nothing can be measured"
        yield Finding(Group.FUNCTION, "D-LOG", Severity.WARNING, text, hint, source)
    else:
        text = f"its log is {function.log_format}, with reports"
        yield Finding(Group.FUNCTION, "D-LOG", Severity.OK, text, source=source)


def _other_runs(evidence: Evidence) -> Iterator[Finding]:
    function, name = evidence.function, evidence.function.name.name
    latest = replace(function, name=replace(function.name, qualifier=None), configuration=evidence.latest)
    yield from _refusal("D-BUSY", lambda: refuse_busy(latest), None)
    for run_id, versions in _versions_by_run(evidence).items():
        yield Finding(
            Group.FUNCTION,
            "D-LEFTOVERS",
            Severity.WARNING,
            f"run {run_id} has published {', '.join(versions)} and not deleted yet",
            f"if it is not at work any more: tuner restore {shlex.quote(name)}",
        )


def _versions_by_run(evidence: Evidence) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for version, description in (evidence.leftovers or {}).items():
        if mark := read_mark(description):
            found.setdefault(mark.run_id, []).append(f"version {version}")
    return found


def _refusal(code: str, check: Callable[[], None], source: str | None) -> Iterator[Finding]:
    """What a run would be refused for."""
    try:
        check()
    except TunerError as error:
        yield Finding(Group.FUNCTION, code, Severity.ERROR, error.message, error.hint, source)
