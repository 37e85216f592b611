"""Practices for what invokes a function: limits of its callers, and where events go that it cannot handle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tuner.platforms.aws.doctor.evidence import Evidence, source_name
from tuner.platforms.aws.doctor.findings import Severity
from tuner.platforms.aws.doctor.verdict import Verdict
from tuner.triggers import TRIGGERS

ASYNCHRONOUS = {"events.amazonaws.com": "EventBridge", "s3.amazonaws.com": "S3", "sns.amazonaws.com": "SNS"}
FOR_EVER = -1


def api_timeout(evidence: Evidence) -> Iterator[Verdict]:
    """API Gateway stops waiting before a function with a long timeout answers."""
    rest_s, http_s = TRIGGERS["api-gateway"].cap_s, TRIGGERS["http-api"].cap_s
    timeout_s = evidence.function.settings.timeout_s
    if "apigateway.amazonaws.com" not in evidence.services or not (rest_s and http_s):
        return
    if timeout_s > http_s:
        yield Verdict(
            Severity.WARNING,
            f"its timeout is {timeout_s} s, and API Gateway waits {rest_s} s (REST) or {http_s} s (HTTP): "
            "what runs longer is paid for, and nobody gets the answer",
            f"set the timeout to {rest_s} s at most, or start longer work asynchronously; AWS can raise the "
            "limit of a Regional or private REST API",
        )
    elif timeout_s > rest_s:
        text = f"its timeout is {timeout_s} s: a REST API waits {rest_s} s, an HTTP API {http_s} s"
        yield Verdict(Severity.NOTE, text)
    else:
        yield Verdict(Severity.OK, f"its timeout of {timeout_s} s is within the {rest_s} s of API Gateway")


def lost_events(evidence: Evidence) -> Iterator[Verdict]:
    """An asynchronous event that fails to the end is dropped, unless it is sent somewhere."""
    callers = [name for service, name in ASYNCHRONOUS.items() if service in evidence.services]
    if not callers:
        return
    who = " and ".join(callers)
    queue = evidence.function.configuration.get("DeadLetterConfig", {}).get("TargetArn")
    if queue or _on_failure(evidence.failure_handling or {}):
        yield Verdict(Severity.OK, f"events of {who} that fail are kept")
    elif evidence.failure_handling is not None:
        yield Verdict(
            Severity.WARNING,
            f"events of {who} that fail to the end are lost: it has no on-failure destination and no "
            "dead-letter queue",
            "add an on-failure destination, which also says why it failed",
        )


def stream_failures(evidence: Evidence) -> Iterator[Verdict]:
    """A record that always fails holds its shard back until it expires."""
    for source in evidence.sources_of("kinesis", "dynamodb"):
        name = source_name(source)
        kept = _on_failure(source)
        attempts = source.get("MaximumRetryAttempts", FOR_EVER)
        age_s = source.get("MaximumRecordAgeInSeconds", FOR_EVER)
        bisects = bool(source.get("BisectBatchOnFunctionError"))
        hint = (
            "set MaximumRetryAttempts or MaximumRecordAgeInSeconds, an on-failure destination, and "
            "BisectBatchOnFunctionError"
        )
        if attempts == FOR_EVER and age_s == FOR_EVER:
            text = f"stream {name} tries a bad record until it expires, and its shard waits"
            yield Verdict(Severity.WARNING, text, hint)
        elif not kept:
            yield Verdict(Severity.WARNING, f"stream {name} drops what fails, without a trace of it", hint)
        elif not bisects:
            text = (
                f"stream {name} gives up whole batches: BisectBatchOnFunctionError would find the bad record"
            )
            yield Verdict(Severity.NOTE, text)
        else:
            yield Verdict(Severity.OK, f"stream {name} isolates bad records and keeps a trace of them")


def own_triggers_of_aliases(evidence: Evidence) -> Iterator[Verdict]:
    """What invokes an alias shows only where the alias is asked for."""
    aliases = [str(alias["Name"]) for alias in evidence.function.aliases or ()]
    if aliases and evidence.function.name.qualifier is None:
        name = evidence.function.name
        yield Verdict(
            Severity.NOTE,
            f"what invokes its aliases was not looked at: tuner doctor {name}:{aliases[0]}"
            + (f" (or {', '.join(aliases[1:])})" if aliases[1:] else ""),
        )


def _on_failure(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))
