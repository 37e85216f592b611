"""Asynchronous invocation: Lambda's own queue, two retries, a maximum age, and where failed events go.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

from dataclasses import dataclass

from tuner.concurrency.scaling import TODAY
from tuner.concurrency.sources.outlook import Outlook, Work, attempts, drain_time_s, paces
from tuner.concurrency.words import number_text, share_text, time_text
from tuner.units import format_count

MAXIMUM_AGE_S = 21_600


@dataclass(frozen=True, slots=True)
class Asynchronous:
    """S3, SNS, EventBridge, or an SDK that does not wait. Errors are retried after 1 and 2 minutes."""

    maximum_retries: int = 2
    maximum_age_s: float = MAXIMUM_AGE_S


def asynchronous_outlook(source: Asynchronous, work: Work) -> Outlook:
    """Throttled events wait and are tried again until they are too old."""
    tries = attempts(work.failed_share, source.maximum_retries + 1)
    needed = work.events_per_second * tries * work.duration_ms / 1000
    steps = paces(min(TODAY.immediate, work.limit), TODAY.increment, TODAY.period_s, work.limit)
    drained = drain_time_s(work, steps, 1 / tries)
    return Outlook(
        needed, steps, drained, _findings(source, work, tries, needed, drained), _advice(source, work)
    )


def _findings(
    source: Asynchronous, work: Work, tries: float, needed: float, drained: float | None
) -> tuple[str, ...]:
    age = time_text(source.maximum_age_s)
    lines = []
    if work.limit < needed:
        share = 1 - work.limit / needed
        lines.append(
            f"The limit of {format_count(work.limit)} does not keep up: in the long run "
            f"{share_text(share)} of the events grow older than {age} and leave for the "
            "dead-letter queue or failure destination, or are lost where there is none."
        )
    elif drained is not None and drained > source.maximum_age_s:
        lines.append(
            f"The backlog takes longer than the maximum age of {age}, so its last events are dropped."
        )
    lines.append(
        "A throttled event is no failure: Lambda puts it back and tries again, first after 1 second and then "
        "up to every 5 minutes, until it is too old. The caller sees nothing of it; watch AsyncEventAge."
    )
    if work.failed_share:
        lost = work.failed_share ** (source.maximum_retries + 1)
        lines.append(
            f"Function errors make {number_text(tries)} invocations of one event on average; "
            f"{share_text(lost)} of the events fail for good. Give the function a failure destination."
        )
    return tuple(lines)


def _advice(source: Asynchronous, work: Work) -> tuple[str, ...]:
    most = source.maximum_retries + 1
    if work.timeout_s is None:
        return (
            f"An event that times out can cost {most} full timeouts; set the timeout to what the work needs.",
        )
    return (
        f"An event that times out can cost {most} timeouts of {work.timeout_s} s, {most * work.timeout_s} s "
        "in all, and its environment is held all that time.",
    )
