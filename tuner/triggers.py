"""The limits that an event source sets to a function's timeout, with their sources in the AWS guides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trigger:
    """An event source. `cap_s` is the longest answer it waits for; `advice` is what else to set."""

    name: str
    cap_s: int | None = None
    advice: str | None = None


_ASYNC = (
    "a timed-out asynchronous event is retried twice by default, so it can cost three full timeouts; "
    "set MaximumRetryAttempts to what the work is worth"
)
_STREAM = (
    "a batch that times out is retried and holds its shard back; set MaximumRetryAttempts "
    "and BisectBatchOnFunctionError"
)

TRIGGERS: Mapping[str, Trigger] = {
    t.name: t
    for t in (
        # API Gateway quotas: a REST integration answers within 29 s by default, an HTTP API within 30 s.
        Trigger("api-gateway", 29, "only Regional and private REST APIs can have the 29 s raised"),
        Trigger("http-api", 30),
        # An HTTP API waits 10 s for a Lambda authorizer (HTTP API quotas).
        Trigger("authorizer", 10),
        Trigger("alb", None, "clients and the load balancer's idle timeout (60 s by default) wait no longer"),
        Trigger("function-url"),
        # Lambda guide, "Configuring scaling behavior for SQS event source mappings".
        Trigger("sqs", None, "the queue's visibility timeout must be at least {six_times} s: six times this"),
        Trigger("kinesis", None, _STREAM),
        Trigger("dynamodb", None, _STREAM),
        Trigger("s3", None, _ASYNC),
        Trigger("sns", None, _ASYNC),
        Trigger("eventbridge", None, _ASYNC),
        Trigger("async", None, _ASYNC),
        Trigger("schedule", None, _ASYNC),
    )
}
