"""Stream polling (Kinesis, DynamoDB): in order within a shard, so one bad record holds the others back.

https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-parameters.html
"""

from __future__ import annotations

from dataclasses import dataclass

from tuner.concurrency.sources.outlook import MANY, Outlook, Pace, Work, attempts, drain_time_s
from tuner.concurrency.words import number_text, time_text
from tuner.units import counted, format_count


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream's event source mapping. `maximum_retries` None retries until the record has expired."""

    shards: int = 1
    parallelization_factor: int = 1
    batch_size: int = 100
    retention_s: float = 86_400.0
    maximum_retries: int | None = None

    @property
    def concurrency(self) -> int:
        """One execution a shard, times the parallelization factor."""
        return self.shards * self.parallelization_factor


def stream_outlook(source: Stream, work: Work) -> Outlook:
    """Capacity is what the shards' executions take; above it the iterator age grows."""
    used = min(source.concurrency, work.limit)
    steps = (Pace(0.0, used),)
    most = MANY if source.maximum_retries is None else source.maximum_retries + 1
    tries = attempts(work.failed_share, most)
    needed = work.events_per_second * tries * work.duration_ms / 1000 / source.batch_size
    drained = drain_time_s(work, steps, source.batch_size / tries)
    return Outlook(needed, steps, drained, _findings(source, work, used), _advice(source, work))


def iterator_age_growth(source: Stream, work: Work) -> float:
    """How many seconds the iterator age gains in a second; 0 where the executions keep up."""
    used = min(source.concurrency, work.limit)
    capacity = used * source.batch_size / (work.duration_ms / 1000)
    return max(0.0, 1 - capacity / work.events_per_second)


def blocked_s(source: Stream, work: Work) -> float:
    """How long a record that always fails holds its shard back [s]."""
    if source.maximum_retries is None:
        return source.retention_s
    return min(source.retention_s, (source.maximum_retries + 1) * work.duration_ms / 1000)


def _findings(source: Stream, work: Work, used: int) -> tuple[str, ...]:
    lines = [
        f"{counted(source.shards, 'shard')} with a parallelization factor of "
        f"{source.parallelization_factor}: {counted(source.concurrency, 'execution')} at a time."
    ]
    if work.limit < source.concurrency:
        lines.append(
            f"The function may run only {format_count(work.limit)}: throttled batches are retried, in order, "
            "and the iterator age grows. Reserve as many as there are executions."
        )
    growth = iterator_age_growth(source, work)
    if growth > 0:
        lines.append(
            f"{counted(used, 'execution')} cannot keep up: the iterator age grows by "
            f"{number_text(growth * 60)} s a minute, and after {time_text(source.retention_s / growth)} "
            "records expire unread. Raise the parallelization factor or the batch size, or shorten the "
            "duration."
        )
    if source.maximum_retries is None:
        lines.append(
            f"A record that always fails blocks its shard until it expires, {time_text(source.retention_s)}"
            ", and the shard's iterator age grows all that time. Set MaximumRetryAttempts, "
            "BisectBatchOnFunctionError and a failure destination."
        )
    else:
        lines.append(
            f"A record that always fails blocks its shard for about {time_text(blocked_s(source, work))}, "
            "then its batch is given up; BisectBatchOnFunctionError and a failure destination keep the rest "
            "of the batch."
        )
    return tuple(lines)


def _advice(source: Stream, work: Work) -> tuple[str, ...]:
    if work.timeout_s is None:
        return (
            "A batch that times out is retried like one that failed, so leave room above its longest "
            "duration.",
        )
    held = work.timeout_s * ((source.maximum_retries or 0) + 1)
    if source.maximum_retries is None:
        return (
            f"A batch that times out is retried after {work.timeout_s} s each time until it expires; allow "
            "no more than the longest healthy batch needs.",
        )
    return (
        f"A batch that always times out holds its shard for {held} s: {work.timeout_s} s and its retries.",
    )
