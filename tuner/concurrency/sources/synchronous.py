"""Synchronous invocation: the caller waits, so there is nothing but the limit.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html
"""

from __future__ import annotations

from dataclasses import dataclass

from tuner.concurrency.quotas import refused_by
from tuner.concurrency.sources.outlook import Outlook, Pace, Work
from tuner.concurrency.traffic import Traffic
from tuner.concurrency.words import share_text
from tuner.units import format_count


@dataclass(frozen=True, slots=True)
class Synchronous:
    """API Gateway, a load balancer, a function URL, or an SDK that waits for the answer."""


def synchronous_outlook(work: Work) -> Outlook:
    """A throttle is an error of the caller, and no backlog waits anywhere."""
    traffic = Traffic(work.events_per_second, work.duration_ms)
    refused = refused_by(traffic, work.limit)
    return Outlook(
        needed_concurrency=traffic.expected_concurrency,
        paces=(Pace(0.0, work.limit),),
        drain_s=None,
        findings=(
            f"There is no queue. With {format_count(work.limit)} environments {share_text(refused)} of "
            "the requests are throttled: the caller gets error 429, TooManyRequestsException, at once.",
            "Lambda retries nothing. Clients should retry with backoff and jitter: a client that retries at "
            "once adds its retries to the load that was too high.",
            *(("A backlog is the callers' own: they must keep what was refused.",) if work.backlog else ()),
        ),
        timeout_advice=(
            "The function's timeout should be below that of its caller (29 s for API Gateway REST APIs, 30 s "
            "for HTTP APIs): a caller that has given up still pays for the rest of the call.",
        ),
    )
