"""Queue polling (Amazon SQS): pollers that grow by the minute, batches, and messages that come back.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from dataclasses import dataclass

from tuner.concurrency.sources.outlook import (
    MANY,
    Outlook,
    Pace,
    Work,
    attempts,
    drain_time_s,
    limited,
    paces,
)
from tuner.concurrency.words import number_text, share_text
from tuner.units import format_count


@dataclass(frozen=True, slots=True)
class PollerRule:
    """How the pollers of a standard queue grow: batches in progress at first, more a minute, and at most."""

    start: int
    per_minute: int
    most: int


TODAY = PollerRule(5, 300, 1_250)
EARLIER = PollerRule(5, 60, 1_000)


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS event source mapping. `message_groups` is the number of active groups of a FIFO queue."""

    batch_size: int = 10
    batch_window_s: float = 0.0
    visibility_timeout_s: float | None = None
    maximum_concurrency: int | None = None
    maximum_receives: int | None = None
    message_groups: int | None = None
    earlier: bool = False


def queue_outlook(source: Queue, work: Work) -> Outlook:
    """Pollers take full batches while there is a backlog; a failed batch comes back."""
    tries = attempts(work.failed_share, source.maximum_receives or MANY)
    steps = poller_paces(source)
    usable = limited(steps, work.limit)
    needed = work.events_per_second * tries * work.duration_ms / 1000 / source.batch_size
    drained = drain_time_s(work, usable, source.batch_size / tries)
    return Outlook(needed, usable, drained, _findings(source, work, steps, needed), _advice(source, work))


def poller_paces(source: Queue) -> tuple[Pace, ...]:
    """The batches in progress over time while the queue is full."""
    rule = EARLIER if source.earlier else TODAY
    if source.message_groups is not None:
        return (Pace(0.0, min(source.message_groups, source.maximum_concurrency or source.message_groups)),)
    return paces(rule.start, rule.per_minute, 60, min(rule.most, source.maximum_concurrency or rule.most))


def _usual_batch(source: Queue, work: Work) -> float:
    """The messages in a batch when there is no backlog: those that come within the window."""
    return min(source.batch_size, max(1.0, work.events_per_second * source.batch_window_s))


def _findings(source: Queue, work: Work, steps: tuple[Pace, ...], needed: float) -> tuple[str, ...]:
    most = steps[-1].concurrency
    lines = [
        f"Lambda polls with {format_count(steps[0].concurrency)} batches in progress at first and grows to "
        f"{format_count(most)} in {format_count(steps[-1].t_s / 60)} minutes while messages wait."
        if len(steps) > 1
        else f"At most {format_count(most)} batches are in progress at a time."
    ]
    if most > work.limit:
        lines.append(
            f"The function may run only {format_count(work.limit)} at a time. What the pollers take beyond "
            "it is throttled, stays invisible for the visibility timeout, and counts as received: messages "
            "can reach the dead-letter queue without ever having run. Set the mapping's MaximumConcurrency "
            f"to {format_count(min(1_000, max(2, work.limit)))}."
        )
    if needed > min(most, work.limit):
        lines.append(
            f"Keeping up needs {number_text(needed)} full batches at a time, so the queue grows without "
            "end and messages are lost when they reach its retention (4 days, unless set)."
        )
    small = _usual_batch(source, work)
    if small < source.batch_size and needed <= min(most, work.limit):
        lines.append(
            f"When the queue is nearly empty a batch holds {number_text(small)} of up to {source.batch_size} "
            f"messages, so up to {number_text(needed * source.batch_size / small)} batches are asked "
            "for at a time; a longer batch window fills them."
        )
    if work.failed_share:
        lines.append(_coming_back(source, work.failed_share))
    return tuple(lines)


def _coming_back(source: Queue, failed_share: float) -> str:
    back = (
        "A failed batch comes back whole after the visibility timeout, unless ReportBatchItemFailures is on"
    )
    if source.maximum_receives is None:
        return f"{back}. Without a redrive policy a message that always fails comes back until it is too old."
    lost = failed_share**source.maximum_receives
    return (
        f"{back}; after {source.maximum_receives} receives {share_text(lost)} of the messages are in the "
        "dead-letter queue."
    )


def _advice(source: Queue, work: Work) -> tuple[str, ...]:
    lines = []
    if source.maximum_receives is not None and source.maximum_receives < 5:
        lines.append(
            f"Raise maxReceiveCount from {source.maximum_receives} to 5 or more, so that throttling alone "
            "sends nothing to the dead-letter queue."
        )
    if work.timeout_s is None:
        return (
            *lines,
            "The visibility timeout should be six times the function's timeout plus the batch window.",
        )
    wanted = 6 * work.timeout_s + source.batch_window_s
    given = source.visibility_timeout_s
    if given is None:
        lines.append(
            f"Set the visibility timeout to {wanted:g} s: six timeouts of the function and the batch window."
        )
    elif given < work.timeout_s:
        lines.append(
            f"A visibility timeout of {given:g} s is below the function's {work.timeout_s} s, which AWS "
            f"refuses: the message would be handed out again while it is being worked on. Set {wanted:g} s."
        )
    elif given < wanted:
        lines.append(
            f"Raise the visibility timeout from {given:g} s to {wanted:g} s (six timeouts and the batch "
            "window), so that a throttled batch can be retried before it is handed out again."
        )
    else:
        lines.append(f"The visibility timeout of {given:g} s is long enough.")
    return tuple(lines)
