"""How each way of invoking a function meets its concurrency limit.

`outlook_of` says for one source what concurrency it needs, how long a backlog takes, what fails when the
limit is too low, and which timeouts go with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from tuner.concurrency.sources.asynchronous import Asynchronous, asynchronous_outlook
from tuner.concurrency.sources.outlook import Outlook, Work
from tuner.concurrency.sources.queue import Queue, queue_outlook
from tuner.concurrency.sources.stream import Stream, stream_outlook
from tuner.concurrency.sources.synchronous import Synchronous, synchronous_outlook

Source = Synchronous | Asynchronous | Queue | Stream

SOURCES: Mapping[str, type[Source]] = {
    "synchronous": Synchronous,
    "asynchronous": Asynchronous,
    "sqs": Queue,
    "kinesis": Stream,
    "dynamodb": Stream,
}
"""The names that people use, each with the record of its settings."""

__all__ = ["SOURCES", "Asynchronous", "Outlook", "Queue", "Stream", "Synchronous", "Work", "outlook_of"]


def outlook_of(source: Source, work: Work) -> Outlook:
    """What this source does with this work."""
    match source:
        case Synchronous():
            return synchronous_outlook(work)
        case Asynchronous():
            return asynchronous_outlook(source, work)
        case Queue():
            return queue_outlook(source, work)
        case Stream():
            return stream_outlook(source, work)
